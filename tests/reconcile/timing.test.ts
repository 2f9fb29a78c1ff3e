import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTiming, percentilesOf, perSecond } from '../../reconcile/timing.js';

test('percentiles are values of the list, by the nearest rank', () => {
  expect(percentilesOf([5, 1, 4, 2, 3])).toEqual({ p50: 3, p99: 5 });
  expect(percentilesOf([7])).toEqual({ p50: 7, p99: 7 });
  expect(percentilesOf([])).toEqual({ p50: null, p99: null });
  expect(percentilesOf(Array.from({ length: 1_000 }, (_, index) => index + 1))).toEqual({ p50: 500, p99: 990 });
});

test('at least that share of the values is not above the percentile', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 1 }), (values) => {
      const { p50, p99 } = percentilesOf(values);
      expect(values.filter((value) => value <= p50!).length).toBeGreaterThanOrEqual(values.length * 0.5);
      expect(values.filter((value) => value <= p99!).length).toBeGreaterThanOrEqual(values.length * 0.99);
    }),
  );
});

test('a rate needs two different times', () => {
  expect(perSecond(10, 1_000, 3_000)).toBe(5);
  expect(perSecond(10, 1_000, 1_000)).toBeNull();
  const timing = createTiming();
  expect([timing.first(), timing.rate()]).toEqual([null, null]);
  timing.add(100, 200);
  timing.add(100, 700);
  expect([timing.first(), timing.rate(), timing.latency()]).toEqual([200, 4, { p50: 100, p99: 600 }]);
});
