import { expect, test } from 'vitest';

import { fromMillis } from '../../proto/messages.js';
import type { Report } from '../../reconcile/report.js';
import { amountOf, itemsOf } from '../../transforms/decoding/order-problems.js';
import { HOUR, NOW } from '../transforms/fixtures.js';
import {
  accountFor,
  deadLetter,
  enriched,
  ends,
  order,
  pane,
  raw,
  record,
  rejected,
  routed,
  status,
  traceOf,
  valid,
  withPanes,
  type Trace,
} from './histories.js';

const none = { lost: 0, duplicated: 0, reconciled: true, problems: [], unaccounted: 0 };
/** raw_order's first record in partition 1. */
const first = '1@0';

test('counts one order of each end', () => {
  const traces = withPanes(ends.flatMap((end) => traceOf(order(`o-${end}`), end)));
  const report = accountFor(traces);
  expect(report).toMatchObject({
    ...none,
    orders: 8,
    raw: 8,
    valid: 5,
    rejected: { total: 2, byReason: { FRAUD_IP: 1, CANCELLED_ORDER: 2 } },
    enriched: 4,
    internal: 1,
    external: 3,
    delivered: 1,
    deliveryPending: 1,
    deliveryFailed: 1,
    cancelled: 1,
    deadLettered: 2,
    redelivered: 0,
    outcomes: {
      internal: 1,
      delivered: 1,
      deliveryPending: 1,
      deliveryFailed: 1,
      rejected: 1,
      cancelled: 1,
      deadLettered: 2,
      redelivery: 0,
    },
    deadLetters: { total: 3, byReason: { DELIVERY_REFUSED: 1, PROCESSING_FAILED: 1, UNKNOWN_LOCATION: 1 } },
    aggregated: { windows: 1, orders: 4 },
    partner: { effects: 1, repeats: 0, conflicts: 0, refusals: 0 },
  });
  expect(report.perStage.map((row) => [row.stage, row.in, row.out, row.rejected, row.deadLetters])).toEqual([
    ['validator', 8, 5, 2, 1],
    ['enricher', 5, 4, 0, 1],
    ['router', 4, 4, 0, 0],
    ['external-processor', 3, 1, 0, 1],
    ['aggregator', 4, 4, 0, 0],
  ]);
  expect(report.checks.map(({ left, right }) => [left, right])).toEqual([
    [8, 8],
    [5, 5],
    [4, 4],
    [3, 3],
    [4, 4],
    [1, 1],
  ]);
});

test.each([
  ['nothing of it', 1, 'is in raw_order, and in no later topic'],
  ['it in valid_order', 3, 'is in valid_order, and in no later topic'],
  ['it in enriched_order', 5, 'is in enriched_order, and in no later topic'],
  ['it in external_order', 7, 'is in external_order, and has neither been delivered, parked nor refused'],
])('names a lost order and where it was last, when there is %s', (_name, steps, what) => {
  const good = traceOf(order('o-good'), 'internal');
  const report = accountFor([
    ...traceOf(order('o-lost'), 'delivered').slice(0, steps),
    ...good,
    pane(order('x'), steps > 3 ? 2 : 1),
  ]);
  expect(report).toMatchObject({ lost: 1, duplicated: 0, unaccounted: 1, reconciled: false });
  expect(report.problems).toEqual([
    { kind: 'lost', count: 1, orderId: 'o-lost', messageId: 'm-o-lost', position: first, what },
  ]);
});

test('names a record without an order that is not in the dead letters', () => {
  const broken = record('raw_order', '', Uint8Array.of(15, 1, 2));
  expect(accountFor([broken])).toMatchObject({
    raw: 1,
    lost: 1,
    unaccounted: 1,
    problems: [{ kind: 'lost', position: first, what: 'holds no complete order, and is not in dead_letter' }],
  });
});

test('an incomplete order is dead-lettered by its position, whatever ids it has', () => {
  const incomplete = order('o-1', { lines: [] });
  const at = { topic: 'raw_order' as const, partition: 1, offset: 0 };
  const letter = deadLetter(incomplete, at, 'validator', 'INVALID_ORDER');
  const good = withPanes(traceOf(order('o-1'), 'internal'));
  expect(accountFor([raw(incomplete), letter, letter, ...good])).toMatchObject({
    ...none,
    orders: 1,
    raw: 2,
    deadLettered: 1,
    internal: 1,
    deadLetters: { total: 1, byReason: { INVALID_ORDER: 1 } },
  });
});

