import type pg from 'pg';
import { expect, test } from 'vitest';
import { showStory } from '../../cli/order.js';
import { cancelOrders } from '../../metastore/cancellations.js';
import type { Metastore } from '../../metastore/metastore.js';
import type { ParkedOrder } from '../../metastore/parked-orders.js';
import { countStatuses, orderStory, type OrderStory } from '../../metastore/queries.js';
import type { Status } from '../../model/statuses.js';
import { useDatabase } from './implementations.js';
import { createdAt, line, parked, query, route } from './orders.js';

let pool: pg.Pool;
let metastore: Metastore;
useDatabase((database) => ({ pool, metastore } = database));

const anyTime = expect.any(Number) as number;

test('tells the story of an order: the accepted publication first, the duplicate beside it, the park', async () => {
  await metastore.recordStatuses([
    line('O-1', 'M-1', 'REJECTED', { recordedBy: 'validator', detail: 'DUPLICATE_ORDER: of another message' }),
  ]);
  await route(metastore, 'O-1', 'M-2');
  await metastore.recordStatuses([line('O-1', 'M-2', 'DELIVERY_PENDING', { recordedBy: 'external-processor' })]);
  await metastore.parkDeliveries([parked('O-1', 0)]);
  const story = await orderStory(pool, 'O-1');
  const said = (status: Status, rest = {}) => ({
    status,
    recordedAt: anyTime,
    recordedBy: line('', '', status).recordedBy,
    detail: '',
    attempt: 1,
    about: '',
    ...rest,
  });
  expect(story).toEqual({
    orderId: 'O-1',
    publications: [
      {
        messageId: 'M-2',
        isAccepted: true,
        createdAt,
        lines: [
          said('CREATED'),
          said('VALIDATED'),
          said('ENRICHED'),
          said('ROUTED'),
          said('DELIVERY_PENDING', { recordedBy: 'external-processor' }),
        ],
      },
      {
        messageId: 'M-1',
        isAccepted: false,
        createdAt,
        lines: [said('REJECTED', { recordedBy: 'validator', detail: 'DUPLICATE_ORDER: of another message' })],
      },
    ],
    parked: { since: anyTime, leasedUntil: null },
    cancelledAt: null,
    releases: [],
  });
});

test('knows an order that is only parked or only cancelled, and no other', async () => {
  await metastore.parkDeliveries([parked('O-2', 0)]);
  await metastore.leaseParkedDeliveries('P-1', 1, 60_000);
  const nothing = { publications: [], parked: null, cancelledAt: null, releases: [] };
  expect(await orderStory(pool, 'O-2')).toEqual({
    ...nothing,
    orderId: 'O-2',
    parked: { since: anyTime, leasedUntil: anyTime },
  });
  expect(await orderStory(pool, 'O-CANCELLED')).toEqual({ ...nothing, orderId: 'O-CANCELLED', cancelledAt: anyTime });
  expect(await orderStory(pool, 'O-UNKNOWN')).toBeNull();
});

test('prints a story for people', () => {
  const time = Date.UTC(2026, 0, 15, 12);
  const story: OrderStory = {
    orderId: 'O-1',
    publications: [
      {
        messageId: 'M-1',
        isAccepted: true,
        createdAt: time,
        lines: [
          { status: 'CREATED', recordedAt: time + 10, recordedBy: 'generator', detail: '', attempt: 1, about: '' },
          {
            status: 'DEAD_LETTERED',
            recordedAt: time + 2_000,
            recordedBy: 'validator',
            detail: 'MESSAGE_ID_REUSED: …',
            attempt: 1,
            about: '3@7',
          },
        ],
      },
      { messageId: 'M-2', isAccepted: false, createdAt: null, lines: [] },
    ],
    parked: { since: time, leasedUntil: time + 5_000 },
    cancelledAt: time,
    releases: [
      { letter: 'raw_order/3/7/validator', number: 1, claimedAt: time, sentAt: time, by: 'ops', why: 'limit raised' },
      { letter: 'valid_order/0/7/enricher', number: 2, claimedAt: time, sentAt: null, by: 'ops', why: '' },
    ],
  };
  const waiting: ParkedOrder = { orderId: 'O-1', attempt: 2, partnerId: 'P-1', since: time, tries: 3, nextTryAt: time, lastAnswer: 'HTTP 503', givenUp: '' }; // prettier-ignore
  const waits = [
    { ...waiting, attempt: 1, since: time - 1_000, tries: 1, lastAnswer: '', givenUp: 'by ops: sold out' },
    waiting,
    { ...waiting, since: time + 1_000, nextTryAt: Date.UTC(9999, 0) },
  ];
  expect(showStory(story, waits)).toBe(
    [
      'order O-1',
      'accepted: message M-1, created 2026-01-15T12:00:00.000Z',
      '                      time  status         by         detail',
      '  2026-01-15T12:00:00.010Z  CREATED        generator',
      '  2026-01-15T12:00:02.000Z  DEAD_LETTERED  validator  another record, 3@7: MESSAGE_ID_REUSED: …',
      'not accepted: message M-2',
      '  no status is recorded yet',
      'waits for P-1 since 2026-01-15T11:59:59.000Z, tries 1, next try none: given up by ops: sold out, last answer unknown',
      'waits for P-1 since 2026-01-15T12:00:00.000Z, being tried until 2026-01-15T12:00:05.000Z, tries 3, next try now, last answer HTTP 503',
      'waits for P-1 since 2026-01-15T12:00:01.000Z, tries 3, next try 9999-01-01T00:00:00.000Z, last answer HTTP 503',
      'release 1 of raw_order/3/7/validator sent back 2026-01-15T12:00:00.000Z, by ops: limit raised',
      'release 2 of valid_order/0/7/enricher claimed 2026-01-15T12:00:00.000Z, and not known to be sent, by ops',
      'cancelled 2026-01-15T12:00:00.000Z',
    ].join('\n'),
  );
});

test('cancels orders once, in batches, and the validator sees it', async () => {
  const ids = Array.from({ length: 6_000 }, (_, index) => `O-gone-${index}`);
  expect(await cancelOrders(pool, [])).toBe(0);
  expect(await cancelOrders(pool, [...ids, ids[0]!])).toBe(6_000);
  expect(await cancelOrders(pool, ids)).toBe(0);
  const facts = await metastore.lookupForValidation([query(1, ids[5_999]!, 'M-1'), query(2, 'O-other', 'M-2')]);
  expect(facts.map((fact) => fact.isCancelled)).toEqual([true, false]);
});

test('counts the publications that ever had each status', async () => {
  await route(metastore, 'O-1', 'M-1');
  await metastore.recordStatuses([line('O-1', 'M-1', 'DELIVERED'), line('O-1', 'M-2', 'REJECTED')]);
  expect(await countStatuses(pool)).toEqual({
    CREATED: 1,
    VALIDATED: 1,
    REJECTED: 1,
    ENRICHED: 1,
    ROUTED: 1,
    DELIVERED: 1,
    DELIVERY_PENDING: 0,
    DELIVERY_FAILED: 0,
    DEAD_LETTERED: 0,
    RELEASED: 0,
  });
});
