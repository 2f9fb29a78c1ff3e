import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createInMemoryMetastore } from '../../../metastore/in-memory.js';
import type { Metastore } from '../../../metastore/metastore.js';
import { deadLetterCodec, fromMillis, routedOrderCodec, v1 } from '../../../proto/messages.js';
import { withinMillis } from '../../../model/deadline.js';
import type { Room } from '../../../transforms/delivery/circuit.js';
import type { StepOutput } from '../../../transforms/step/step.js';
import type { DeliveryOutcome } from '../../../transforms/delivery/partner-answer.js';
import type { PartnerRequest } from '../../../transforms/delivery/partner-request.js';
import { createRedeliverer, type RedelivererDependencies } from '../../../transforms/delivery/redelivery.js';
import { createExternalProcessor } from '../../../transforms/external-processor.js';
import { TransientError } from '../../../transforms/step/transient-error.js';
import { aPartnerThat, failingAt, noReferenceData, notTaken, retryPolicy, routed } from '../delivery-fixtures.js';
import { EMPTY, HOUR, NOW, aRecord, aRoutedOrder, anOrder, counting, externalRecord, plain } from '../fixtures.js';
import { plainVault } from '../vaults.js';

const LEASE = 10_000;
const CONFIRM = 10_000;
const delivered: DeliveryOutcome = { kind: 'DELIVERED', status: 201 };
const refused: DeliveryOutcome = { kind: 'REFUSED', status: 410, reason: '' };
const unavailable = notTaken('ECONNREFUSED');
const failing = notTaken('HTTP 500', { blame: 'ORDER' });

// Nothing is left to chance: pauses are as long as they can be.
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
afterEach(() => void vi.restoreAllMocks());

/** The higher the number, the older the order. */
const order = (n: number) =>
  anOrder({ orderId: `o-${n}`, messageId: `m-${n}`, createdAt: fromMillis(NOW - HOUR - n * 1_000) });
const orderIdOf = ({ body }: PartnerRequest) => (JSON.parse(body) as { orderId: string }).orderId;

