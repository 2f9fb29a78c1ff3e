import fc from 'fast-check';
import { expect, test } from 'vitest';
import { limits } from '../../../model/limits.js';
import { orderCodec, toMillis, v1 } from '../../../proto/messages.js';
import { decodeEnrichedOrder, decodeOrder, decodeRoutedOrder, orderIn } from '../../../transforms/decoding/decode.js';
import {
  EMPTY,
  NOW,
  UNKNOWN_FIELD,
  aRecord,
  anOrder,
  enrichedRecord,
  externalRecord,
  rawRecord,
  plain,
} from '../fixtures.js';

const unreadable = { orderId: '', messageId: '', createdAt: NOW - 1_000 };

test('decodes a complete order', () => {
  const order = anOrder();
  expect(decodeOrder(rawRecord(order))).toEqual({ message: order, order });
});

test.each([
  ['no value', null],
  ['an empty value', EMPTY],
])('calls %s EMPTY_VALUE', (_what, value) => {
  expect(decodeOrder(aRecord('raw_order', value))).toEqual({
    failure: { reason: 'EMPTY_VALUE', error: 'the record has no value', ...unreadable },
  });
});

test('calls a value beyond the limit TOO_LARGE without looking at it', () => {
  const record = rawRecord(anOrder());
  const size = record.value?.length ?? 0;
  expect(decodeOrder(record, { maxBytes: size })).not.toHaveProperty('failure');
  expect(decodeOrder(record, { maxBytes: size - 1 })).toEqual({
    failure: { reason: 'TOO_LARGE', error: `${size} bytes are more than ${size - 1}`, ...unreadable },
  });
});

test('calls bytes that are no protobuf UNDECODABLE', () => {
  const decoded = decodeOrder(aRecord('raw_order', Uint8Array.of(0x0a, 0x7f, 0x01)));
  expect(decoded).toEqual({
    failure: { reason: 'UNDECODABLE', error: expect.stringMatching(/index out of range/), ...unreadable },
  });
});

test('an id that looks like another one is INVALID_ORDER at the door, and goes on where it was let in before', () => {
  const order = anOrder({
    orderId: 'O-1 ',
    customerId: 'Zu\u0308rich',
    lines: [{ sku: 's\u200b', quantity: 1, unitPrice: 1 }],
  });
  const error =
    "order_id has blanks at its beginning or end; customer_id is not in Unicode's normal form C; " +
    'lines[0].sku has characters that nobody can see, or that are none';
  // Also where the topic was made anew.
  for (const topic of ['raw_order', 'raw_order~2'])
    expect(decodeOrder({ ...rawRecord(order), topic })).toMatchObject({
      failure: { reason: 'INVALID_ORDER', error, orderId: '', messageId: order.messageId },
    });
  expect(decodeOrder(aRecord('valid_order', orderCodec.encode(order)))).toMatchObject({ order: { orderId: 'O-1 ' } });
  expect(decodeEnrichedOrder(enrichedRecord(order))).toMatchObject({ order: { orderId: 'O-1 ' } });
});

test('calls an incomplete order INVALID_ORDER, with all problems, its ids and its time', () => {
  const order = anOrder({ customerId: '', lines: [] });
  expect(decodeOrder(rawRecord(order))).toEqual({
    failure: {
      reason: 'INVALID_ORDER',
      error: 'customer_id is missing; lines is empty',
      orderId: 'o-1',
      messageId: 'm-1',
      createdAt: (order.createdAt.seconds ?? 0) * 1000,
    },
  });
});

test("does not take ids that cannot serve as such, and takes the record's time for an absurd one", () => {
  const order = anOrder({ orderId: 'x'.repeat(201), messageId: 'a\0', createdAt: { seconds: 1 } });
  expect(decodeOrder(rawRecord(order))).toMatchObject({ failure: unreadable });
});

