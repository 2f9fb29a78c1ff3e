/** The account of orders whose dead letters were sent back: each release is one more record, with an end of its own. */
import { expect, test } from 'vitest';
import {
  accountFor,
  deadLetter,
  enriched,
  order,
  pane,
  parked,
  raw,
  record,
  released,
  routed,
  status,
  traceOf,
  valid,
  withPanes,
  type Trace,
} from './histories.js';

const none = { lost: 0, duplicated: 0, reconciled: true, problems: [], unaccounted: 0 };
const of = order('o-1');

/** The validator set `of` aside; `copies` are what replays have sent since, at the offsets 1, 2, 3… of raw_order. */
const atValidator = (...copies: readonly (1 | 2)[]): Trace[] => [
  ...traceOf(of, 'deadAtValidator'),
  ...(copies.map((number, index) => ({
    ...(released(raw(of), `raw_order/0/0/validator/${number}`) as object),
    partition: 0,
    offset: index + 1,
  })) as Trace[]),
];
const backFromValidator = (offset: number, number: number) =>
  deadLetter(
    of,
    { topic: 'raw_order', partition: 0, offset },
    'validator',
    'PROCESSING_FAILED',
    `raw_order/0/0/validator/${number}`,
  );
const onward = traceOf(of, 'internal').slice(1);

test('a released order ends as it ended then; the record that was set aside stays a dead letter', () => {
  expect(accountFor(withPanes([...atValidator(1), ...onward]))).toMatchObject({
    ...none,
    raw: 2,
    internal: 1,
    deadLettered: 1,
    deadLetters: { total: 1, released: 1 },
  });
});

test('a release that was sent twice is one release, and a redelivery', () => {
  expect(accountFor(withPanes([...atValidator(1, 1), ...onward]))).toMatchObject({
    ...none,
    raw: 3,
    internal: 1,
    deadLettered: 1,
    redelivered: 1,
    deadLetters: { total: 1, released: 1 },
  });
});

test('a release that came back is a dead letter again, also when it was sent twice', () => {
  expect(accountFor([...atValidator(1, 1), backFromValidator(1, 1)])).toMatchObject({
    ...none,
    raw: 3,
    deadLettered: 2,
    redelivered: 1,
    deadLetters: { total: 2, released: 1 },
  });
});

test('a release that is under way counts as such, and not as a dead letter', () => {
  expect(accountFor(atValidator(1))).toMatchObject({ raw: 2, deadLettered: 1, lost: 1, unaccounted: 1 });
  const again = [...atValidator(1, 2), backFromValidator(1, 1)];
  expect(accountFor(again)).toMatchObject({ raw: 3, deadLettered: 2, lost: 1, unaccounted: 1 });
});

test('bytes that are no order are accounted for by their position, each time they come back', () => {
  const junk = (offset: number, release = ''): Trace[] => [
    { ...(released(record('raw_order', '', Uint8Array.of(15, 1, 2)), release) as object), offset } as Trace,
    deadLetter(
      { orderId: '', messageId: '' },
      { topic: 'raw_order', partition: 1, offset },
      'validator',
      'UNDECODABLE',
      release,
    ),
  ];
  const name = 'raw_order/1/0/validator';
  expect(accountFor([...junk(0), ...junk(1, `${name}/1`), ...junk(2, `${name}/1`)])).toMatchObject({
    ...none,
    raw: 3,
    deadLettered: 3,
    deadLetters: { total: 2, released: 1 },
  });
});

test('an order that the enricher set aside and released is lost until it goes on, or comes back', () => {
  const at = { topic: 'valid_order', partition: 0, offset: 0 } as const;
  const name = 'valid_order/0/0/enricher';
  const aside = traceOf(of, 'deadAtEnricher');
  const copy = released(valid(of), `${name}/1`);
  expect(accountFor([...aside, copy])).toMatchObject({ lost: 1, unaccounted: 1, deadLettered: 0 });
  // A copy may be seen before its dead letter is.
  expect(accountFor([copy, ...aside])).toMatchObject({ lost: 1, unaccounted: 1, deadLettered: 0 });
  const back = deadLetter(of, { ...at, offset: 1 }, 'enricher', 'UNKNOWN_LOCATION', `${name}/1`);
  expect(accountFor([...aside, copy, back])).toMatchObject({ ...none, deadLettered: 1, deadLetters: { total: 2 } });
  expect(accountFor(withPanes([...aside, copy, ...traceOf(of, 'internal').slice(3)]))).toMatchObject({
    ...none,
    internal: 1,
    deadLettered: 0,
  });
});

const name = 'external_order/0/0/external-processor';
const copy = (number: number) => released(routed(of, 'external'), `${name}/${number}`);
const back = (offset: number, number: number) =>
  deadLetter(
    of,
    { topic: 'external_order', partition: 0, offset },
    'external-processor',
    'DELIVERY_REFUSED',
    `${name}/${number}`,
  );
const refused = traceOf(of, 'deliveryFailed');
const effect: Trace = { of: 'o-1', effect: true };

test.each<[string, Trace[], object]>([
  ['delivered', [effect, status(of, 'DELIVERED', 2)], { delivered: 1, deliveryFailed: 0 }],
  ['parked', [parked(of, 2), status(of, 'DELIVERY_PENDING', 2)], { deliveryPending: 1, deliveryFailed: 0 }],
  ['refused again', [status(of, 'DELIVERY_FAILED', 2), back(9, 1)], { deliveryFailed: 1 }],
])('a refused delivery that was released and %s ends so', (_name, traces, ends) => {
  const report = accountFor(withPanes([...refused, copy(1), status(of, 'RELEASED', 2), ...traces]));
  expect(report).toMatchObject({ ...none, raw: 1, ...ends, deadLetters: { released: 1 } });
});

test('a refused delivery that was released has not ended before its newest attempt has', () => {
  expect(accountFor(withPanes([...refused, copy(1)]))).toMatchObject({ lost: 1, unaccounted: 1, deliveryFailed: 0 });
  const again = [...refused, copy(1), status(of, 'DELIVERY_FAILED', 2), back(9, 1), copy(2)];
  expect(accountFor(withPanes(again))).toMatchObject({ lost: 1, unaccounted: 1, deliveryFailed: 0 });
});

test('an order that the partner took under two generations is doubled', () => {
  const delivered = [...traceOf(of, 'delivered'), copy(1), effect, status(of, 'DELIVERED', 2)];
  expect(accountFor(withPanes(delivered)).problems).toEqual([
    { kind: 'doubled', count: 1, orderId: 'o-1', what: 'was taken 2 times by the partner' },
  ]);
});

test('an order that the aggregator set aside belongs in its window again when it was released', () => {
  const at = { topic: 'enriched_order', partition: 1, offset: 0 } as const;
  const letter = deadLetter(of, at, 'aggregator', 'PROCESSING_FAILED');
  const copyOf = released(enriched(of), 'enriched_order/1/0/aggregator/1');
  const traces = [...traceOf(of, 'internal'), letter];
  expect(accountFor(traces)).toMatchObject(none);
  expect(accountFor([...traces, copyOf])).toMatchObject({ lost: 1 });
  expect(accountFor([...traces, copyOf, pane(of, 1)])).toMatchObject(none);
});
