/** What the stages do with records that were sent back from the dead letters: each release has its effects once. */
import { describe, expect, test } from 'vitest';
import { createInMemoryMetastore } from '../../metastore/in-memory.js';
import type { ReferenceData } from '../../metastore/reference-data.js';
import { contentOf, type KafkaRecord, type OutgoingRecord } from '../../model/record.js';
import { formatLetter, headersOf } from '../../model/release.js';
import { deadLetterCodec, orderCodec, toMillis, v1 } from '../../proto/messages.js';
import { createAggregationInput } from '../../transforms/aggregator.js';
import type { DeliveryOutcome } from '../../transforms/delivery/partner-answer.js';
import { idempotencyKeyOf } from '../../transforms/delivery/partner-request.js';
import { createRedeliverer } from '../../transforms/delivery/redelivery.js';
import { createEnricher } from '../../transforms/enricher.js';
import { createExternalProcessor } from '../../transforms/external-processor.js';
import { createRouter } from '../../transforms/router.js';
import { isolateFailures } from '../../transforms/step/bisection.js';
import { createValidator } from '../../transforms/validator.js';
import { aPartnerThat, noReferenceData, notTaken, retryPolicy as retry, routed } from './delivery-fixtures.js';
import {
  EMPTY,
  NOW,
  aRecord,
  anOrder,
  clock,
  counting,
  enrichedRecord,
  externalRecord,
  HOUR,
  onlyOutput,
  plain,
  rawRecord,
  shop,
  warehouse,
} from './fixtures.js';
import { ofPlain, plainVault } from './vaults.js';

/** The record of a dead letter as `dead-letters replay` sends it back, at another offset of its topic. */
function released(record: KafkaRecord, step: string, number: number, offset: number): KafkaRecord {
  const { topic, partition } = record;
  const letter = formatLetter({ topic, partition, offset: record.offset, step });
  return { ...record, offset, headers: headersOf(`${letter}/${number}`) };
}

const letterIn = (output: { readonly dead_letter?: OutgoingRecord } | undefined) =>
  deadLetterCodec.decode(output?.dead_letter?.value ?? EMPTY);
const topicsOf = (outputs: readonly (readonly object[])[]) => outputs.map((list) => list.flatMap(Object.keys));

const reference: ReferenceData = {
  ...noReferenceData,
  locations: [warehouse, shop],
  routes: [{ orderType: 'STANDARD', destination: '*', route: 'INTERNAL' }],
};

function aMetastore(data = reference) {
  const metastore = createInMemoryMetastore(data, clock);
  const history = () => metastore.history.map(({ status, attempt = 1, detail }) => [status, attempt, detail]);
  return { metastore, history, context: counting().context };
}

