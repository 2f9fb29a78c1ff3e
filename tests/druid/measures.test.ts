/** The sample of orders: which it is, and that it says where none is needed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactRecords, isInSample, sampleOf } from '../../druid/measures.js';

describe('the sample of orders', () => {
  it('is all of them while they are few', () => {
    expect([0, 1, exactRecords].map(sampleOf)).toEqual([1, 1, 1]);
    expect(sampleOf(exactRecords + 1)).toBeGreaterThan(1);
  });

  it('is of at most the same size, however many there are', () => {
    fc.assert(
      fc.property(fc.integer({ min: exactRecords + 1, max: 1e12 }), (records) => {
        expect(records / sampleOf(records)).toBeLessThanOrEqual(20_000);
        expect(records / sampleOf(records)).toBeGreaterThan(3_000);
      }),
    );
  });

  it('takes its share of times that are whole seconds, minutes or hours', () => {
    for (const [records, unit] of [
      [26_000, 1_000],
      [1_000_000, 60_000],
      [4_000_000, 3_600_000],
    ] as const) {
      const every = sampleOf(records);
      const begin = Date.UTC(2026, 0, 31);
      const times = Array.from({ length: every * 100 }, (_, index) => begin + index * unit);
      expect(times.filter((time) => time % every === 0)).toHaveLength(100);
    }
  });

  it('is a condition of a number and of nothing else', () => {
    expect(isInSample(53)).toBe('MOD(TIMESTAMP_TO_MILLIS(__time), 53) = 0');
    for (const every of [0, -1, 1.5, NaN, Infinity]) expect(() => isInSample(every)).toThrow('every so many-th');
  });
});
