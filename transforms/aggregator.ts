/** The aggregator: from enriched orders to sums by to-location and window. */
import type { AggregationAnswer, AggregationClaim, Metastore } from '../metastore/metastore.js';
import type { KafkaRecord, OutgoingRecord } from '../model/record.js';
import { positionOf } from '../model/release.js';
import { aggregatedOrderCodec, fromMillis, toMillis, v1, type EnrichedOrder } from '../proto/messages.js';
import { decodeEnrichedOrder } from './decoding/decode.js';
import { amountOf, itemsOf, type ValidOrder } from './decoding/order-problems.js';
import { createBatchStep, type Decision, type Item } from './step/batch-step.js';
import { asideLine } from './step/record-lines.js';
import type { StepContext } from './step/step.js';
import { ask } from './step/transient-error.js';

/** Sums over orders. Plain JSON, as it travels through Beam; all numbers are safe integers. */
export interface Sums {
  readonly orders: number;
  /** Sum of the lines' quantities. */
  readonly items: number;
  /** Minor units by currency. */
  readonly amounts: Readonly<Record<string, number>>;
}

/** The sums over orders of one second: `createdAt` is its beginning, in milliseconds since the epoch, and the event time. */
export interface AggregationInput extends Sums {
  readonly toLocationId: string;
  readonly createdAt: number;
}

/** Either a value to be grouped, or a record for `dead_letter`. */
export type AggregationOutput =
  | { readonly aggregate: AggregationInput; readonly dead_letter?: undefined }
  | { readonly dead_letter: OutgoingRecord; readonly aggregate?: undefined };

export interface AggregatorDependencies {
  readonly metastore: Pick<Metastore, 'claimForAggregation' | 'recordStatuses'>;
  /** An order is TOO_LATE when its created_at is more milliseconds before the time of its record. */
  readonly allowedLatenessMs: number;
}

const STAGE = 'aggregator';
const encoder = new TextEncoder();

/**
 * What of `enriched_order` is to be grouped: one record of each order, and only if it is not too late; a late one goes to
 * `dead_letter`, before grouping, where Beam would drop it silently. How late an order is, is measured at the time at which
 * Kafka took its record, and not when it is read, and that answer is kept with the claim. Safe to call again, at any time: the record that
 * holds the claim passes again, and gets the same answer. Orders of a batch for the same place and second leave as one, with the first of them.
 */
export function createAggregationInput({ metastore, allowedLatenessMs }: AggregatorDependencies) {
  function decide({ order }: Item<EnrichedOrder>, claim: AggregationAnswer): Decision<AggregationOutput> {
    if (claim === 'REPEAT') return { counters: ['repeated'] };
    if (claim === 'TOO_LATE') {
      const error = 'the order was created too long before the time of its record to be aggregated';
      return asideLine({ reason: 'TOO_LATE', error });
    }
    return { output: { aggregate: inputOf(order) }, counters: ['out'] };
  }
  const claim = (items: readonly Item<EnrichedOrder>[]) =>
    ask(metastore.claimForAggregation(items.map((item) => claimOf(item, allowedLatenessMs))));
  const step: (
    records: readonly KafkaRecord[],
    context: StepContext,
  ) => Promise<readonly (readonly AggregationOutput[])[]> = createBatchStep<
    EnrichedOrder,
    AggregationAnswer,
    AggregationOutput
  >({
    stage: STAGE,
    metastore,
    decode: decodeEnrichedOrder,
    lookup: claim,
    decide,
    // It records no line but the claim.
    outcomeOf: () => ({ counters: [] }),
  });
  return async (records: readonly KafkaRecord[], context: StepContext) => sumWithinBatch(await step(records, context));
}

/** What an order that counts adds to the sums. */
export const inputOf = (order: ValidOrder): AggregationInput => ({
  toLocationId: order.toLocationId,
  createdAt: Math.floor(toMillis(order.createdAt) / 1000) * 1000,
  orders: 1,
  items: itemsOf(order),
  amounts: { [order.currency]: amountOf(order) },
});

/** What a record asks for its order. How late that is, is measured at the time at which Kafka took the record, and not when it is read. */
export function claimOf(
  { record, order: { orderId, createdAt } }: Pick<Item<unknown>, 'record' | 'order'>,
  allowedLatenessMs: number,
): AggregationClaim {
  const { topic, partition, offset, released } = positionOf(record);
  const isTooLate = toMillis(createdAt) < record.timestamp - allowedLatenessMs;
  return { topic, partition, offset, released, orderId, isTooLate };
}

/**
 * Sums before the grouping what will be summed after it, so that less goes from worker to worker: Beam would call it combiner lifting.
 * Windows are of whole seconds, so that a second is never in two of them.
 */
function sumWithinBatch(outputs: readonly (readonly AggregationOutput[])[]): readonly (readonly AggregationOutput[])[] {
  const keyOf = ({ toLocationId, createdAt }: AggregationInput) => `${createdAt} ${toLocationId}`;
  const sums = new Map<string, AggregationInput>();
  for (const { aggregate } of outputs.flat()) {
    if (!aggregate) continue;
    const before = sums.get(keyOf(aggregate));
    sums.set(keyOf(aggregate), before ? { ...before, ...add(before, aggregate) } : aggregate);
  }
  return outputs.map((entry) =>
    entry.flatMap((output): AggregationOutput[] => {
      if (!output.aggregate) return [output];
      const key = keyOf(output.aggregate);
      const sum = sums.get(key);
      // All of them leave with the first.
      sums.delete(key);
      return sum ? [{ aggregate: sum }] : [];
    }),
  );
}

export function add(left: Sums, right: Sums): Sums {
  const amounts: Record<string, number> = { ...left.amounts };
  for (const [currency, amount] of Object.entries(right.amounts)) amounts[currency] = (amounts[currency] ?? 0) + amount;
  return { orders: left.orders + right.orders, items: left.items + right.items, amounts };
}

/** Beam's CombineFn of the sums: associative and commutative, with the empty sums as its neutral element. */
export const sumOrders = {
  createAccumulator: (): Sums => ({ orders: 0, items: 0, amounts: {} }),
  addInput: (sums: Sums, input: Sums): Sums => add(sums, input),
  mergeAccumulators: (all: Iterable<Sums>): Sums => [...all].reduce(add, sumOrders.createAccumulator()),
  extractOutput: (sums: Sums): Sums => sums,
};

/**
 * The record for `aggregated_order`. `window` in milliseconds since the epoch, its end exclusive; amounts are sorted by
 * currency. `paneIndex` and `revision`: proto/orders.proto. Pure: the same sums give the same bytes. What a pane is: docs/glossary.md.
 */
export function toAggregatedOrder(
  toLocationId: string,
  { orders, items, amounts }: Sums,
  window: { readonly start: number; readonly end: number },
  paneIndex: number,
  revision = 0,
): OutgoingRecord {
  const message = v1.AggregatedOrder.create({
    toLocationId,
    windowStart: fromMillis(window.start),
    windowEnd: fromMillis(window.end),
    paneIndex,
    ...(revision > 0 && { revision }),
    orders,
    items,
    amounts: Object.keys(amounts)
      .sort()
      .map((currency) => ({ currency, minorUnits: amounts[currency] })),
  });
  return { key: encoder.encode(toLocationId), value: aggregatedOrderCodec.encode(message) };
}