describe('the validator', () => {
  const record = rawRecord(anOrder(), 5);
  const [first, copy] = [released(record, 'validator', 1, 20), released(record, 'validator', 1, 21)];

  /** As it is wired, but an order makes a rule throw, until it is mended. */
  function aFailingValidator() {
    const { metastore, ...rest } = aMetastore();
    const state = { isMended: false };
    const validate = createValidator({ metastore, maxOrderBytes: 10_000, ...ofPlain });
    const failing: typeof validate = async (records, context) => {
      if (state.isMended) return validate(records, context);
      // After the claims, as a rule's fault is.
      await metastore.lookupForValidation(
        records.map(({ topic, partition, offset, value, headers }) => {
          const number = headers ? 1 : 0;
          const position = { topic, partition, offset, ...(number && { released: { partition, offset: 5, number } }) };
          const { orderId, messageId, customerId, ipAddress, fromLocationId, toLocationId, ...order } = anOrder();
          const [createdAt, content] = [toMillis(order.createdAt!), contentOf(value)];
          const ids = { orderId, messageId, createdAt, content };
          return { ...position, ...ids, customerId, ipAddress, fromLocationId, toLocationId };
        }),
      );
      throw new Error('a rule that throws');
    };
    return { run: isolateFailures(failing, { stage: 'validator', metastore }), state, ...rest };
  }

  test('passes an order on once that had made a rule throw, however often its release is sent and read', async () => {
    const { run, state, history, context } = aFailingValidator();
    expect(topicsOf(await run([record], context))).toEqual([['dead_letter']]);
    state.isMended = true;
    expect(topicsOf(await run([first, copy], context))).toEqual([['valid_order'], []]);
    expect(topicsOf(await run([copy, record, first], context))).toEqual([[], [], ['valid_order']]);
    expect(history()).toEqual([
      ['DEAD_LETTERED', 1, expect.stringContaining('PROCESSING_FAILED')],
      ['RELEASED', 2, 'release 1 of raw_order/1/5/validator'],
      ['VALIDATED', 2, ''],
    ]);
  });

  test('sets it aside again when it still throws: the dead letter names the release, and the next one passes', async () => {
    const { run, state, history, context } = aFailingValidator();
    await run([record], context);
    const again = onlyOutput(await run([first], context));
    expect(letterIn(again)).toMatchObject({ partition: 1, offset: 20, release: 'raw_order/1/5/validator/1' });
    state.isMended = true;
    expect(topicsOf(await run([released(record, 'validator', 2, 30), first], context))).toEqual([['valid_order'], []]);
    expect(history().map(([status, attempt]) => [status, attempt])).toEqual([
      ['DEAD_LETTERED', 1],
      ['RELEASED', 2],
      ['DEAD_LETTERED', 2],
      ['RELEASED', 3],
      ['VALIDATED', 3],
    ]);
  });

  test('sets bytes aside again that still are no order, byte for byte', async () => {
    const { metastore, context } = aMetastore();
    const validate = createValidator({ metastore, maxOrderBytes: 10_000, ...ofPlain });
    const junk = aRecord('raw_order', Uint8Array.of(15, 1, 2), 5);
    const output = onlyOutput(await validate([released(junk, 'validator', 1, 20)], context));
    const letter = letterIn(output);
    expect(letter).toMatchObject({ reason: v1.DeadLetterReason.UNDECODABLE, release: 'raw_order/1/5/validator/1' });
    expect(plain(letter.value)).toEqual([15, 1, 2]);
  });

  test('takes an order that was too large, after the limit was raised', async () => {
    const { metastore, history, context } = aMetastore();
    const strict = createValidator({ metastore, maxOrderBytes: 10, ...ofPlain });
    const lax = createValidator({ metastore, maxOrderBytes: 10_000, ...ofPlain });
    expect(topicsOf(await strict([record], context))).toEqual([['dead_letter']]);
    expect(topicsOf(await lax([first, copy], context))).toEqual([['valid_order'], []]);
    // Ids of what is too large are not read.
    expect(history().map(([status]) => status)).toEqual(['RELEASED', 'VALIDATED']);
  });
});

test('the enricher: what two stages set aside has a line for each, and its releases', async () => {
  const { metastore, history, context } = aMetastore({ ...reference, locations: [] });
  const record = aRecord('valid_order', orderCodec.encode(anOrder()), 5);
  const status = {
    orderId: 'o-1',
    messageId: 'm-1',
    createdAt: NOW - HOUR,
    detail: '',
    recordedBy: 'validator',
  } as const;
  await metastore.recordStatuses([{ ...status, status: 'DEAD_LETTERED' }]);
  await metastore.recordStatuses([{ ...status, status: 'VALIDATED', attempt: 2 }]);
  await createEnricher({ vault: plainVault, metastore })([record], context);
  const { lookupForEnrichment } = aMetastore().metastore;
  const later = createEnricher({ vault: plainVault, metastore: { ...metastore, lookupForEnrichment } });
  const outputs = await later([released(record, 'enricher', 1, 6), record], context);
  // The first decision on the record stands: what was mended since is for its release.
  expect(topicsOf(outputs)).toEqual([['enriched_order'], ['dead_letter']]);
  expect(history().map(([name, attempt]) => [name, attempt])).toEqual([
    ['DEAD_LETTERED', 1],
    ['VALIDATED', 2],
    ['DEAD_LETTERED', 1],
    ['RELEASED', 2],
    ['ENRICHED', 2],
  ]);
});