test('an empty record is dead-lettered', () => {
  const at = { topic: 'raw_order' as const, partition: 1, offset: 0 };
  const letter = deadLetter({ orderId: '', messageId: '' }, at, 'validator', 'EMPTY_VALUE');
  expect(accountFor([record('raw_order', '', new Uint8Array(0)), letter])).toMatchObject({
    ...none,
    orders: 0,
    raw: 1,
    deadLettered: 1,
  });
});

test('an order from the future that the validator set aside is no lost order', () => {
  const future = order('o-1', { createdAt: fromMillis(NOW + 100 * 24 * HOUR) });
  const letter = deadLetter(future, { topic: 'raw_order', partition: 1, offset: 0 }, 'validator', 'INVALID_ORDER');
  expect(accountFor([letter, raw(future)])).toMatchObject({ ...none, orders: 0, raw: 1, deadLettered: 1 });
});

test('counts the same message again as a redelivery, and another message of the order as rejected', () => {
  const accepted = order('o-1');
  const duplicate = order('o-1', { messageId: 'm-2' });
  const traces = [
    ...traceOf(accepted, 'internal'),
    raw(accepted),
    raw(duplicate),
    raw(accepted),
    status(duplicate, 'REJECTED'),
    rejected(duplicate, ['DUPLICATE_ORDER']),
  ];
  expect(accountFor(withPanes(traces))).toMatchObject({
    ...none,
    orders: 1,
    raw: 4,
    internal: 1,
    redelivered: 2,
    rejected: { total: 1, byReason: { DUPLICATE_ORDER: 1 } },
    outcomes: { internal: 1, redelivery: 2, rejected: 1 },
  });
});

test('a record of a message id that came before with another order or content is set aside, and the first one counts', () => {
  const at = (offset: number) => ({ topic: 'raw_order' as const, partition: 1, offset });
  const [of, other, altered] = [
    order('o-1'),
    order('o-2', { messageId: 'm-o-1' }),
    order('o-1', { customerId: 'C-other' }),
  ];
  const traces = [
    ...traceOf(of, 'internal'),
    raw(other),
    raw(altered),
    deadLetter(other, at(1), 'validator', 'MESSAGE_ID_REUSED'),
    deadLetter(altered, at(2), 'validator', 'MESSAGE_ID_REUSED'),
  ];
  expect(accountFor(withPanes(traces))).toMatchObject({
    ...none,
    raw: 3,
    internal: 1,
    deadLettered: 2,
    redelivered: 0,
  });
  expect(accountFor(withPanes(traces.slice(0, -2)))).toMatchObject({ lost: 1, unaccounted: 1, redelivered: 1 });
});

test('a message whose claim an earlier record holds is a redelivery of that one, where that does not count', () => {
  const traces = [raw(order('o-2')), ...traceOf(order('o-1'), 'internal')];
  expect(accountFor(withPanes(traces))).toMatchObject({ lost: 1, unaccounted: 1, redelivered: 0 });
  expect(accountFor(withPanes(traces), { heldBefore: new Set(['m-o-2']) })).toMatchObject({
    ...none,
    raw: 2,
    internal: 1,
    redelivered: 1,
  });
});

test.each<[string, Trace[], string]>([
  [
    'accepted and rejected',
    [rejected(order('o-1'), ['FRAUD_IP']), status(order('o-1'), 'REJECTED')],
    'is in valid_order and in rejected_order',
  ],
  ['routed in two ways', [routed(order('o-1'), 'external')], 'is in internal_order and in external_order'],
])('names an order that is %s', (_name, traces, what) => {
  const report = accountFor(withPanes([...traceOf(order('o-1'), 'internal'), ...traces]));
  expect(report).toMatchObject({ duplicated: 1, reconciled: false });
  expect(report.problems).toEqual([
    { kind: 'doubled', count: 1, orderId: 'o-1', messageId: 'm-o-1', position: first, what },
  ]);
});

