import { describe, expect, test } from 'vitest';
import type { StatusChange, ValidationFacts, ValidationQuery } from '../../metastore/metastore.js';
import { contentOf } from '../../model/record.js';
import { deadLetterCodec, orderCodec, rejectedOrderCodec, toMillis, v1 } from '../../proto/messages.js';
import { TransientError } from '../../transforms/step/transient-error.js';
import { createValidator } from '../../transforms/validator.js';
import { EMPTY, UNKNOWN_FIELD, aRecord, anOrder, counting, onlyOutput, rawRecord, utf8, plain } from './fixtures.js';
import { someFacts } from './rules/facts.js';
import { ofPlain } from './vaults.js';

/** A validator over a metastore that knows these facts, by order id. */
function aValidator(facts: Record<string, Partial<ValidationFacts>> = {}) {
  const lookups: (readonly ValidationQuery[])[] = [];
  const statuses: (readonly StatusChange[])[] = [];
  const validate = createValidator({
    ...ofPlain,
    maxOrderBytes: 10_000,
    metastore: {
      async lookupForValidation(queries) {
        lookups.push(queries);
        return queries.map(({ orderId }) => someFacts(facts[orderId]));
      },
      async recordStatuses(changes) {
        statuses.push(changes);
        return changes;
      },
      wereSetAside: async (records) => records.map(() => false),
    },
  });
  return { validate, lookups, statuses, ...counting() };
}

/** The line of a rejection for these reasons. */
const rejectionFor = (...reasons: readonly (readonly [reason: string, detail: string])[]) => ({
  status: 'REJECTED',
  detail: reasons.map((parts) => parts.join(': ')).join('; '),
  facts: JSON.stringify(reasons.map(([reason, detail]) => ({ reason, detail }))),
});

const createdAt = toMillis(anOrder().createdAt);

test('passes a good order on with its bytes unchanged, unknown fields included', async () => {
  const value = Uint8Array.from([...UNKNOWN_FIELD, ...orderCodec.encode(anOrder())]);
  const { validate, lookups, statuses, context, counts } = aValidator();
  const outputs = await validate([aRecord('raw_order', value, 5)], context);
  expect(outputs).toEqual([[{ valid_order: { key: utf8('o-1'), value } }]]);
  expect(lookups).toEqual([
    [
      {
        topic: 'raw_order',
        partition: 1,
        offset: 5,
        orderId: 'o-1',
        messageId: 'm-1',
        createdAt,
        content: contentOf(value),
        customerId: 'c-1',
        ipAddress: '192.0.2.7',
        fromLocationId: 'L1',
        toLocationId: 'L2',
      },
    ],
  ]);
  const duplicate = rejectionFor(['DUPLICATE_ORDER', 'another message with this order id was accepted']);
  const line = { orderId: 'o-1', messageId: 'm-1', createdAt, recordedBy: 'validator' };
  expect(statuses).toEqual([[{ ...line, status: 'VALIDATED', detail: '', otherwise: duplicate }]]);
  expect(counts).toEqual({ in: 1, out: 1 });
});

test('rejects with every reason, in the output, the status and the counters', async () => {
  const { validate, statuses, context, counts } = aValidator({ 'o-1': { claim: 'DUPLICATE', isCancelled: true } });
  const output = onlyOutput(await validate([rawRecord(anOrder())], context));
  expect(Object.keys(output)).toEqual(['rejected_order']);
  expect(output.rejected_order?.key).toEqual(utf8('o-1'));
  expect(rejectedOrderCodec.decode(output.rejected_order?.value ?? EMPTY)).toEqual(
    v1.RejectedOrder.create({
      order: anOrder(),
      rejections: [
        v1.Rejection.create({
          reason: v1.RejectReason.DUPLICATE_ORDER,
          detail: 'another message with this order id was accepted',
        }),
        v1.Rejection.create({ reason: v1.RejectReason.CANCELLED_ORDER, detail: 'the order was cancelled' }),
      ],
    }),
  );
  const rejection = rejectionFor(
    ['DUPLICATE_ORDER', 'another message with this order id was accepted'],
    ['CANCELLED_ORDER', 'the order was cancelled'],
  );
  expect(statuses.flat()).toEqual([
    { orderId: 'o-1', messageId: 'm-1', createdAt, recordedBy: 'validator', ...rejection },
  ]);
  expect(counts).toEqual({ in: 1, rejected: 1, 'rejected.DUPLICATE_ORDER': 1, 'rejected.CANCELLED_ORDER': 1 });
});

