/** What cannot be, and the account names: one order of each kind, among orders that are as they should be. */
import { describe, expect, test } from 'vitest';
import { fromMillis, toMillis } from '../../proto/messages.js';
import { amountOf } from '../../transforms/decoding/order-problems.js';
import { NOW } from '../transforms/fixtures.js';
import {
  accountFor,
  deadLetter,
  ends,
  enriched,
  order,
  pane,
  parked,
  raw,
  rejected,
  routed,
  status,
  traceOf,
  valid,
  withPanes,
  type OrderEnd,
  type Trace,
} from './histories.js';

const of = order('o-1');
/** The same order with other bytes, after its window was known. */
const altered = order('o-1', { customerId: 'C-other' });
const good = ends.filter((end) => end !== 'deadAtValidator').flatMap((end) => traceOf(order(`good-${end}`), end, 7));
const without = (traces: readonly Trace[], topic: string) =>
  traces.filter((trace) => !('topic' in trace && trace.topic === topic));
const effect: Trace = { of: 'o-1', effect: true };
const refusedAt = { topic: 'external_order', partition: 0, offset: 1 } as const;

interface Case {
  readonly name: string;
  readonly traces: readonly Trace[];
  readonly kind: 'lost' | 'doubled';
  readonly what: string;
}

const cases: readonly Case[] = [
  {
    name: 'a pending delivery that is not parked',
    traces: traceOf(of, 'deliveryPending').filter((trace) => !('parked' in trace)),
    kind: 'lost',
    what: 'is DELIVERY_PENDING, and no parked delivery waits for its partner',
  },
  {
    name: 'a failed delivery without its dead letter',
    traces: without(traceOf(of, 'deliveryFailed'), 'dead_letter'),
    kind: 'lost',
    what: 'is DELIVERY_FAILED, and its dead letter is missing',
  },
  ...(
    [
      ['valid_order', 'internal', valid(altered)],
      ['enriched_order', 'internal', enriched(altered)],
      ['internal_order', 'internal', routed(altered, 'internal')],
      ['external_order', 'delivered', routed(altered, 'external')],
      ['rejected_order', 'rejected', rejected(of, ['FRAUD_IP'])],
    ] as const
  ).map(([topic, end, again]): Case => ({
    name: `an order twice on ${topic}, with different bytes`,
    traces: [...traceOf(of, end), again],
    kind: 'doubled',
    what: `is in ${topic} more than once, with different bytes`,
  })),
  {
    name: 'a delivered order that is still parked',
    traces: [...traceOf(of, 'delivered'), parked(of)],
    kind: 'doubled',
    what: 'is DELIVERED, and a delivery of it is still parked',
  },
  {
    name: 'a delivered order whose delivery was set aside, too',
    traces: [...traceOf(of, 'delivered'), deadLetter(of, refusedAt, 'external-processor', 'PROCESSING_FAILED')],
    kind: 'doubled',
    what: 'is DELIVERED, and its delivery is in dead_letter',
  },
  {
    name: 'a delivered order that is not in external_order',
    traces: without(traceOf(of, 'delivered'), 'external_order').filter((trace) => !('effect' in trace)),
    kind: 'lost',
    what: 'has a delivery in its history, and is not in external_order',
  },
  {
    name: 'an internal order with a delivery',
    traces: [...traceOf(of, 'internal'), status(of, 'DELIVERED')],
    kind: 'doubled',
    what: 'is in internal_order, and has a delivery in its history',
  },
  {
    name: 'a rejected order with a delivery',
    traces: [...traceOf(of, 'rejected'), status(of, 'DELIVERY_PENDING'), parked(of)],
    kind: 'doubled',
    what: 'was rejected, and has a delivery in its history',
  },
  {
    name: 'an internal order that the partner took',
    traces: [...traceOf(of, 'internal'), effect],
    kind: 'doubled',
    what: 'was taken by the partner, and is not for it',
  },
  {
    name: 'an order that went on without the claim',
    traces: [...traceOf(of, 'internal'), { of: 'o-1', claim: 'm-other' }],
    kind: 'doubled',
    what: 'went on, and another publication holds the claim on its order',
  },
  {
    name: 'a second publication that was stopped at the validator, and went on later',
    traces: [
      ...traceOf(of, 'internal'),
      raw(order('o-1', { messageId: 'm-2' })),
      status(order('o-1', { messageId: 'm-2' }), 'ROUTED'),
      routed(order('o-1', { messageId: 'm-2' }), 'internal'),
    ],
    kind: 'doubled',
    what: 'is a second publication of its order in internal_order',
  },
];

