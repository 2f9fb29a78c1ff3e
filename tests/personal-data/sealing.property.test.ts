/** What sealing promises: it opens with the key and under the ids that it was made with, and in no other way. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  openField,
  personalFieldNames,
  personalFields,
  putSealed,
  sealFields,
  sealedOverhead,
  sealingKeys,
} from '../../personal-data/sealing.js';
import { orderCodec, v1, type Order } from '../../proto/messages.js';
import { UNKNOWN_FIELD, anOrder } from '../transforms/fixtures.js';

const keys = sealingKeys(randomBytes(32));
const keyId = 'A'.repeat(22);
const copy = <O extends Order>(order: O) => orderCodec.decode(orderCodec.encode(order)) as O;
const sealed = (order: Order) => putSealed(copy(order), sealFields(order, keyId, keys));
const opened = (order: Order, own = keys) => personalFieldNames.map((field) => openField(order, field, own));

const id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((text) => !text.includes('\0'));
const orders = fc
  .record({
    orderId: id,
    messageId: id,
    customerId: id,
    ipAddress: fc.oneof(fc.ipV4(), fc.ipV6()),
    paymentMethod: fc.nat(9),
  })
  .map((fields) => anOrder(fields));

test('what was sealed comes out, and nothing of it stands in the order', () => {
  fc.assert(
    fc.property(orders, (order) => {
      const closed = sealed(order);
      expect(opened(closed)).toEqual([order.customerId, order.ipAddress, String(order.paymentMethod)]);
      expect([closed.customerId, closed.ipAddress, closed.paymentMethod]).toEqual(['', '', 0]);
      const bytes = Buffer.from(orderCodec.encode(closed)).toString('latin1');
      expect(bytes).not.toContain(Buffer.from(order.ipAddress).toString('latin1'));
      for (const field of personalFieldNames)
        expect(closed[personalFields[field].sealed]).toHaveLength(
          sealedOverhead + Buffer.byteLength(String(order[field])),
        );
    }),
  );
});

test('the same order has the same bytes whenever it is sealed, and another publication has others', () => {
  fc.assert(
    fc.property(orders, id, (order, other) => {
      fc.pre(other !== order.messageId);
      expect(sealed(order)).toEqual(sealed(order));
      const again = sealFields({ ...order, messageId: other } as never, keyId, keys);
      for (const { sealed: name } of Object.values(personalFields))
        expect(Buffer.from(again[name]).equals(Buffer.from(sealed(order)[name]))).toBe(false);
    }),
  );
});

test('nothing opens in another order, under another message id, in another field, or with another key', () => {
  fc.assert(
    fc.property(orders, id, (order, other) => {
      const none = [null, null, null];
      if (other !== order.orderId) expect(opened({ ...sealed(order), orderId: other } as never)).toEqual(none);
      if (other !== order.messageId) expect(opened({ ...sealed(order), messageId: other } as never)).toEqual(none);
      const { sealedCustomerId, sealedIpAddress, ...rest } = sealed(order);
      const crossed = { ...rest, sealedCustomerId: sealedIpAddress, sealedIpAddress: sealedCustomerId } as never;
      expect(opened(crossed).slice(0, 2)).toEqual([null, null]);
      expect(opened(sealed(order), sealingKeys(randomBytes(32)))).toEqual(none);
    }),
  );
});

test('a changed bit, and bytes that are cut or longer, do not open', () => {
  fc.assert(
    fc.property(orders, fc.nat(), fc.nat(7), fc.integer({ min: -40, max: 5 }), (order, at, bit, longer) => {
      const closed = sealed(order);
      const bytes = Uint8Array.from(closed.sealedIpAddress);
      bytes[at % bytes.length]! ^= 1 << bit;
      expect(openField({ ...closed, sealedIpAddress: bytes } as never, 'ipAddress', keys)).toBeNull();
      if (longer === 0) return;
      const other = Buffer.concat([closed.sealedIpAddress, Buffer.alloc(5)]).subarray(0, Math.max(0, closed.sealedIpAddress.length + longer)); // prettier-ignore
      expect(openField({ ...closed, sealedIpAddress: other } as never, 'ipAddress', keys)).toBeNull();
    }),
  );
});

test('fields that nobody knows stay in a sealed order', () => {
  const bytes = Buffer.concat([orderCodec.encode(anOrder()), UNKNOWN_FIELD]);
  const order = orderCodec.decode(bytes);
  const closed = orderCodec.encode(putSealed(order, sealFields(anOrder(), keyId, keys)));
  expect(Buffer.from(closed).subarray(-UNKNOWN_FIELD.length)).toEqual(Buffer.from(UNKNOWN_FIELD));
  expect(v1.Order.decode(closed).customerKeyId).toBe(keyId);
});
