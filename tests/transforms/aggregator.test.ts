import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AggregationClaim } from '../../metastore/metastore.js';
import { aggregatedOrderCodec, deadLetterCodec, fromMillis, v1 } from '../../proto/messages.js';
import { createAggregationInput, sumOrders, toAggregatedOrder, type Sums } from '../../transforms/aggregator.js';
import { EMPTY, HOUR, NOW, aRecord, anOrder, counting, enrichedRecord, onlyOutput, utf8 } from './fixtures.js';

function anAggregation(counts: (claim: AggregationClaim) => boolean = () => true) {
  const claims: AggregationClaim[] = [];
  const prepare = createAggregationInput({
    allowedLatenessMs: 24 * HOUR,
    metastore: {
      async claimForAggregation(batch) {
        claims.push(...batch);
        return batch.map((claim) => (counts(claim) ? (claim.isTooLate ? 'TOO_LATE' : 'COUNTS') : 'REPEAT'));
      },
      recordStatuses: () => Promise.reject(new Error('the aggregator records no status')),
    },
  });
  return { prepare, claims, ...counting() };
}

describe('what is grouped', () => {
  test("is the order's place, time, items and amount", async () => {
    const { prepare, claims, context, counts } = anAggregation();
    expect(await prepare([enrichedRecord(anOrder(), 9)], context)).toEqual([
      [{ aggregate: { toLocationId: 'L2', createdAt: NOW - HOUR, orders: 1, items: 3, amounts: { EUR: 3_998 } } }],
    ]);
    expect(claims).toEqual([{ topic: 'enriched_order', partition: 1, offset: 9, orderId: 'o-1', isTooLate: false }]);
    expect(counts).toEqual({ in: 1, out: 1 });
  });

  test('is summed by place and second within a batch, and leaves with the first order', async () => {
    const { prepare, context, counts } = anAggregation();
    const order = (orderId: string, toLocationId: string, createdAt: number) =>
      anOrder({ orderId, toLocationId, createdAt: fromMillis(createdAt) });
    const second = NOW - HOUR - (NOW % 1000);
    const orders = [
      order('o-1', 'L2', second + 1),
      order('o-2', 'L3', second + 2),
      order('o-3', 'L2', second + 999),
      order('o-4', 'L2', second + 1000),
    ];
    const outputs = await prepare(orders.map(enrichedRecord), context);
    expect(outputs.map((list) => list.map(({ aggregate }) => aggregate))).toEqual([
      [{ toLocationId: 'L2', createdAt: second, orders: 2, items: 6, amounts: { EUR: 7_996 } }],
      [{ toLocationId: 'L3', createdAt: second, orders: 1, items: 3, amounts: { EUR: 3_998 } }],
      [],
      [{ toLocationId: 'L2', createdAt: second + 1000, orders: 1, items: 3, amounts: { EUR: 3_998 } }],
    ]);
    expect(counts).toEqual({ in: 4, out: 4 });
  });

  test('leaves out records of an order that another record counts for', async () => {
    const { prepare, context, counts } = anAggregation(({ offset }) => offset === 0);
    const outputs = await prepare([enrichedRecord(anOrder(), 0), enrichedRecord(anOrder(), 1)], context);
    expect(outputs.map((list) => list.length)).toEqual([1, 0]);
    expect(counts).toEqual({ in: 2, out: 1, repeated: 1 });
  });

  test('sets aside what is older than the allowed lateness, and nothing younger', async () => {
    const { prepare, context, counts } = anAggregation();
    const order = anOrder({ createdAt: fromMillis(NOW - 24 * HOUR) });
    const atLimit = { ...enrichedRecord(order, 0), timestamp: NOW };
    const beyond = { ...enrichedRecord(order, 1), timestamp: NOW + 1 };
    const [[first] = [], [second] = []] = await prepare([atLimit, beyond], context);
    expect(first?.aggregate?.createdAt).toBe(NOW - 24 * HOUR);
    expect(deadLetterCodec.decode(second?.dead_letter?.value ?? EMPTY)).toMatchObject({
      offset: 1,
      step: 'aggregator',
      reason: v1.DeadLetterReason.TOO_LATE,
      error: 'the order was created too long before the time of its record to be aggregated',
      orderId: 'o-1',
    });
    expect(counts).toEqual({ in: 2, out: 1, dead_letter: 1, 'dead_letter.TOO_LATE': 1 });
  });

  test('sets aside what is no enriched order, without a status', async () => {
    const { prepare, context, counts } = anAggregation();
    const output = onlyOutput(await prepare([aRecord('enriched_order', EMPTY)], context));
    expect(Object.keys(output)).toEqual(['dead_letter']);
    expect(counts).toEqual({ in: 1, dead_letter: 1, 'dead_letter.EMPTY_VALUE': 1 });
  });
});