test('enriched_order has two readers: a release is for the one that set the record aside', async () => {
  const { metastore, context } = aMetastore();
  const { counts, context: counted } = counting();
  const route = createRouter({ metastore });
  const aggregate = createAggregationInput({ metastore, allowedLatenessMs: 48 * HOUR });
  const record = enrichedRecord(anOrder(), 5);
  expect(topicsOf(await aggregate([record], context))).toEqual([['aggregate']]);
  const forRouter = released(record, 'router', 1, 6);
  const forAggregator = released(enrichedRecord(anOrder({ orderId: 'o-2' }), 8), 'aggregator', 1, 9);
  const batch = [forRouter, forAggregator, released(record, 'router', 1, 7)];
  expect(topicsOf(await route(batch, counted))).toEqual([['internal_order'], [], ['internal_order']]);
  expect(counts).toEqual({ in: 3, out: 2, 'out.INTERNAL': 2, passed_over: 1 });
  expect(topicsOf(await aggregate(batch, context))).toEqual([[], ['aggregate'], []]);
});

test('the aggregator counts an order once that failed after its claim, whatever is sent again', async () => {
  const { metastore, context } = aMetastore();
  const record = enrichedRecord(anOrder(), 5);
  const claim = { topic: 'enriched_order', partition: 1, offset: 5, orderId: 'o-1', isTooLate: false };
  await metastore.claimForAggregation([claim]);
  const aggregate = createAggregationInput({ metastore, allowedLatenessMs: 48 * HOUR });
  const [first, copy] = [released(record, 'aggregator', 1, 6), released(record, 'aggregator', 1, 7)];
  expect(topicsOf(await aggregate([first, copy], context))).toEqual([['aggregate'], []]);
  expect(topicsOf(await aggregate([record, copy, first], context))).toEqual([[], [], ['aggregate']]);
});

