import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutRanges, requireWhole, takenIn } from '../../backfill/ranges.js';

const hour = 3_600_000;
const day = 24 * hour;

test('orders of a span are looked for from a day before it, to as long after it as they may be late', () => {
  expect(takenIn({ from: 10 * day, to: 11 * day }, { allowedLatenessMs: hour })).toEqual({
    from: 9 * day,
    to: 11 * day + hour,
  });
});

test('each record is in one range, whatever the readers, and no range is huge', () => {
  const partition = fc.record({ from: fc.nat(1_000_000), length: fc.nat(400_000) });
  fc.assert(
    fc.property(fc.array(partition, { maxLength: 8 }), fc.integer({ min: 1, max: 64 }), (partitions, readers) => {
      const given = partitions.map(({ from, length }, index) => ({
        ...{ partition: index, from, to: from + length, archived: [], isCutOff: false },
      }));
      const ranges = cutRanges(given, readers);
      expect(ranges.map(({ index }) => index)).toEqual(ranges.map((_, index) => index));
      for (const { partition: own, from, to } of given) {
        const of = ranges.filter((range) => range.partition === own);
        let next = from;
        for (const range of of) {
          expect(range.from).toBe(next);
          expect(range.to).toBeGreaterThan(range.from);
          expect(range.to - range.from).toBeLessThanOrEqual(50_000);
          next = range.to;
        }
        expect(next).toBe(to);
      }
    }),
  );
});

test('a topic whose beginning is gone is no history', () => {
  const whole = { partition: 0, from: 5, to: 9, archived: [], isCutOff: false };
  expect(() => requireWhole('enriched_order', [whole])).not.toThrow();
  expect(() => requireWhole('enriched_order', [whole, { ...whole, partition: 3, isCutOff: true }])).toThrow(
    'Kafka may have deleted records of that time from enriched_order (partition 3), and the archive',
  );
});
