import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTiming, perSecond } from '../../reconcile/timing.js';

function percentilesOf(latencies: readonly number[]) {
  const timing = createTiming();
  for (const latency of latencies) timing.add(0, latency);
  return timing.latency();
}

test('percentiles are values of the list, by the nearest rank', () => {
  expect(percentilesOf([5, 1, 4, 2, 3])).toEqual({ p50: 3, p99: 5, p999: 5 });
  expect(percentilesOf([7])).toEqual({ p50: 7, p99: 7, p999: 7 });
  expect(percentilesOf([])).toEqual({ p50: null, p99: null, p999: null });
  const thousand = Array.from({ length: 1_000 }, (_, index) => index + 1);
  expect(percentilesOf(thousand)).toEqual({ p50: 500, p99: 990, p999: 999 });
});

test('at least that share of the values is not above the percentile, by more than a thousandth of it', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 1 }), (values) => {
      const { p50, p99, p999 } = percentilesOf(values);
      const share = (most: number) => values.filter((value) => value <= most * 1.001).length;
      expect(share(p50!)).toBeGreaterThanOrEqual(values.length * 0.5);
      expect(share(p99!)).toBeGreaterThanOrEqual(values.length * 0.99);
      expect(share(p999!)).toBeGreaterThanOrEqual(values.length * 0.999);
    }),
  );
});

test('a time within a millisecond is that millisecond', () => {
  expect(percentilesOf([0.4, 1.6, 1.7])).toEqual({ p50: 2, p99: 2, p999: 2 });
});

test('a rate needs two different times', () => {
  expect(perSecond(10, 1_000, 3_000)).toBe(5);
  expect(perSecond(10, 1_000, 1_000)).toBeNull();
  const timing = createTiming();
  expect([timing.first(), timing.rate()]).toEqual([null, null]);
  timing.add(100, 200);
  timing.add(100, 700);
  expect([timing.first(), timing.rate(), timing.latency()]).toEqual([200, 4, { p50: 100, p99: 600, p999: 600 }]);
});
