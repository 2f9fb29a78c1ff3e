/** Made-up histories of orders: the records, statuses and partner effects that an order leaves behind on its way. */
import { headersOf } from '../../model/release.js';
import type { Status } from '../../model/statuses.js';
import type { TopicName } from '../../model/topics.js';
import {
  aggregatedOrderCodec,
  enrichedOrderCodec,
  fromMillis,
  orderCodec,
  rejectedOrderCodec,
  routedOrderCodec,
  toMillis,
  v1,
  type DeadLetterReason,
  type Order,
  type RejectReason,
} from '../../proto/messages.js';
import { account, type AccountOptions } from '../../reconcile/account.js';
import { createLedger } from '../../reconcile/ledger.js';
import type { LedgerOptions } from '../../reconcile/ledger-options.js';
import { idsOf } from '../../reconcile/names.js';
import type { Report } from '../../reconcile/report.js';
import { amountOf, itemsOf } from '../../transforms/decoding/order-problems.js';
import { toDeadLetter } from '../../transforms/step/dead-letter.js';
import { anEnrichedOrder, anOrder, aRoutedOrder, NOW } from '../transforms/fixtures.js';

/** Something that can be seen afterwards. `of` is the order id. */
export type Trace = { readonly of: string } & (
  | {
      readonly topic: TopicName;
      readonly value: Uint8Array;
      readonly partition?: number;
      readonly offset?: number;
      /** Of a record that was sent back. */
      readonly release?: string;
    }
  | { readonly status: Status; readonly messageId: string; readonly attempt?: number }
  /** The message that holds the claim on the order. */
  | { readonly claim: string }
  | { readonly parked: number; readonly isLeased?: boolean }
  | { readonly effect: true }
);

/** How an order ends. */
export const ends = [
  'internal',
  'delivered',
  'deliveryPending',
  'deliveryFailed',
  'rejected',
  'cancelled',
  'deadAtValidator',
  'deadAtEnricher',
] as const;
export type OrderEnd = (typeof ends)[number];

export const record = (topic: TopicName, of: string, value: Uint8Array): Trace => ({ topic, of, value });
export const status = (order: Order, name: Status, attempt?: number): Trace => ({
  of: order.orderId,
  status: name,
  messageId: order.messageId,
  attempt,
});
/** A delivery that waits for its partner. */
export const parked = (order: Order, attempt = 1, isLeased = false): Trace => ({
  of: order.orderId,
  parked: attempt,
  isLeased,
});
/** A record as it is sent back by a release. */
export const released = (trace: Trace, release: string): Trace => ({ ...(trace as object), release }) as Trace;

export const order = (orderId: string, changes: v1.Order.$Properties = {}) =>
  anOrder({ orderId, messageId: `m-${orderId}`, ...changes });
export const raw = (of: Order) => record('raw_order', of.orderId, orderCodec.encode(of));
export const valid = (of: Order) => record('valid_order', of.orderId, orderCodec.encode(of));
export const enriched = (of: Order) =>
  record('enriched_order', of.orderId, enrichedOrderCodec.encode(anEnrichedOrder(of)));
export const routed = (of: Order, to: 'internal' | 'external') =>
  record(`${to}_order`, of.orderId, routedOrderCodec.encode(aRoutedOrder(of) as never));

export function rejected(of: Order, reasons: readonly RejectReason[]): Trace {
  const rejections = reasons.map((reason) => ({ reason: v1.RejectReason[reason], detail: '' }));
  return record(
    'rejected_order',
    of.orderId,
    rejectedOrderCodec.encode(v1.RejectedOrder.create({ order: of, rejections }) as never),
  );
}

/** The dead letter of a record at a position of a topic. */
export function deadLetter(
  { orderId, messageId }: { orderId: string; messageId: string },
  at: { topic: string; partition: number; offset: number },
  step: string,
  reason: DeadLetterReason,
  release = '',
): Trace {
  const original = { ...at, timestamp: NOW, key: null, value: null, headers: headersOf(release) };
  const { value } = toDeadLetter(original, step, { reason, error: '', orderId, messageId, createdAt: NOW });
  return record('dead_letter', orderId, value);
}