test('names an order of which two publications were accepted', () => {
  const second = order('o-1', { messageId: 'm-2' });
  const report = accountFor([...traceOf(order('o-1'), 'internal'), ...traceOf(second, 'internal'), pane(second, 1)]);
  expect(report).toMatchObject({ orders: 1, lost: 0, duplicated: 1, reconciled: false });
  expect(report.problems).toEqual([
    {
      kind: 'doubled',
      count: 1,
      orderId: 'o-1',
      messageId: 'm-2',
      position: '1@1',
      what: 'is a second publication of its order in valid_order',
    },
  ]);
});

test('names orders that the partner took twice or never', () => {
  const effect = (of: string): Trace => ({ of, effect: true });
  const twice = [...traceOf(order('o-1'), 'delivered'), effect('o-1')];
  const never = traceOf(order('o-2'), 'delivered').filter((trace) => !('effect' in trace));
  const report = accountFor(withPanes([...twice, ...never]));
  expect(report.problems).toEqual([
    { kind: 'doubled', count: 1, orderId: 'o-1', what: 'was taken 2 times by the partner' },
    { kind: 'lost', count: 1, orderId: 'o-2', what: "is DELIVERED, and not in the partner's journal" },
  ]);
  expect(accountFor(withPanes([...twice, ...never]), { hasJournal: false })).toMatchObject({ ...none, partner: null });
});

test('records that are written again change nothing', () => {
  const traces = ends.flatMap((end) => traceOf(order(`o-${end}`), end));
  const again = traces.filter((trace) => 'topic' in trace && trace.topic !== 'raw_order');
  const timeless = ({ perStage, ...report }: Report) => ({
    ...report,
    latencyMs: null,
    ordersPerSecond: null,
    perStage: perStage.map((row) => ({ ...row, latencyMs: null, ordersPerSecond: null })),
  });
  expect(timeless(accountFor(withPanes([...traces, ...again])))).toEqual(timeless(accountFor(withPanes(traces))));
});

test('a dead letter that was replayed ends as the replayed order did', () => {
  const of = order('o-1');
  const letter = deadLetter(of, { topic: 'valid_order', partition: 1, offset: 0 }, 'enricher', 'UNKNOWN_LOCATION');
  expect(accountFor(withPanes([letter, ...traceOf(of, 'internal')]))).toMatchObject({
    ...none,
    internal: 1,
    deadLettered: 0,
    deadLetters: { total: 1 },
  });
});

test('names the status that the history of an order lacks', () => {
  const traces = traceOf(order('o-1'), 'internal').filter(
    (trace) => !('status' in trace && trace.status === 'ENRICHED'),
  );
  const report = accountFor(withPanes(traces));
  expect(report).toMatchObject({ lost: 0, duplicated: 0, reconciled: false });
  expect(report.problems).toEqual([
    {
      kind: 'unrecorded',
      count: 1,
      orderId: 'o-1',
      messageId: 'm-o-1',
      position: first,
      what: 'lacks ENRICHED in its history',
    },
  ]);
});

const window = `L2 ${new Date(NOW - HOUR).toISOString()}`;

test('takes the pane with the most orders as the newest, wherever and whenever it was written', () => {
  const traces = [...traceOf(order('o-1'), 'internal'), ...traceOf(order('o-2'), 'internal')];
  const panes = [pane(order('x'), 1, 0), pane(order('x'), 2, 1), pane(order('x'), 1, 0)];
  expect(accountFor([...traces, ...panes])).toMatchObject({ ...none, aggregated: { windows: 1, orders: 2 } });
  const short = accountFor([...traces, ...panes.slice(0, 1)]);
  expect(short).toMatchObject({ lost: 1, duplicated: 0, reconciled: false });
  expect(short.problems).toEqual([
    { kind: 'lost', count: 1, window, what: 'holds 1 orders in aggregated_order, and should hold 2' },
  ]);
});