describe('the CombineFn', () => {
  const amount = fc.integer({ min: 0, max: 1e9 });
  const input: fc.Arbitrary<Sums> = fc
    .record({ items: fc.nat(1_000), currency: fc.constantFrom('EUR', 'USD', 'SEK'), amount })
    .map((order) => ({ orders: 1, items: order.items, amounts: { [order.currency]: order.amount } }));
  const addAll = (inputs: readonly Sums[]) => inputs.reduce(sumOrders.addInput, sumOrders.createAccumulator());

  test('gives the same sums however the orders are split, ordered and merged', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(input, fc.nat(3), fc.nat())), (orders) => {
        const all = orders.map(([order]) => order);
        const shuffled = [...orders].sort(([, , a], [, , b]) => a - b);
        const parts = [3, 0, 2, 1].map((part) =>
          addAll(shuffled.filter(([, where]) => where === part).map(([order]) => order)),
        );
        expect(sumOrders.extractOutput(sumOrders.mergeAccumulators(parts))).toEqual(addAll(all));
      }),
    );
  });

  test('merges associatively, with the empty accumulator as neutral element', () => {
    const sums = fc.array(input).map(addAll);
    const merge = (...parts: Sums[]) => sumOrders.mergeAccumulators(parts);
    fc.assert(
      fc.property(sums, sums, sums, (a, b, c) => {
        expect(merge(merge(a, b), c)).toEqual(merge(a, merge(b, c)));
        expect(merge(a, b)).toEqual(merge(b, a));
        expect(merge(a, sumOrders.createAccumulator())).toEqual(a);
      }),
    );
  });

  test('counts every order once', () => {
    fc.assert(
      fc.property(fc.array(input), (orders) => {
        expect(addAll(orders)).toEqual({
          orders: orders.length,
          items: orders.reduce((sum, { items }) => sum + items, 0),
          amounts: expect.anything(),
        });
      }),
    );
  });

  test('leaves its arguments as they are', () => {
    const sums = Object.freeze({ orders: 1, items: 1, amounts: Object.freeze({ EUR: 1 }) });
    expect(sumOrders.addInput(sums, sums)).toEqual({ orders: 2, items: 2, amounts: { EUR: 2 } });
    expect(sums).toEqual({ orders: 1, items: 1, amounts: { EUR: 1 } });
  });
});

test('makes the aggregate of a window, with amounts sorted by currency', () => {
  const sums = { orders: 3, items: 7, amounts: { USD: 5, EUR: 1_234 } };
  const record = toAggregatedOrder('L2', sums, { start: NOW, end: NOW + 60_000 }, 4);
  expect(record.key).toEqual(utf8('L2'));
  expect(aggregatedOrderCodec.decode(record.value).toJSON()).toEqual({
    toLocationId: 'L2',
    windowStart: { seconds: String(NOW / 1000) },
    windowEnd: { seconds: String(NOW / 1000 + 60) },
    paneIndex: '4',
    orders: '3',
    items: '7',
    amounts: [
      { currency: 'EUR', minorUnits: '1234' },
      { currency: 'USD', minorUnits: '5' },
    ],
  });
});