/** The newest pane of an order's window, with so many orders like it. */
export function pane(of: Order, orders: number, paneIndex = 0, changes: v1.AggregatedOrder.$Properties = {}): Trace {
  const start = Math.floor(toMillis(of.createdAt ?? {}) / 60_000) * 60_000;
  const amounts = [{ currency: of.currency, minorUnits: orders * amountOf(of) }];
  const sums = { orders, items: orders * itemsOf(of), amounts, paneIndex, toLocationId: of.toLocationId, ...changes };
  const window = { windowStart: fromMillis(start), windowEnd: fromMillis(start + 60_000) };
  return record(
    'aggregated_order',
    '',
    aggregatedOrderCodec.encode(v1.AggregatedOrder.create({ ...sums, ...window }) as never),
  );
}

/** What an order leaves behind that ends so; the trace of its end is the last one. `position` is its offset on raw_order. */
export function traceOf(of: Order, end: OrderEnd, position = 0): Trace[] {
  const toEnriched = [raw(of), status(of, 'VALIDATED'), valid(of), status(of, 'ENRICHED'), enriched(of)];
  const toExternal = [...toEnriched, status(of, 'ROUTED'), routed(of, 'external')];
  switch (end) {
    case 'internal':
      return [...toEnriched, status(of, 'ROUTED'), routed(of, 'internal')];
    case 'delivered':
      return [...toExternal, { of: of.orderId, effect: true }, status(of, 'DELIVERED')];
    case 'deliveryPending':
      return [...toExternal, parked(of), status(of, 'DELIVERY_PENDING')];
    case 'deliveryFailed': {
      const at = { topic: 'external_order' as const, partition: 0, offset: position };
      return [
        ...toExternal,
        deadLetter(of, at, 'external-processor', 'DELIVERY_REFUSED'),
        status(of, 'DELIVERY_FAILED'),
      ];
    }
    case 'rejected':
      return [raw(of), status(of, 'REJECTED'), rejected(of, ['FRAUD_IP', 'CANCELLED_ORDER'])];
    case 'cancelled':
      return [raw(of), status(of, 'REJECTED'), rejected(of, ['CANCELLED_ORDER'])];
    case 'deadAtValidator': {
      const at = { topic: 'raw_order' as const, partition: 0, offset: position };
      return [
        { ...(raw(of) as object), partition: 0, offset: position } as Trace,
        deadLetter(of, at, 'validator', 'PROCESSING_FAILED'),
      ];
    }
    case 'deadAtEnricher': {
      const at = { topic: 'valid_order' as const, partition: 0, offset: position };
      return [raw(of), status(of, 'VALIDATED'), valid(of), deadLetter(of, at, 'enricher', 'UNKNOWN_LOCATION')];
    }
  }
}

/** Adds the panes that the enriched orders of the traces make. */
export function withPanes(traces: readonly Trace[]): Trace[] {
  const orders = new Map<string, Order>();
  for (const trace of traces)
    if ('topic' in trace && trace.topic === 'enriched_order')
      orders.set(trace.of, enrichedOrderCodec.decode(trace.value).order as Order);
  const all = [...orders.values()];
  return [...traces, ...all.map((each, index) => pane(each, index + 1, index))];
}

/** Accounts for what the traces show. Records without a position get partition 1, and the offsets of their order. */
export function accountFor(
  traces: readonly Trace[],
  {
    from,
    publishedSince,
    rawTopic,
    ...options
  }: Partial<AccountOptions> & Pick<LedgerOptions, 'from' | 'publishedSince' | 'rawTopic'> = {},
): Report {
  const ledger = createLedger({ maxOrderBytes: 900_000, windowSeconds: 60, from, publishedSince, rawTopic });
  const next: Partial<Record<TopicName, number>> = {};
  traces.forEach((trace, index) => {
    const time = NOW + index * 10;
    if ('topic' in trace) {
      const { topic, value, partition = 1, of, release = '' } = trace;
      const offset = trace.offset ?? (next[topic] = (next[topic] ?? -1) + 1);
      const headers = headersOf(release);
      ledger.addRecord(topic, { topic, partition, offset, timestamp: time, key: Buffer.from(of), value, headers });
    } else if ('status' in trace) {
      const { of: orderId, messageId, status: name, attempt = 1 } = trace;
      const isDelivery = /^DELIVER/.test(name) || attempt > 1;
      ledger.addStatus({ ...idsOf(orderId, messageId), status: name, attempt, isDelivery, recordedAt: time });
    } else if ('claim' in trace) ledger.addClaim(idsOf(trace.of, trace.claim));
    else if ('parked' in trace) ledger.addParked(idsOf(trace.of, ''), trace.parked, trace.isLeased ?? false);
    else ledger.addRequest(trace.of, 'effect');
  });
  return account(ledger, { hasJournal: true, ...options });
}