describe('the external-processor', () => {
  const STEP = 'external-processor';
  const delivered: DeliveryOutcome = { kind: 'DELIVERED', status: 201 };
  const refused: DeliveryOutcome = { kind: 'REFUSED', status: 422, reason: 'NO_STOCK' };
  const unavailable = notTaken('HTTP 503');
  const record = externalRecord(anOrder(), 5);
  const [first, copy] = [released(record, STEP, 1, 20), released(record, STEP, 1, 21)];

  /** A partner that answers so, one request after the other, and what it was asked and recorded. */
  async function aProcessor(...answers: DeliveryOutcome[]) {
    const time = { now: NOW };
    const metastore = createInMemoryMetastore(noReferenceData, () => time.now);
    await routed(metastore, [anOrder()]);
    const partner = aPartnerThat(() => answers.shift() ?? unavailable);
    const deliver = createExternalProcessor({ metastore, partner, retry, vault: plainVault });
    const redeliverer = () => {
      time.now += 10_001;
      return createRedeliverer({ vault: plainVault, metastore, partner, clock: () => time.now, retry });
    };
    const keys = () => partner.requests.map(({ idempotencyKey }) => idempotencyKey);
    const history = () =>
      metastore.history
        .filter(({ recordedBy }) => recordedBy === STEP)
        .map(({ status, attempt = 1 }) => `${status} ${attempt}`);
    return { deliver, redeliverer, keys, history, time, metastore, ...counting() };
  }
  const key = (generation: number) => idempotencyKeyOf(anOrder(), generation);

  test('delivers what the partner had refused, once for a release, under a key of its own', async () => {
    const { deliver, keys, history, context, counts } = await aProcessor(refused, delivered);
    expect(topicsOf(await deliver([record], context))).toEqual([['dead_letter']]);
    expect(topicsOf(await deliver([first, copy], context))).toEqual([[], []]);
    expect(topicsOf(await deliver([copy, first], context))).toEqual([[], []]);
    expect(keys()).toEqual([key(1), key(2)]);
    expect(history()).toEqual(['DELIVERY_FAILED 1', 'RELEASED 2', 'DELIVERED 2']);
    expect(counts).toEqual({
      in: 5,
      out: 1,
      repeated: 2,
      done: 1,
      dead_letter: 1,
      'dead_letter.DELIVERY_REFUSED': 1,
    });
  });

  test('sets a release aside that is refused again, and takes the next one under the next key', async () => {
    const { deliver, keys, history, context } = await aProcessor(refused, refused, delivered);
    await deliver([record], context);
    const again = onlyOutput(await deliver([first], context));
    expect(letterIn(again)).toMatchObject({ offset: 20, release: 'external_order/1/5/external-processor/1' });
    await deliver([released(record, STEP, 2, 30)], context);
    expect(keys()).toEqual([key(1), key(2), key(3)]);
    expect(history()).toEqual(['DELIVERY_FAILED 1', 'RELEASED 2', 'DELIVERY_FAILED 2', 'RELEASED 3', 'DELIVERED 3']);
  });

  test('parks a release, and redelivers it under the same key', async () => {
    const { deliver, redeliverer, keys, history, context } = await aProcessor(
      refused,
      unavailable,
      unavailable,
      delivered,
    );
    await deliver([record], context);
    await deliver([first], context);
    expect(await redeliverer()(context)).toEqual([]);
    expect(await redeliverer()(context)).toEqual([]);
    expect(await redeliverer()(context)).toEqual([]);
    expect(keys()).toEqual([key(1), key(2), key(2), key(2)]);
    expect(history()).toEqual(['DELIVERY_FAILED 1', 'RELEASED 2', 'DELIVERY_PENDING 2', 'DELIVERED 2']);
  });

  test('the dead letter of a parked release that is refused names the release', async () => {
    const { deliver, redeliverer, history, context } = await aProcessor(refused, unavailable, refused);
    await deliver([record], context);
    await deliver([first], context);
    const [output] = await redeliverer()(context);
    expect(letterIn(output)).toMatchObject({ offset: 20, release: 'external_order/1/5/external-processor/1' });
    expect(history()).toEqual(['DELIVERY_FAILED 1', 'RELEASED 2', 'DELIVERY_PENDING 2', 'DELIVERY_FAILED 2']);
  });

  test('does not try the attempt before again that a dead process left in the park', async () => {
    const { deliver, redeliverer, metastore, keys, history, context, time } = await aProcessor(
      unavailable,
      refused,
      delivered,
    );
    await deliver([record], context);
    // Refused, set aside, and the process dies before it takes the order out of the park.
    expect(await redeliverer()(context)).toHaveLength(1);
    await deliver([first], context);
    const [output] = await redeliverer()(context);
    expect(letterIn(output)).toMatchObject({ offset: 5, release: '' });
    expect(keys()).toEqual([key(1), key(1), key(2)]);
    expect(history()).toEqual(['DELIVERY_PENDING 1', 'DELIVERY_FAILED 1', 'RELEASED 2', 'DELIVERED 2']);
    time.now += 10_001;
    expect((await metastore.leaseParkedDeliveries('P1', 9, 0)).map(({ attempt, end }) => [attempt, end])).toEqual([
      [1, 'FAILED'],
    ]);
  });

  test('delivers nothing when the record is read again that was set aside before it asked, and whose release was delivered', async () => {
    const { deliver, metastore, keys, history, context } = await aProcessor(delivered, delivered);
    // As by a limit that was raised since.
    const { orderId, messageId, createdAt } = anOrder();
    const setAside = { status: 'DEAD_LETTERED', recordedBy: STEP, detail: 'TOO_LARGE' } as const;
    await metastore.recordStatuses([{ orderId, messageId, createdAt: toMillis(createdAt!), ...setAside }]);
    expect(topicsOf(await deliver([first], context))).toEqual([[]]);
    expect(topicsOf(await deliver([record, first], context))).toEqual([['dead_letter'], []]);
    expect(keys()).toEqual([key(2)]);
    expect(history()).toEqual(['DEAD_LETTERED 1', 'RELEASED 2', 'DELIVERED 2']);
  });

  test('delivers nothing again that another record of the order has delivered', async () => {
    const { deliver, keys, history, context } = await aProcessor(delivered);
    await deliver([record], context);
    await deliver([released(externalRecord(anOrder(), 9), STEP, 1, 20)], context);
    expect(keys()).toEqual([key(1)]);
    expect(history()).toEqual(['DELIVERED 1']);
  });
});
