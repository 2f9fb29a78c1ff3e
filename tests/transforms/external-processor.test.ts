import { describe, expect, test } from 'vitest';
import { createInMemoryMetastore } from '../../metastore/in-memory.js';
import type { Metastore } from '../../metastore/metastore.js';
import type { KafkaRecord } from '../../model/record.js';
import { deadLetterCodec, toMillis, v1 } from '../../proto/messages.js';
import type { DeliveryOutcome } from '../../transforms/delivery/partner-answer.js';
import { idempotencyKeyOf, type PartnerRequest } from '../../transforms/delivery/partner-request.js';
import { createExternalProcessor } from '../../transforms/external-processor.js';
import { TransientError } from '../../transforms/step/transient-error.js';
import {
  aPartnerThat,
  failingAt,
  noReferenceData,
  notTaken,
  retryPolicy as retry,
  routed,
} from './delivery-fixtures.js';
import { EMPTY, NOW, aRecord, anOrder, counting, externalRecord, onlyOutput, plain } from './fixtures.js';
import { plainVault } from './vaults.js';

const delivered: DeliveryOutcome = { kind: 'DELIVERED', status: 201 };
const refused: DeliveryOutcome = { kind: 'REFUSED', status: 422, reason: 'NO_STOCK' };
const unavailable = notTaken('HTTP 503');

const order = (n: number) => anOrder({ orderId: `o-${n}`, messageId: `m-${n}` });
const record = (n: number, offset = n) => externalRecord(order(n), offset);

async function aProcessor(answer: (request: PartnerRequest) => DeliveryOutcome) {
  const time = { now: NOW };
  const metastore = createInMemoryMetastore(noReferenceData, () => time.now);
  await routed(metastore, [0, 1, 2, 3, 4].map(order));
  const partner = aPartnerThat(answer);
  const process = createExternalProcessor({ metastore, partner, retry, vault: plainVault });
  const history = () =>
    metastore.history
      .filter(({ recordedBy }) => recordedBy === 'external-processor')
      .map(({ orderId, status, detail }) => [orderId, status, detail]);
  return { process, metastore, partner, history, time, ...counting() };
}

test('delivers with the key of the order, and records it', async () => {
  const { process, partner, history, context, counts } = await aProcessor(() => delivered);
  expect(await process([record(0), record(1)], context)).toEqual([[], []]);
  expect(partner.requests.map(({ idempotencyKey }) => idempotencyKey)).toEqual([
    idempotencyKeyOf(order(0)),
    idempotencyKeyOf(order(1)),
  ]);
  expect(history()).toEqual([
    ['o-0', 'DELIVERED', 'HTTP 201'],
    ['o-1', 'DELIVERED', 'HTTP 201'],
  ]);
  expect(counts).toEqual({ in: 2, out: 2 });
});

test('does nothing for a record that is read again', async () => {
  const { process, partner, context, counts } = await aProcessor(() => delivered);
  await process([record(0)], context);
  expect(await process([record(0)], context)).toEqual([[]]);
  expect(partner.requests).toHaveLength(1);
  expect(counts).toEqual({ in: 2, out: 1, done: 1 });
});

test('does nothing for another record of the same order, in the same batch or later', async () => {
  const { process, partner, context, counts } = await aProcessor(() => delivered);
  await process([record(0, 10), record(0, 11)], context);
  await process([record(0, 12)], context);
  expect(partner.requests).toHaveLength(1);
  expect(counts).toEqual({ in: 3, out: 1, repeated: 2 });
});

test('sets a refused order aside with its original bytes', async () => {
  const { process, history, context, counts } = await aProcessor(() => refused);
  const output = onlyOutput(await process([record(0)], context));
  const letter = deadLetterCodec.decode(output.dead_letter?.value ?? EMPTY);
  expect(letter).toMatchObject({
    topic: 'external_order',
    step: 'external-processor',
    reason: v1.DeadLetterReason.DELIVERY_REFUSED,
    error: 'the delivery failed: HTTP 422 NO_STOCK',
    orderId: 'o-0',
    messageId: 'm-0',
  });
  expect(plain(letter.value)).toEqual(plain(record(0).value));
  expect(history()).toEqual([['o-0', 'DELIVERY_FAILED', 'HTTP 422 NO_STOCK']]);
  expect(counts).toEqual({ in: 1, dead_letter: 1, 'dead_letter.DELIVERY_REFUSED': 1 });
});

test('makes the dead letter again when a refused order is read again, without asking the partner', async () => {
  const { process, partner, history, context } = await aProcessor(() => refused);
  await process([record(0)], context);
  const output = onlyOutput(await process([record(0)], context));
  expect(deadLetterCodec.decode(output.dead_letter?.value ?? EMPTY)).toMatchObject({
    reason: v1.DeadLetterReason.DELIVERY_REFUSED,
    orderId: 'o-0',
  });
  expect(partner.requests).toHaveLength(1);
  expect(history()).toHaveLength(1);
});

