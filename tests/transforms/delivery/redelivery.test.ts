import { expect, test } from 'vitest';
import { createInMemoryMetastore } from '../../../metastore/in-memory.js';
import type { Metastore } from '../../../metastore/metastore.js';
import { deadLetterCodec, fromMillis, v1 } from '../../../proto/messages.js';
import type { DeliveryOutcome } from '../../../transforms/delivery/partner-answer.js';
import type { PartnerRequest } from '../../../transforms/delivery/partner-request.js';
import { createRedeliverer, type RedelivererDependencies } from '../../../transforms/delivery/redelivery.js';
import { createExternalProcessor } from '../../../transforms/external-processor.js';
import { TransientError } from '../../../transforms/step/transient-error.js';
import { aPartnerThat, failingAt, noReferenceData, routed } from '../delivery-fixtures.js';
import { EMPTY, HOUR, NOW, anOrder, counting, externalRecord, plain } from '../fixtures.js';

const LEASE = 5_000;
const CONFIRM = 10_000;
const delivered: DeliveryOutcome = { kind: 'DELIVERED', status: 201 };
const refused: DeliveryOutcome = { kind: 'REFUSED', status: 410, reason: '' };
const unavailable: DeliveryOutcome = { kind: 'UNAVAILABLE', why: 'ECONNREFUSED' };

/** The higher the number, the older the order. */
const order = (n: number) =>
  anOrder({ orderId: `o-${n}`, messageId: `m-${n}`, createdAt: fromMillis(NOW - HOUR - n * 1_000) });
const orderIdOf = ({ body }: PartnerRequest) => (JSON.parse(body) as { orderId: string }).orderId;

/** Orders 0 to `count` - 1, parked while the partner was down; then `answer` is what it says. */
async function parkedOrders(count: number, answer: (request: PartnerRequest) => DeliveryOutcome = () => delivered) {
  const time = { now: NOW };
  const clock = () => time.now;
  const metastore = createInMemoryMetastore(noReferenceData, clock);
  const orders = Array.from({ length: count }, (_, n) => order(n));
  await routed(metastore, orders);
  const down = aPartnerThat(() => unavailable);
  await createExternalProcessor({ metastore, partner: down })(
    orders.map((parked, n) => externalRecord(parked, n)),
    counting().context,
  );
  const partner = { ...aPartnerThat(answer), isBroken: () => false };
  const redeliverer = (changes: Partial<RedelivererDependencies> = {}) =>
    createRedeliverer({ metastore, partner, clock, leaseMs: LEASE, confirmMs: CONFIRM, ...changes });
  const parked = async () => {
    time.now += LEASE + 1;
    return (await metastore.leaseParkedDeliveries(100, 0)).map(({ orderId }) => orderId);
  };
  const ends = () =>
    metastore.history
      .filter(({ status }) => ['DELIVERED', 'DELIVERY_FAILED', 'DEAD_LETTERED'].includes(status))
      .map(({ orderId, status, detail }) => [orderId, status, detail]);
  return { time, metastore, partner, down, redeliverer, parked, ends, ...counting() };
}

test('delivers parked orders, the oldest first, with the keys and bytes of the first try', async () => {
  const { redeliverer, partner, down, parked, ends, context, counts } = await parkedOrders(3);
  expect(await redeliverer()(context)).toEqual([]);
  expect(partner.requests).toEqual([...down.requests].reverse());
  expect(ends()).toEqual([
    ['o-2', 'DELIVERED', 'HTTP 201'],
    ['o-1', 'DELIVERED', 'HTTP 201'],
    ['o-0', 'DELIVERED', 'HTTP 201'],
  ]);
  expect(await parked()).toEqual([]);
  expect(counts).toEqual({ 'redelivery.out': 3 });
});

test('leaves in the park what the partner still cannot take', async () => {
  const { redeliverer, parked, ends, context, counts } = await parkedOrders(2, () => unavailable);
  expect(await redeliverer()(context)).toEqual([]);
  expect(ends()).toEqual([]);
  expect(await parked()).toEqual(['o-1', 'o-0']);
  expect(counts).toEqual({ 'redelivery.pending': 2 });
});

test('waits for the lease to end before it tries again', async () => {
  const { redeliverer, partner, time, context } = await parkedOrders(1, () => unavailable);
  const redeliver = redeliverer();
  await redeliver(context);
  await redeliver(context);
  expect(partner.requests).toHaveLength(1);
  time.now += LEASE + 1;
  await redeliver(context);
  expect(partner.requests).toHaveLength(2);
});

