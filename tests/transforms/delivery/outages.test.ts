/** Orders that fail and partners that are down, with the real client and the stand-in partner: who holds up whom. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { createInMemoryMetastore } from '../../../metastore/in-memory.js';
import { fromMillis, routedOrderCodec, v1 } from '../../../proto/messages.js';
import { createPartnerClient, type PartnerClientOptions } from '../../../transforms/delivery/partner-client.js';
import { createRedeliverer } from '../../../transforms/delivery/redelivery.js';
import { createExternalProcessor } from '../../../transforms/external-processor.js';
import { aPartner } from '../../partner/process.js';
import { noReferenceData, retryPolicy as retry, routed } from '../delivery-fixtures.js';
import { HOUR, NOW, aRecord, aRoutedOrder, anOrder, counting } from '../fixtures.js';
import { plainVault } from '../vaults.js';

/** The lower the number, the older the order. */
const order = (n: number) =>
  anOrder({ orderId: `o-${n}`, messageId: `m-${n}`, createdAt: fromMillis(NOW - HOUR + n * 1_000) });
const record = (n: number, partnerId: string) =>
  aRecord(
    'external_order',
    routedOrderCodec.encode(v1.RoutedOrder.create({ ...aRoutedOrder(order(n)), partnerId })),
    n,
  );
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
const ids = (from: number, to: number) => numbers(from, to).map((n) => `o-${n}`);

async function aDelivery(options: Partial<PartnerClientOptions> = {}) {
  const time = { now: NOW };
  const metastore = createInMemoryMetastore(noReferenceData, () => time.now);
  const partner = await aPartner();
  const client = createPartnerClient({
    url: partner.ordersUrl,
    timeoutMs: 20_000,
    concurrency: 4,
    attempts: 2,
    deadlineMs: 30_000,
    backoffMs: 1,
    halfOpenAfterMs: 20,
    ...options,
  });
  onTestFinished(() => client.close());
  const { context } = counting();
  const deliver = createExternalProcessor({ metastore, partner: client, retry, vault: plainVault });
  const redeliver = createRedeliverer({ vault: plainVault, metastore, partner: client, clock: () => time.now, retry });
  return {
    ...partner,
    client,
    time,
    async comes(from: number, to: number, partnerId = 'P1') {
      await routed(metastore, numbers(from, to).map(order));
      await deliver(numbers(from, to).map((n) => record(n, partnerId)), context); // prettier-ignore
    },
    /** One tick, a second after the one before. */
    async tick() {
      time.now += 1_000;
      return redeliver(context);
    },
    statusOf: (status: string) =>
      metastore.history.filter((line) => line.status === status).map(({ orderId }) => orderId),
  };
}

test('five orders that are always answered 500 hold up none of a hundred others', async () => {
  const { behave, comes, tick, statusOf, client } = await aDelivery();
  await behave({ status: 500 });
  await comes(0, 105);
  expect(statusOf('DELIVERY_PENDING')).toHaveLength(105);
  await behave({ status: 500, orders: ids(0, 5) });
  await vi.waitFor(async () => {
    await tick();
    expect(statusOf('DELIVERED').sort()).toEqual(ids(5, 105).sort());
  }, 20_000);
  for (let n = 0; n < 20; n++) await tick();
  expect(client.roomFor('P1')).toBe('ANY');
});

test('though more of them are the oldest than open the circuit: the probes take turns until one gets through', async () => {
  const { behave, comes, tick, statusOf, time } = await aDelivery();
  await behave({ status: 500 });
  await comes(0, 40);
  await behave({ status: 500, orders: ids(0, 30) });
  time.now += retry.retryMs;
  await vi.waitFor(async () => {
    await tick();
    expect(statusOf('DELIVERED').sort()).toEqual(ids(30, 40).sort());
  }, 20_000);
});

test('a partner that is down holds up none of the orders for another one', async () => {
  const { behave, comes, tick, statusOf, client } = await aDelivery({ halfOpenAfterMs: 3_600_000 });
  await behave({ status: 503, partners: ['P1'] });
  await comes(0, 50);
  expect([client.roomFor('P1'), client.roomFor('P2')]).toEqual(['NONE', 'ANY']);
  await comes(50, 100, 'P2');
  await tick();
  expect(statusOf('DELIVERED').sort()).toEqual(ids(50, 100).sort());
});

test('after an outage a tick delivers all that the partner takes', async () => {
  const { behave, comes, tick, statusOf, time, summary } = await aDelivery();
  await behave({ down: true });
  await comes(0, 1_000);
  time.now += retry.retryMs;
  await behave({});
  await vi.waitFor(async () => {
    await tick();
    expect(statusOf('DELIVERED')).toHaveLength(1_000);
  }, 20_000);
  expect(await summary()).toMatchObject({ effects: 1_000, repeats: 0, conflicts: 0 });
});
