/** The whole flow keeps its promises (docs/invariants.md) whatever happens, and a promise that is broken is found. */
import { describe, expect, test } from 'vitest';
import type { CustomerKey } from '../../metastore/customer-keys.js';
import type { AggregationClaim, Claim, Metastore, ParkedDelivery, ValidationQuery } from '../../metastore/metastore.js';
import { simulateMany, textOf } from '../../simulator/many.js';
import { simulate } from '../../simulator/simulate.js';

test('a million steps, in lives of 1,500, keep every promise', async () => {
  const report = await simulateMany({ first: 1, seeds: 1_000, steps: 1_500, enough: 1_000_000 });
  expect(report.steps).toBeGreaterThanOrEqual(1_000_000);
  expect(report.broken.length, textOf(report)).toBe(0);
}, 300_000);

// Its customer is erased between the two. (Of these lives the oracle once thought otherwise.)
test.each(['9002391', '9004763'])(
  'what was decided of a plain order stands for its sealed copy: life %s',
  async (seed) => {
    expect((await simulate({ seed, steps: 1_500 })).violations).toEqual([]);
  },
);

test('a seed lives the same life again', async () => {
  const [one, two] = [await simulate({ seed: '7', steps: 800 }), await simulate({ seed: '7', steps: 800 })];
  expect(one.story).toEqual(two.story);
  expect((await simulate({ seed: '8', steps: 800 })).story).not.toEqual(one.story);
});

/** Each takes a mend out; the invariants that may be broken by it. */
const mutations: readonly [
  what: string,
  invariants: readonly number[],
  without: (real: Metastore) => Partial<Metastore>,
][] = [
  [
    'a record that is read again is decided anew',
    [1, 2],
    (real) => ({
      recordStatuses: async (changes) => {
        await real.recordStatuses(changes);
        return changes;
      },
    }),
  ],
  [
    'a message id with something else in it counts as a redelivery',
    [4],
    (real) => ({
      lookupForValidation: async (queries: readonly ValidationQuery[]) =>
        (await real.lookupForValidation(queries)).map((facts) =>
          facts.claim === 'REUSED' ? { ...facts, claim: 'REDELIVERY' } : facts,
        ),
    }),
  ],
  [
    'a header makes a release',
    [1, 2, 3, 4, 5, 7, 8, 9, 12, 13],
    () => ({ knowsReleases: async (releases) => releases.map(() => true) }),
  ],
  [
    'a delivery that was set aside before it asked may still be made',
    [9, 10],
    (real) => ({
      claimDeliveries: async (claims: readonly Claim[]) =>
        (await real.claimDeliveries(claims)).map((claim) => (claim === 'FAILED' ? 'OPEN' : claim)),
    }),
  ],
  [
    'a decision that stands forgets the sealed fields that it was made with',
    [1],
    (real) => ({
      recordStatuses: async (changes) =>
        (await real.recordStatuses(changes)).map((line) =>
          line?.facts?.includes('"sealed"') ? { status: line.status, detail: line.detail } : line,
        ),
    }),
  ],
  [
    'a key that was deleted is still there',
    [16],
    (real) => {
      const kept = new Map<string, CustomerKey>();
      return {
        customerKeys: async (keyIds: readonly string[]) =>
          (await real.customerKeys(keyIds)).map((key, at) => {
            if (key?.wrapped) kept.set(key.keyId, key);
            return kept.get(keyIds[at]!) ?? key;
          }),
      };
    },
  ],
  [
    'a publication that is rejected holds its order',
    [6],
    (real) => {
      const first = new Map<string, string>();
      return {
        lookupForValidation: async (queries: readonly ValidationQuery[]) => {
          const answers = await real.lookupForValidation(queries);
          return answers.map((facts, index) => {
            const { orderId, messageId } = queries[index]!;
            if (facts.claim !== 'FIRST') return facts;
            if (!first.has(orderId)) first.set(orderId, messageId);
            return first.get(orderId) === messageId ? facts : { ...facts, claim: 'DUPLICATE' as const };
          });
        },
      };
    },
  ],
  [
    'what is too late is decided anew',
    [12],
    (real) => ({
      claimForAggregation: async (claims: readonly AggregationClaim[]) =>
        (await real.claimForAggregation(claims)).map((answer, index) => {
          if (answer === 'REPEAT') return answer;
          return claims[index]!.isTooLate ? 'TOO_LATE' : 'COUNTS';
        }),
    }),
  ],
  [
    'a parked order is tried before those that wait longer, however often it failed',
    [11],
    (real) => {
      const known = new Map<string, ParkedDelivery>();
      const worst = () => [...known.values()].find(({ orderId }) => orderId.endsWith('7'));
      return {
        parkDeliveries: async (deliveries) => {
          for (const delivery of deliveries) known.set(delivery.orderId, delivery);
          await real.parkDeliveries(deliveries);
        },
        // As if the oldest one that always fails were the only one, and nobody counted.
        leaseParkedDeliveries: async (partnerId, limit, leaseMillis) => {
          const leased = await real.leaseParkedDeliveries(partnerId, limit, leaseMillis);
          return worst() ? leased.slice(0, 1).map((delivery) => ({ ...delivery, tries: 0, waitedMillis: 0 })) : leased;
        },
      };
    },
  ],
];

describe('finds that', () => {
  test.each(mutations)(
    '%s',
    async (_what, invariants, without) => {
      const report = await simulateMany({ first: 1, seeds: 400, steps: 1_500, without, mostBroken: 1 });
      expect(report.broken).toHaveLength(1);
      const broken = report.broken[0]!.violations.map(({ invariant }) => invariant);
      expect(invariants).toEqual(expect.arrayContaining([broken[0]]));
    },
    300_000,
  );
});