test('keeps unknown fields of a rejected order', async () => {
  const value = Uint8Array.from([...orderCodec.encode(anOrder()), ...UNKNOWN_FIELD]);
  const { validate, context } = aValidator({ 'o-1': { isCancelled: true } });
  const output = onlyOutput(await validate([aRecord('raw_order', value)], context));
  const { order } = rejectedOrderCodec.decode(output.rejected_order?.value ?? EMPTY);
  expect(plain(orderCodec.encode(order as v1.Order))).toEqual(plain(value));
});

test('writes nothing for a redelivery', async () => {
  const { validate, statuses, context, counts } = aValidator({ 'o-1': { claim: 'REDELIVERY', isCancelled: true } });
  expect(await validate([rawRecord(anOrder())], context)).toEqual([[]]);
  expect(statuses).toEqual([]);
  expect(counts).toEqual({ in: 1, redelivered: 1 });
});

describe('with a mixed batch', () => {
  const good = rawRecord(anOrder({ orderId: 'o-2' }), 0);
  const empty = aRecord('raw_order', null, 1);
  const invalid = rawRecord(anOrder({ orderId: 'o-3', currency: '' }), 2);
  const large = aRecord('raw_order', new Uint8Array(10_001), 3);
  const bad = rawRecord(anOrder({ orderId: 'o-4' }), 4);

  test('answers each record in its place, with one lookup and one write', async () => {
    const { validate, lookups, statuses, context, counts } = aValidator({ 'o-4': { isDefaulter: true } });
    const outputs = await validate([good, empty, invalid, large, bad], context);
    expect(outputs.map((list) => list.map((output) => Object.keys(output)))).toEqual([
      [['valid_order']],
      [['dead_letter']],
      [['dead_letter']],
      [['dead_letter']],
      [['rejected_order']],
    ]);
    const letters = outputs
      .flat()
      .flatMap(({ dead_letter: letter }) => (letter ? deadLetterCodec.decode(letter.value) : []));
    expect(
      letters.map(({ offset, reason, step, orderId }) => [offset, v1.DeadLetterReason[reason], step, orderId]),
    ).toEqual([
      [1, 'EMPTY_VALUE', 'validator', ''],
      [2, 'INVALID_ORDER', 'validator', 'o-3'],
      [3, 'TOO_LARGE', 'validator', ''],
    ]);
    expect(lookups.map((queries) => queries.map(({ orderId }) => orderId))).toEqual([['o-2', 'o-4']]);
    expect(statuses.map((changes) => changes.map(({ orderId, status, detail }) => [orderId, status, detail]))).toEqual([
      [
        ['o-2', 'VALIDATED', ''],
        ['o-3', 'DEAD_LETTERED', 'INVALID_ORDER: currency is missing'],
        ['o-4', 'REJECTED', 'PAYMENT_DEFAULTER: the customer is listed as a payment defaulter'],
      ],
    ]);
    expect(counts).toEqual({
      in: 5,
      out: 1,
      rejected: 1,
      'rejected.PAYMENT_DEFAULTER': 1,
      dead_letter: 3,
      'dead_letter.EMPTY_VALUE': 1,
      'dead_letter.INVALID_ORDER': 1,
      'dead_letter.TOO_LARGE': 1,
    });
  });
});

test('does not ask the metastore about a batch without orders', async () => {
  const { validate, lookups, statuses, context } = aValidator();
  await validate([aRecord('raw_order', null)], context);
  expect([lookups, statuses]).toEqual([[], []]);
});

test('counts nothing and rejects when the metastore fails', async () => {
  const { context, counts } = counting();
  const validate = createValidator({
    ...ofPlain,
    maxOrderBytes: 10_000,
    metastore: {
      lookupForValidation: async (queries) => queries.map(() => someFacts()),
      recordStatuses: () => Promise.reject(new Error('gone')),
      wereSetAside: async (records) => records.map(() => false),
    },
  });
  await expect(validate([rawRecord(anOrder())], context)).rejects.toBeInstanceOf(TransientError);
  expect(counts).toEqual({});
});
