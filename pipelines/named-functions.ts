/** The plain functions that pipelines carry by name. Registered here, both where a job is submitted and in its workers. */
import '../beam/sdk.js';
import { requireForSerialization } from 'apache-beam/serialization';
import type { PaneInfo, IntervalWindow } from 'apache-beam/values';
import Long from 'long';
import { sumOrders, toAggregatedOrder, type AggregationInput, type Sums } from '../transforms/aggregator.js';
import { partitionOf } from '../transforms/router.js';
import type { OutgoingRecord, StepOutput } from '../transforms/step.js';

/** The record in an output, whatever its topic. */
export function recordOf(output: StepOutput): OutgoingRecord {
  return Object.values(output)[0];
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

/** What Beam's windowParam and paneInfoParam are at run time. */
interface PaneContext {
  readonly window: { lookup(): IntervalWindow };
  readonly pane: { lookup(): PaneInfo };
}

export function toPaneRecord({ key, value }: { key: string; value: Sums }, context: PaneContext): OutgoingRecord {
  const { start, end } = context.window.lookup();
  const window = { start: start.toNumber(), end: end.toNumber() };
  return toAggregatedOrder(key, value, window, Number(context.pane.lookup().index));
}

export { partitionOf, sumOrders };

requireForSerialization('orderflow/pipelines/named-functions', {
  recordOf,
  createdAtOf,
  keyByToLocation,
  toPaneRecord,
  partitionOf,
  sumOrders,
});
