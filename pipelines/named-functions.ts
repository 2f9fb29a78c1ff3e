/** The plain functions that pipelines carry by name. Registered here, both where a job is submitted and in its workers. */
import '../beam/sdk.js';
import { requireForSerialization } from 'apache-beam/serialization';
import type { IntervalWindow } from 'apache-beam/values';
import Long from 'long';
import type { Pane } from '../beam/operators/combine.js';
import type { OutgoingRecord } from '../model/record.js';
import { sumOrders, toAggregatedOrder, type AggregationInput, type Sums } from '../transforms/aggregator.js';
import { earliest, type Unclaimed } from '../transforms/backfill.js';
import { partitionOf } from '../transforms/router.js';
import type { StepOutput } from '../transforms/step/step.js';
import type { PaneRow } from './backfill/folder.js';

/** The record in an output, whatever its topic. Throws an Error where there is none. */
export function recordOf(output: StepOutput): OutgoingRecord {
  const [record] = Object.values(output);
  if (!record) throw new Error('an output without a record');
  return record;
}

/** An order's event time, as Beam wants it. */
export function createdAtOf({ createdAt }: AggregationInput): Long {
  return Long.fromNumber(createdAt);
}

export function keyByToLocation({ toLocationId, orders, items, amounts }: AggregationInput): {
  key: string;
  value: Sums;
} {
  return { key: toLocationId, value: { orders, items, amounts } };
}

/** What Beam's windowParam is at run time. */
interface WindowContext {
  readonly window: { lookup(): IntervalWindow };
}

export function toPaneRecord(
  { key, value: { index, value } }: { key: string; value: Pane<Sums> },
  { window }: WindowContext,
): OutgoingRecord {
  const { start, end } = window.lookup();
  return toAggregatedOrder(key, value, { start: start.toNumber(), end: end.toNumber() }, index);
}

export const keyByOrder = (unclaimed: Unclaimed) => ({ key: unclaimed.claim.orderId, value: unclaimed });

/** What the record adds that counts for an order nobody has claimed: nothing where it came too late. */
export const inputInTime = ({ value }: { value: Unclaimed | null }): readonly AggregationInput[] =>
  value && !value.claim.isTooLate ? [value.input] : [];

/** Amounts are sorted by currency: the same sums are the same row. */
export function toPaneRow(
  { key, value: { orders, items, amounts } }: { key: string; value: Sums },
  { window }: WindowContext,
): PaneRow {
  const { start, end } = window.lookup();
  return {
    toLocationId: key,
    windowStart: start.toNumber(),
    windowEnd: end.toNumber(),
    orders,
    items,
    amounts: Object.fromEntries(Object.entries(amounts).sort(([left], [right]) => (left < right ? -1 : 1))),
  };
}

export { earliest, partitionOf, sumOrders };

requireForSerialization('orderflow/pipelines/named-functions', {
  recordOf,
  createdAtOf,
  keyByToLocation,
  toPaneRecord,
  keyByOrder,
  inputInTime,
  toPaneRow,
  earliest,
  partitionOf,
  sumOrders,
});