test('parks what the partner cannot take now, with all that the next try needs', async () => {
  const { process, metastore, history, context, counts, time } = await aProcessor(() => unavailable);
  expect(await process([record(0)], context)).toEqual([[]]);
  expect(history()).toEqual([['o-0', 'DELIVERY_PENDING', 'HTTP 503']]);
  time.now += retry.retryMs;
  expect(await metastore.leaseParkedDeliveries('P1', 10, 1_000)).toEqual([
    {
      orderId: 'o-0',
      attempt: 1,
      messageId: 'm-0',
      partnerId: 'P1',
      createdAt: toMillis(order(0).createdAt),
      idempotencyKey: idempotencyKeyOf(order(0)),
      tries: 0,
      waitedMillis: retry.retryMs,
      givenUp: '',
      record: { ...record(0), release: '' },
    },
  ]);
  expect(counts).toEqual({ in: 1, pending: 1 });
});

test('counts the try of an order that may be the reason itself, and leaves one due that was not tried', async () => {
  const outcomes = [notTaken('HTTP 500', { blame: 'ORDER' }), notTaken('no time', { blame: 'NOBODY' })];
  const { process, metastore, context, time } = await aProcessor(() => outcomes.shift()!);
  await process([record(0), record(1)], context);
  const tries = async () =>
    (await metastore.leaseParkedDeliveries('P1', 10, 0)).map(({ orderId, tries }) => [orderId, tries]);
  expect(await tries()).toEqual([['o-1', 0]]);
  time.now += retry.retryMs;
  expect((await tries()).sort()).toEqual([
    ['o-0', 1],
    ['o-1', 0],
  ]);
});

test('leaves a parked order alone when its record is read again', async () => {
  const { process, partner, context, counts } = await aProcessor(() => unavailable);
  await process([record(0)], context);
  await process([record(0)], context);
  expect(partner.requests).toHaveLength(1);
  expect(counts).toEqual({ in: 2, pending: 1, done: 1 });
});

test('gives each record of a mixed batch its own outcome', async () => {
  const outcomes = [delivered, refused, unavailable];
  const { process, history, context } = await aProcessor(
    ({ body }) => outcomes[Number((JSON.parse(body) as { orderId: string }).orderId.slice(2))]!,
  );
  const junk = aRecord('external_order', Uint8Array.of(255), 3);
  const outputs = await process([record(0), record(1), junk, record(2)], context);
  expect(outputs.map((list) => list.map((output) => Object.keys(output)))).toEqual([
    [],
    [['dead_letter']],
    [['dead_letter']],
    [],
  ]);
  expect(history().map(([orderId, status]) => [orderId, status])).toEqual([
    ['o-0', 'DELIVERED'],
    ['o-1', 'DELIVERY_FAILED'],
    ['o-2', 'DELIVERY_PENDING'],
  ]);
});

describe('cut off at any call, and called again, loses nothing and doubles nothing', () => {
  const outcomes: Record<string, DeliveryOutcome> = { 'o-0': delivered, 'o-1': refused, 'o-2': unavailable };
  const calls: readonly (keyof Metastore)[] = ['claimDeliveries', 'parkDeliveries', 'recordStatuses'];
  const cuts = calls.flatMap((call) => [
    { call, isDone: false },
    { call, isDone: true },
  ]);

  test.each(cuts)('$call, done: $isDone', async ({ call, isDone }) => {
    const time = { now: NOW };
    const metastore = createInMemoryMetastore(noReferenceData, () => time.now);
    await routed(metastore, [0, 1, 2].map(order));
    const effects = new Set<string>();
    const partner = aPartnerThat(({ body, idempotencyKey }) => {
      const { orderId } = JSON.parse(body) as { orderId: string };
      const outcome = outcomes[orderId]!;
      if (outcome.kind === 'DELIVERED') effects.add(`${orderId} ${idempotencyKey}`);
      return outcome;
    });
    const records: KafkaRecord[] = [record(0), record(1), record(2)];
    const { context } = counting();
    const cutOff = createExternalProcessor({
      metastore: failingAt(metastore, call, isDone),
      partner,
      retry,
      vault: plainVault,
    });
    await expect(cutOff(records, context)).rejects.toBeInstanceOf(TransientError);

    const outputs = await createExternalProcessor({ metastore, partner, retry, vault: plainVault })(records, context);
    expect(effects).toEqual(new Set([`o-0 ${idempotencyKeyOf(order(0))}`]));
    expect(outputs.map((list) => list.map((output) => Object.keys(output)))).toEqual([[], [['dead_letter']], []]);
    time.now += retry.retryMs;
    const parked = await metastore.leaseParkedDeliveries('P1', 10, 1_000);
    expect(parked.map(({ orderId }) => orderId)).toEqual(['o-2']);
    const ends = metastore.history.filter(({ recordedBy }) => recordedBy === 'external-processor');
    expect(ends.map(({ orderId, status }) => [orderId, status]).filter(([id]) => id !== 'o-2')).toEqual([
      ['o-0', 'DELIVERED'],
      ['o-1', 'DELIVERY_FAILED'],
    ]);
  });
});
