import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesField, groupField, join, varintField, type Field } from '../../../fuzz/wire.js';
import { limits } from '../../../model/limits.js';
import { enrichedOrderCodec, orderCodec, routedOrderCodec } from '../../../proto/messages.js';
import { decodeOrder, decodeRoutedOrder } from '../../../transforms/decoding/decode.js';
import { problemOfWire } from '../../../transforms/decoding/wire-format.js';
import { aRecord, anEnrichedOrder, aRoutedOrder, anOrder } from '../fixtures.js';

const order = { number: 0, bytes: Buffer.from(orderCodec.encode(anOrder())) };
const FIELDS = 12 + 2 * 3 - 1 + 2 * 1; // of the order, its lines and its times: what is 0 is left out
const withFields = (...fields: readonly Field[]) => join([order, ...fields]);
const unknown = (count: number) => Array<Field>(count).fill(varintField(13, 1));
const tooMany = { reason: 'TOO_LARGE', error: 'more than 20000 fields' };
const tooDeep = { reason: 'TOO_LARGE', error: 'more than 32 levels of groups' };
const tooLong = { reason: 'UNDECODABLE', error: 'a varint of more than 10 bytes' };

test('finds nothing wrong with an order', () => {
  expect(problemOfWire(order.bytes)).toBeNull();
});

describe('counts fields', () => {
  test('of the order', () => {
    const count = [...Array(40).keys()].find((n) => problemOfWire(withFields(...unknown(limits.fields - n))) === null);
    expect(count).toBe(FIELDS + 1);
    expect(problemOfWire(withFields(...unknown(limits.fields - FIELDS)))).toEqual(tooMany);
  });

  test('of its lines and times', () => {
    for (const number of [8, 9, 11])
      expect(problemOfWire(withFields(bytesField(number, join(unknown(limits.fields)))))).toEqual(tooMany);
  });

  test('of groups', () => {
    expect(problemOfWire(withFields(groupField(13, 1, join(unknown(limits.fields)))))).toEqual(tooMany);
  });

  test('and not what text and unknown fields hold', () => {
    for (const number of [1, 5, 10, 13]) {
      const content = join([...unknown(limits.fields), groupField(14, 200), varintField(14, 1, 30)]);
      expect(problemOfWire(withFields(bytesField(number, content)))).toBeNull();
    }
  });
});

test('finds groups that are too deep, in the order and in its last line', () => {
  expect(problemOfWire(withFields(groupField(13, limits.depth - 1)))).toBeNull();
  expect(problemOfWire(withFields(groupField(13, limits.depth)))).toEqual(tooDeep);
  expect(problemOfWire(withFields(bytesField(11, groupField(13, limits.depth - 2).bytes)))).toBeNull();
  expect(problemOfWire(withFields(bytesField(11, groupField(13, limits.depth - 1).bytes)))).toEqual(tooDeep);
});

test("finds numbers that are too long in unknown fields, which the decoder skips and Java's does not", () => {
  expect(problemOfWire(withFields(varintField(13, 1, 10)))).toBeNull();
  expect(problemOfWire(withFields(varintField(13, 1, 11)))).toEqual(tooLong);
  expect(problemOfWire(withFields(bytesField(11, varintField(13, 1, 11).bytes)))).toEqual(tooLong);
  expect(() => orderCodec.decode(withFields(varintField(13, 1, 11)))).not.toThrow();
});

test('an order with groups as deep as they may be passes the stages that put it into other messages', () => {
  const deep = Buffer.concat([order.bytes, groupField(13, limits.depth - 1).bytes]);
  const decoded = decodeOrder(aRecord('raw_order', deep));
  if (decoded.failure) throw new Error(decoded.failure.error);
  const enriched = enrichedOrderCodec.decode(enrichedOrderCodec.encode(anEnrichedOrder(decoded.order)));
  const routed = routedOrderCodec.encode({ ...aRoutedOrder(), enrichedOrder: enriched } as never);
  expect(decodeRoutedOrder(aRecord('external_order', routed)).failure).toBeUndefined();
});

test('never throws, and finds nothing in a good order however it is cut', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(order.bytes.length), (noise, length) => {
      problemOfWire(noise);
      expect(problemOfWire(order.bytes.subarray(0, length))).toBeNull();
    }),
    { numRuns: 1_000 },
  );
});