/** Orders 0 to `count` - 1, parked while the partner was down; then `answer` is what it says. */
async function parkedOrders(
  count: number,
  answer: (request: PartnerRequest) => DeliveryOutcome = () => delivered,
  retry = retryPolicy,
) {
  const time = { now: NOW };
  const clock = () => time.now;
  const metastore = createInMemoryMetastore(noReferenceData, clock);
  const orders = Array.from({ length: count }, (_, n) => order(n));
  await routed(metastore, orders);
  const down = aPartnerThat(() => unavailable);
  await createExternalProcessor({ metastore, partner: down, retry, vault: plainVault })(
    orders.map((parked, n) => externalRecord(parked, n)),
    counting().context,
  );
  time.now += retry.retryMs;
  const partner = aPartnerThat(answer);
  const redeliverer = (changes: Partial<RedelivererDependencies> = {}) =>
    createRedeliverer({
      vault: plainVault,
      metastore,
      partner,
      clock,
      retry,
      leaseMs: LEASE,
      confirmMs: CONFIRM,
      ...changes,
    });
  const parked = async () => {
    time.now += LEASE + 1;
    return (await metastore.leaseParkedDeliveries('P1', 100, 0)).map(({ orderId }) => orderId);
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

test('waits longer each time for an order that may be the reason itself, and never shorter than the partner asks', async () => {
  const answers = [failing, failing, notTaken('HTTP 409', { blame: 'ORDER', retryAfterMs: 60_000 })];
  const { redeliverer, partner, time, context } = await parkedOrders(1, () => answers.shift() ?? delivered);
  const redeliver = redeliverer();
  const requestsAfter = async (millis: number) => {
    time.now += millis;
    await redeliver(context);
    return partner.requests.length;
  };
  expect(await requestsAfter(0)).toBe(1);
  expect([await requestsAfter(4_999), await requestsAfter(1)]).toEqual([1, 2]);
  expect([await requestsAfter(9_999), await requestsAfter(1)]).toEqual([2, 3]);
  expect([await requestsAfter(59_999), await requestsAfter(1)]).toEqual([3, 4]);
});

test('an outage makes no order wait longer, and uses up none of its tries', async () => {
  const { redeliverer, partner, time, ends, context } = await parkedOrders(1, () => unavailable, {
    ...retryPolicy,
    maxTries: 1,
  });
  const redeliver = redeliverer({ retry: { ...retryPolicy, maxTries: 1 } });
  for (const tries of [1, 2, 3, 4]) {
    await redeliver(context);
    expect(partner.requests).toHaveLength(tries);
    time.now += retryPolicy.retryMs;
  }
  expect(ends()).toEqual([]);
});

test('five orders that always fail do not keep a hundred others from their partner', async () => {
  const isBad = (request: PartnerRequest) => Number(orderIdOf(request).slice(2)) >= 100;
  const { redeliverer, ends, context } = await parkedOrders(105, (request) => (isBad(request) ? failing : delivered));
  // The five are the oldest.
  await redeliverer({ limit: 10 })(context);
  expect(ends().filter(([, status]) => status === 'DELIVERED')).toHaveLength(100);
});

test('goes on while the partner takes orders and the batch has time, and hands back what was not tried', async () => {
  const { redeliverer, partner, time, parked, context, counts } = await parkedOrders(5);
  await redeliverer({ limit: 2 })(context);
  expect(partner.requests.map(orderIdOf)).toEqual(['o-4', 'o-3', 'o-2', 'o-1', 'o-0']);
  expect(counts).toEqual({ 'redelivery.out': 5 });
  expect(await parked()).toEqual([]);

  const late = await parkedOrders(3, () => notTaken('no time', { blame: 'NOBODY' }));
  await late.redeliverer()(context);
  expect([late.partner.requests.length, time.now]).toEqual([3, NOW + retryPolicy.retryMs + LEASE + 1]);
  const back = await late.metastore.leaseParkedDeliveries('P1', 9, 0);
  expect(back.map(({ orderId, tries }) => [orderId, tries])).toEqual([['o-2', 0], ['o-1', 0], ['o-0', 0]]); // prettier-ignore
});

test('takes up no more in a batch that has no time left', async () => {
  const { redeliverer, partner, context } = await parkedOrders(5);
  await withinMillis(1, () => redeliverer({ limit: 2 })(context));
  expect(partner.requests.map(orderIdOf)).toEqual(['o-4', 'o-3']);
});

test('tries one delivery, another each time, while the circuit waits for a sign of life, and none before', async () => {
  const { redeliverer, partner, context } = await parkedOrders(3, () => unavailable);
  const room = { now: 'ONE' as Room };
  const redeliver = redeliverer({ partner: { ...partner, roomFor: () => room.now } });
  for (let n = 0; n < 3; n++) await redeliver(context);
  expect(partner.requests.map(orderIdOf)).toEqual(['o-2', 'o-1', 'o-0']);
  room.now = 'NONE';
  await redeliver(context);
  expect(partner.requests).toHaveLength(3);
});

test('a partner that is down holds up its own orders only', async () => {
  const { redeliverer, partner, metastore, context } = await parkedOrders(1);
  await routed(metastore, [order(7)]);
  const value = routedOrderCodec.encode(v1.RoutedOrder.create({ ...aRoutedOrder(order(7)), partnerId: 'P2' }));
  await createExternalProcessor({ metastore, partner: aPartnerThat(() => notTaken('', { blame: 'NOBODY' })), retry: retryPolicy, vault: plainVault })(
    [aRecord('external_order', value, 7)],
    counting().context,
  ); // prettier-ignore
  await redeliverer({ partner: { ...partner, roomFor: (id) => (id === 'P2' ? 'NONE' : 'ANY') } })(context);
  expect(partner.requests.map(orderIdOf)).toEqual(['o-0']);
  await redeliverer()(context);
  expect(partner.requests.map(({ partnerId }) => partnerId)).toEqual(['P1', 'P2']);
});

describe('an order is given up, with a dead letter', () => {
  const errorOf = (outputs: readonly StepOutput[]) =>
    outputs.map(({ dead_letter: letter }) => deadLetterCodec.decode(letter?.value ?? EMPTY).error);

  test('after its tries', async () => {
    const { redeliverer, time, ends, partner, context } = await parkedOrders(1, () => failing);
    const redeliver = redeliverer({ retry: { ...retryPolicy, maxTries: 2 } });
    expect(await redeliver(context)).toEqual([]);
    time.now += retryPolicy.retryMs;
    expect(errorOf(await redeliver(context))).toEqual(['the delivery failed: given up after 2 tries: HTTP 500']);
    expect(ends()).toEqual([['o-0', 'DELIVERY_FAILED', 'given up after 2 tries: HTTP 500']]);
    time.now += CONFIRM + 1;
    expect([await redeliver(context), partner.requests.length]).toEqual([[], 2]);
  });

  test('after its time, whatever the reason, but not untried', async () => {
    const answers = [notTaken('no time', { blame: 'NOBODY' }), unavailable];
    const { redeliverer, time, ends, context } = await parkedOrders(1, () => answers.shift()!);
    time.now += retryPolicy.giveUpMs;
    const redeliver = redeliverer();
    expect(await redeliver(context)).toEqual([]);
    expect(errorOf(await redeliver(context))).toEqual(['the delivery failed: given up after 100 hours: ECONNREFUSED']);
    expect(ends()).toHaveLength(1);
  });

  test('by a person, without another try, also when the process dies before its dead letter is safe', async () => {
    const { redeliverer, metastore, time, ends, partner, parked, context } = await parkedOrders(1);
    const givenUp: Metastore = {
      ...metastore,
      leaseParkedDeliveries: async () => [],
      leaseGivenUpDeliveries: async (...lease) =>
        (await metastore.leaseParkedDeliveries('P1', ...lease)).map((delivery) => ({
          ...delivery,
          givenUp: 'by ops: lost in the post',
        })),
    };
    const error = 'the delivery failed: given up by ops: lost in the post';
    // The circuit is open: nothing is to be tried.
    const closed = { ...partner, roomFor: (): Room => 'NONE' };
    expect(errorOf(await redeliverer({ metastore: givenUp, partner: closed })(context))).toEqual([error]);
    time.now += LEASE + 1;
    const survivor = redeliverer({ metastore: givenUp, partner: closed });
    expect(errorOf(await survivor(context))).toEqual([error]);
    expect(ends()).toEqual([['o-0', 'DELIVERY_FAILED', 'given up by ops: lost in the post']]);
    time.now += CONFIRM + 1;
    expect(await survivor(context)).toEqual([]);
    expect([partner.requests, await parked()]).toEqual([[], []]);
  });
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
    error: 'the delivery failed: HTTP 410',
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
  expect(await metastore.leaseParkedDeliveries('P1', 10, 0)).toEqual([]);
});

test('makes the dead letter again in another process when the first one died before it was safe', async () => {
  const { redeliverer, time, ends, context } = await parkedOrders(1, () => refused);
  await redeliverer()(context);
  time.now += LEASE + 1;
  const outputs = await redeliverer()(context);
  expect(outputs.map((output) => Object.keys(output))).toEqual([['dead_letter']]);
  expect(ends()).toHaveLength(1);
});

const unread = {
  orderId: 'o-0',
  attempt: 1,
  messageId: 'm-0',
  partnerId: 'P1',
  createdAt: NOW,
  idempotencyKey: 'key',
  tries: 0,
  waitMillis: 0,
  answer: '',
};

test('sets aside a parked record that it can no longer read', async () => {
  const { redeliverer, partner, metastore, context } = await parkedOrders(0);
  const record = { ...externalRecord(order(0)), key: EMPTY, value: Uint8Array.of(255), release: '' };
  await metastore.parkDeliveries([{ ...unread, record }]);
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
  await metastore.parkDeliveries([{ ...unread, record }]);
  await redeliverer()(context);
  expect(metastore.history.at(-1)).toMatchObject({ orderId: 'o-0', status: 'DELIVERY_PENDING' });
});

const calls: readonly (keyof Metastore)[] = [
  'parkedPartners',
  'leaseParkedDeliveries',
  'leaseGivenUpDeliveries',
  'recordStatuses',
  'postponeDeliveries',
  'removeParkedDeliveries',
];
const cuts = calls.flatMap((call) => [
  { call, isDone: false },
  { call, isDone: true },
]);
test.each(cuts)('loses and doubles nothing when cut off at $call, done: $isDone', async ({ call, isDone }) => {
  const effects = new Set<string>();
  let hasFailed = false;
  const { redeliverer, metastore, parked, time, ends, context } = await parkedOrders(3, (request) => {
    const id = orderIdOf(request);
    if (id === 'o-1') return refused;
    if (id === 'o-2' && !hasFailed) {
      hasFailed = true;
      return failing;
    }
    effects.add(request.idempotencyKey);
    return delivered;
  });
  const cutOff = redeliverer({ metastore: failingAt(metastore, call, isDone) });
  await expect(cutOff(context)).rejects.toBeInstanceOf(TransientError);

  time.now += LEASE + 1;
  const redeliver = redeliverer();
  const outputs = [...(await redeliver(context))];
  time.now += LEASE + 1;
  outputs.push(...(await redeliver(context)));
  expect(outputs.map((output) => Object.keys(output))).toEqual([['dead_letter']]);
  expect(effects.size).toBe(2);
  expect(ends().sort()).toEqual([
    ['o-0', 'DELIVERED', 'HTTP 201'],
    ['o-1', 'DELIVERY_FAILED', 'HTTP 410'],
    ['o-2', 'DELIVERED', 'HTTP 201'],
  ]);
  time.now += CONFIRM + 1;
  await redeliver(context);
  expect(await parked()).toEqual([]);
});

test('hands over no dead letter of one partner when the metastore fails at another, and all of them later', async () => {
  const { redeliverer, metastore, time, context } = await parkedOrders(1, () => refused);
  const redeliver = redeliverer({ metastore: failingAt(metastore, 'leaseGivenUpDeliveries', false) });
  await expect(redeliver(context)).rejects.toBeInstanceOf(TransientError);
  time.now += Math.max(LEASE, CONFIRM) + 1;
  expect(await redeliver(context)).toHaveLength(1);
});
