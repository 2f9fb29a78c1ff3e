import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextTry, whyGivenUp } from '../../../transforms/delivery/retry-policy.js';
import { notTaken, retryPolicy as policy } from '../delivery-fixtures.js';

const ofOrder = notTaken('HTTP 500', { blame: 'ORDER' });

test('pauses double up to the longest one', () => {
  const pauses = [0, 1, 2, 3, 4, 1_000].map(
    (tries) => nextTry({ ...policy, random: () => 0 }, tries, ofOrder).waitMillis,
  );
  expect(pauses).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
});

test('half of a pause is left to chance, and none is shorter than the partner asks', () => {
  fc.assert(
    fc.property(
      fc.nat(60),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(90_000),
      (tries, chance, retryAfterMs) => {
        const longest = nextTry({ ...policy, random: () => 0 }, tries, ofOrder).waitMillis;
        const { waitMillis } = nextTry({ ...policy, random: () => chance }, tries, { ...ofOrder, retryAfterMs });
        expect(waitMillis).toBeGreaterThanOrEqual(Math.max(longest / 2, retryAfterMs));
        expect(waitMillis).toBeLessThanOrEqual(Math.max(longest, retryAfterMs));
      },
    ),
  );
});

test('only what the order may be the reason of is one of its tries, and what was not tried is due at once', () => {
  const next = (blame: 'ORDER' | 'PARTNER' | 'NOBODY') =>
    nextTry({ ...policy, random: () => 0 }, 7, notTaken('no', { blame }));
  expect(next('ORDER')).toEqual({ tries: 8, waitMillis: 60_000, answer: 'no' });
  expect(next('PARTNER')).toEqual({ tries: 7, waitMillis: 5_000, answer: 'no' });
  expect(next('NOBODY')).toEqual({ tries: 7, waitMillis: 0, answer: 'no' });
});

test.each([
  [49, 0, undefined],
  [50, 0, 'after 50 tries'],
  [0, policy.giveUpMs - 1, undefined],
  [0, policy.giveUpMs, 'after 100 hours'],
])('%i tries within %i ms: %s', (tries, waitedMillis, why) => {
  expect(whyGivenUp(policy, { tries, waitedMillis })).toBe(why);
});