test("judges created_at by the record's time, so that reading it again, at any time, gives the same answer", () => {
  const record = rawRecord(anOrder());
  const createdAt = toMillis(anOrder().createdAt);
  expect(decodeOrder({ ...record, timestamp: createdAt - limits.ahead })).not.toHaveProperty('failure');
  expect(decodeOrder({ ...record, timestamp: createdAt - limits.ahead - 1 })).toMatchObject({
    failure: { reason: 'INVALID_ORDER', error: 'created_at is more than a day in the future' },
  });
});

test("falls back to a fixed time where the record's time is absurd too", () => {
  const record = { ...aRecord('raw_order', null), timestamp: -1 };
  expect(decodeOrder(record)).toMatchObject({ failure: { createdAt: limits.earliest } });
});

test('shortens a long list of problems', () => {
  const lines = Array.from({ length: 40 }, () => v1.OrderLine.create({ sku: 's' }));
  const decoded = decodeOrder(rawRecord(anOrder({ lines })));
  expect(decoded.failure?.error.split('; ')).toHaveLength(26);
  expect(decoded.failure?.error).toMatch(/lines\[24\].quantity is 0; and 15 more$/);
});

test('never says the values of text fields', () => {
  const secret = anOrder({ ipAddress: 'SECRET', currency: 'SECRET', customerId: 'SECRET\n', lines: [] });
  expect(decodeOrder(rawRecord(secret)).failure?.error).not.toMatch(/SECRET/);
});

test('names what an enriched order lacks', () => {
  const value = orderCodec.encode(v1.Order.create({}));
  expect(decodeEnrichedOrder(aRecord('enriched_order', Uint8Array.of(0x22, 0))).failure?.error).toBe(
    'order is missing',
  );
  expect(decodeEnrichedOrder(aRecord('enriched_order', Uint8Array.of(0x0a, 0, ...value))).failure?.error).toMatch(
    /; from_location is missing; to_location is missing$/,
  );
});

test('finds the order in a record of each topic of orders', () => {
  const order = anOrder();
  const records = [rawRecord(order), enrichedRecord(order), externalRecord(order)];
  expect(records.map((record) => orderIn(record))).toEqual([order, order, order]);
  expect(orderIn(aRecord('dead_letter', EMPTY))).toBeNull();
  expect(orderIn(aRecord('raw_order', EMPTY))).toBeNull();
});

test('never throws, whatever the bytes are', () => {
  const whole = orderCodec.encode(anOrder());
  // Random bytes, and good orders with some bytes changed or cut off, which get deeper into the decoder.
  const mutated = fc
    .tuple(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 }), fc.nat(whole.length))
    .map(([changes, length]) => {
      const bytes = Uint8Array.from(whole);
      for (const [index, byte] of changes) bytes[index] = byte;
      return bytes.subarray(0, length);
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated), (value) => {
      for (const decode of [decodeOrder, decodeEnrichedOrder, decodeRoutedOrder]) {
        const decoded = decode(aRecord('raw_order', value));
        if (decoded.failure) expect(decoded.failure.error).not.toBe('');
        else expect(decoded.order.orderId).not.toBe('');
      }
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  ['the overlong form of a letter', [0xc1, 0xaf]],
  ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
  ['a byte that no text has', [0xff]],
])('calls an id with %s UNDECODABLE, as decoders of other languages do', (_what, bytes) => {
  const value = Buffer.from(orderCodec.encode(anOrder({ orderId: 'XYZ'.slice(0, bytes.length) })));
  const at = value.indexOf('XYZ'.slice(0, bytes.length));
  value.set(bytes, at);
  // Decoders of Buffers and of other byte arrays are not the same.
  for (const form of [value, new Uint8Array(value)])
    expect(decodeOrder(aRecord('raw_order', form)).failure?.reason).toBe('UNDECODABLE');
});

test('keeps unknown fields on the message', () => {
  const value = Uint8Array.from([...orderCodec.encode(anOrder()), ...UNKNOWN_FIELD]);
  const decoded = decodeOrder(aRecord('raw_order', value));
  expect(decoded.failure ?? plain(orderCodec.encode(decoded.message))).toEqual(plain(value));
});