test('names a window whose newest pane holds too many orders', () => {
  const report = accountFor([...traceOf(order('o-1'), 'internal'), pane(order('x'), 3)]);
  expect(report).toMatchObject({ lost: 0, duplicated: 2, reconciled: false });
  expect(report.problems).toEqual([
    { kind: 'doubled', count: 2, window, what: 'holds 3 orders in aggregated_order, and should hold 1' },
  ]);
});

test('an order that is too late for the aggregates is not missing there', () => {
  const late = order('o-1');
  const letter = deadLetter(late, { topic: 'enriched_order', partition: 1, offset: 0 }, 'aggregator', 'TOO_LATE');
  expect(accountFor([...traceOf(late, 'internal'), letter])).toMatchObject({
    ...none,
    internal: 1,
    deadLettered: 0,
    aggregated: { windows: 0, orders: 0 },
  });
});

test('takes off what the panes held before', () => {
  const traces = [...traceOf(order('o-1'), 'internal'), pane(order('x'), 8)];
  const amounts = new Map([[order('x').currency, 7 * amountOf(order('x'))]]);
  const baseline = new Map([[window, { orders: 7, items: 7 * itemsOf(order('x')), amounts }]]);
  expect(accountFor(traces, { baseline })).toMatchObject({
    ...none,
    aggregated: { windows: 1, orders: 1 },
  });
});

test('leaves out windows from before the first record that raw_order still has', () => {
  const traces = [...traceOf(order('o-1'), 'internal'), pane(order('x'), 8)];
  expect(accountFor(traces, { windowsSince: NOW })).toMatchObject({ ...none, aggregated: { windows: 0, orders: 0 } });
});

test('leaves out what is about records of raw_order that do not count', () => {
  const [, ...earlier] = traceOf(order('o-earlier'), 'delivered');
  const letter = deadLetter(order('o-0'), { topic: 'raw_order', partition: 1, offset: 6 }, 'validator', 'EMPTY_VALUE');
  const of = order('o-1');
  const traces = [
    { ...raw(of), offset: 7 } as Trace,
    ...earlier,
    letter,
    ...traceOf(of, 'internal').slice(1),
    pane(of, 1),
  ];
  expect(accountFor(traces, { from: new Map([[1, 7]]) })).toMatchObject({
    ...none,
    orders: 1,
    raw: 1,
    valid: 1,
    internal: 1,
    delivered: 0,
    deadLetters: { total: 0 },
  });
});

test('a dead letter of a topic that was deleted is none of the record that stands in its place now', () => {
  const at = { partition: 1, offset: 0 };
  const bad = record('raw_order', 'o-1', new Uint8Array(0));
  const letterOn = (topic: string) =>
    deadLetter({ orderId: '', messageId: '' }, { topic, ...at }, 'validator', 'EMPTY_VALUE');
  const options = { rawTopic: () => 'raw_order~2' };
  expect(accountFor([bad, letterOn('raw_order')], options)).toMatchObject({ raw: 1, deadLettered: 0, lost: 1 });
  expect(accountFor([bad, letterOn('raw_order~2')], options)).toMatchObject({ raw: 1, deadLettered: 1, lost: 0 });
  const from = new Map([[1, 0]]);
  const report = accountFor([bad, letterOn('raw_order'), letterOn('raw_order~2')], { ...options, from });
  expect(report).toMatchObject({ ...none, deadLettered: 1, deadLetters: { total: 1 } });
});

test('measures from the record on raw_order to the end', () => {
  // Traces are 10 ms apart.
  const { latencyMs, perStage, ordersPerSecond } = accountFor(withPanes(traceOf(order('o-1'), 'delivered')));
  expect(latencyMs).toEqual({ p50: 80, p99: 80, p999: 80 });
  expect(ordersPerSecond).toBe(12.5);
  expect(perStage.map((row) => row.latencyMs.p99)).toEqual([20, 40, 60, 80, null]);
});

test('bytes that a foreign producer wrote to a later topic are about no order', () => {
  const traces = withPanes(traceOf(order('o-1'), 'internal'));
  const foreign = [record('enriched_order', '', Uint8Array.of(15)), valid(order('o-2')), enriched(order('o-3'))];
  expect(accountFor([...foreign, ...traces])).toMatchObject({ ...none, raw: 1, valid: 1, enriched: 1 });
});