describe('names what cannot be', () => {
  test.each(cases)('$name', ({ traces, kind, what }) => {
    const report = accountFor(withPanes([...good, ...traces]));
    expect(report.problems.filter((problem) => problem.kind !== 'unrecorded')).toEqual([
      expect.objectContaining({ kind, orderId: 'o-1', what }),
    ]);
    expect(report).toMatchObject({ lost: Number(kind === 'lost'), duplicated: Number(kind === 'doubled') });
    expect(report.reconciled).toBe(false);
  });

  test('and nothing where all is as it should be', () => {
    const claims = ends.map((end): Trace => ({ of: `good-${end}`, claim: `m-good-${end}` }));
    expect(accountFor(withPanes([...good, ...claims]))).toMatchObject({ problems: [], reconciled: true });
  });
});

test('a repeat with the same bytes is what at-least-once allows', () => {
  const all: OrderEnd[] = ['internal', 'delivered', 'rejected', 'deliveryFailed'];
  const traces = all.flatMap((end) => traceOf(order(`o-${end}`), end));
  const repeats = traces.filter((trace) => 'topic' in trace && trace.topic !== 'raw_order');
  expect(accountFor(withPanes([...traces, ...repeats, ...repeats]))).toMatchObject({ problems: [], reconciled: true });
});

test('a parked delivery that somebody is about to take out is none too many', () => {
  const traces = [...traceOf(of, 'delivered'), parked(of, 1, true)];
  expect(accountFor(withPanes(traces))).toMatchObject({ problems: [], reconciled: true });
});

const currency = of.currency;
test.each<[string, Parameters<typeof pane>[3], 'lost' | 'doubled', string]>([
  ['items', { items: 2 }, 'lost', 'holds 2 items in aggregated_order, and should hold 3'],
  [
    'amounts',
    { amounts: [{ currency, minorUnits: amountOf(of) + 5 }] },
    'doubled',
    `holds ${amountOf(of) + 5} ${currency} (minor units) in aggregated_order, and should hold ${amountOf(of)}`,
  ],
  [
    'currency',
    {
      amounts: [
        { currency, minorUnits: amountOf(of) },
        { currency: 'XXX', minorUnits: 1 },
      ],
    },
    'doubled',
    'holds 1 XXX (minor units) in aggregated_order, and should hold 0',
  ],
])('names a pane with the right number of orders and the wrong %s', (_name, changes, kind, what) => {
  const report = accountFor([...traceOf(of, 'internal'), pane(of, 1, 0, changes)]);
  const start = new Date(Math.floor(toMillis(of.createdAt ?? {}) / 60_000) * 60_000).toISOString();
  expect(report.problems).toEqual([{ kind, count: 1, window: `${of.toLocationId} ${start}`, what }]);
  expect(report.reconciled).toBe(false);
});

test('names what Kafka deleted before a stage had read it', () => {
  const gap = { stage: 'validator', topic: 'raw_order', partition: 3, first: 100, next: 500 } as const;
  const report = accountFor(withPanes(traceOf(of, 'internal')), { gaps: [gap] });
  expect(report).toMatchObject({ lost: 400, reconciled: false });
  expect(report.problems).toEqual([
    {
      kind: 'lost',
      count: 400,
      topic: 'raw_order',
      position: '3@100',
      what: 'to 3@499 were deleted by Kafka before the validator had read them',
    },
  ]);
});

test('names the first ten thousand problems, and counts all of them', () => {
  const report = accountFor(Array.from({ length: 10_003 }, (_, index) => raw(order(`o-${index}`))));
  expect(report).toMatchObject({ lost: 10_003, unaccounted: 10_003, problemsLeftOut: 3, reconciled: false });
  expect(report.problems).toHaveLength(10_000);
});

test('orders that were published before a time do not count', () => {
  const late = order('o-2', { createdAt: fromMillis(NOW) });
  const traces = [...traceOf(of, 'internal'), ...traceOf(late, 'delivered'), pane(of, 1), pane(late, 1)];
  // Traces are 10 ms apart, and the second order's begin with the eighth.
  const report = accountFor(traces, { publishedSince: NOW + 70, windowsSince: NOW });
  expect(report).toMatchObject({ orders: 1, raw: 1, delivered: 1, internal: 0, problems: [], reconciled: true });
});