test('takes up no more than its limit, and one only while the circuit is open', async () => {
  const { redeliverer, partner, context } = await parkedOrders(5);
  await redeliverer({ limit: 2 })(context);
  expect(partner.requests.map(orderIdOf)).toEqual(['o-4', 'o-3']);
  await redeliverer({ partner: { ...partner, isBroken: () => true } })(context);
  expect(partner.requests.map(orderIdOf)).toEqual(['o-4', 'o-3', 'o-2']);
});

test('sets a refused order aside once, and takes it out of the park when its dead letter is safe', async () => {
  const { redeliverer, partner, time, metastore, ends, context, counts } = await parkedOrders(1, () => refused);
  const redeliver = redeliverer();
  const [output] = await redeliver(context);
  const letter = deadLetterCodec.decode(output?.dead_letter?.value ?? EMPTY);
  expect(letter).toMatchObject({
    topic: 'external_order',
    offset: 0,
    step: 'external-processor',
    reason: v1.DeadLetterReason.DELIVERY_REFUSED,
    error: 'the partner refused the order: HTTP 410',
    orderId: 'o-0',
  });
  expect(plain(letter.value)).toEqual(plain(externalRecord(order(0)).value));
  expect(ends()).toEqual([['o-0', 'DELIVERY_FAILED', 'HTTP 410']]);
  expect(counts).toEqual({ 'redelivery.dead_letter': 1, 'dead_letter.DELIVERY_REFUSED': 1 });

  time.now += LEASE + 1;
  expect(await redeliver(context)).toEqual([]);
  time.now += LEASE + 1;
  expect(await redeliver(context)).toEqual([]);
  expect(partner.requests).toHaveLength(1);
  time.now += LEASE + 1;
  expect(await metastore.leaseParkedDeliveries(10, 0)).toEqual([]);
});

test('makes the dead letter again in another process when the first one died before it was safe', async () => {
  const { redeliverer, time, ends, context } = await parkedOrders(1, () => refused);
  await redeliverer()(context);
  time.now += LEASE + 1;
  const outputs = await redeliverer()(context);
  expect(outputs.map((output) => Object.keys(output))).toEqual([['dead_letter']]);
  expect(ends()).toHaveLength(1);
});

test('sets aside a parked record that it can no longer read', async () => {
  const { redeliverer, partner, metastore, context } = await parkedOrders(0);
  const record = { ...externalRecord(order(0)), key: EMPTY, value: Uint8Array.of(255), release: '' };
  await metastore.parkDeliveries([
    { orderId: 'o-0', attempt: 1, messageId: 'm-0', createdAt: NOW, idempotencyKey: 'key', record },
  ]);
  const [output] = await redeliverer()(context);
  expect(deadLetterCodec.decode(output?.dead_letter?.value ?? EMPTY).reason).toBe(v1.DeadLetterReason.UNDECODABLE);
  expect(partner.requests).toEqual([]);
});

test('calls an order pending whose status was lost when it was parked', async () => {
  const { redeliverer, metastore, context } = await parkedOrders(0, () => unavailable);
  await routed(metastore, [order(0)]);
  const record = {
    ...externalRecord(order(0)),
    key: EMPTY,
    value: externalRecord(order(0)).value ?? EMPTY,
    release: '',
  };
  await metastore.parkDeliveries([
    { orderId: 'o-0', attempt: 1, messageId: 'm-0', createdAt: NOW, idempotencyKey: 'key', record },
  ]);
  await redeliverer()(context);
  expect(metastore.history.at(-1)).toMatchObject({ orderId: 'o-0', status: 'DELIVERY_PENDING' });
});

const calls: readonly (keyof Metastore)[] = ['leaseParkedDeliveries', 'recordStatuses', 'removeParkedDeliveries'];
const cuts = calls.flatMap((call) => [
  { call, isDone: false },
  { call, isDone: true },
]);
test.each(cuts)('loses and doubles nothing when cut off at $call, done: $isDone', async ({ call, isDone }) => {
  const effects = new Set<string>();
  const { redeliverer, metastore, parked, time, ends, context } = await parkedOrders(2, (request) => {
    if (orderIdOf(request) === 'o-1') return refused;
    effects.add(request.idempotencyKey);
    return delivered;
  });
  const cutOff = redeliverer({ metastore: failingAt(metastore, call, isDone) });
  await expect(cutOff(context)).rejects.toBeInstanceOf(TransientError);

  time.now += LEASE + 1;
  const redeliver = redeliverer();
  const outputs = await redeliver(context);
  expect(outputs.map((output) => Object.keys(output))).toEqual([['dead_letter']]);
  expect(effects.size).toBe(1);
  expect(ends().sort()).toEqual([
    ['o-0', 'DELIVERED', 'HTTP 201'],
    ['o-1', 'DELIVERY_FAILED', 'HTTP 410'],
  ]);
  time.now += CONFIRM + 1;
  await redeliver(context);
  expect(await parked()).toEqual([]);
});
