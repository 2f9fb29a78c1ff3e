/** The quick reader of orders says what the decoder says, or that it does not know. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  enrichedOrderCodec,
  fromMillis,
  orderCodec,
  rejectedOrderCodec,
  routedOrderCodec,
  toMillis,
  v1,
  type Order,
} from '../../proto/messages.js';
import { createOrderFieldsReader, type OrderPath } from '../../reconcile/order-fields.js';
import { amountOf, itemsOf } from '../../transforms/decoding/order-problems.js';
import { anEnrichedOrder, anOrder, aRoutedOrder } from '../transforms/fixtures.js';

const text = fc.oneof(fc.string({ minLength: 1, maxLength: 40 }), fc.string({ unit: 'binary', minLength: 1 }));
const orders = fc
  .record({
    orderId: text,
    messageId: text,
    customerId: text,
    toLocationId: text,
    currency: fc.constantFrom('EUR', 'SEK', 'USD'),
    createdAt: fc.integer({ min: -1e12, max: 4e12 }).map(fromMillis),
    lines: fc.array(fc.record({ sku: text, quantity: fc.nat(), unitPrice: fc.oneof(fc.nat(), fc.maxSafeInteger()) }), {
      maxLength: 5,
    }),
  })
  .map((changes) => anOrder(changes as never));

const forms: readonly { name: string; path: OrderPath; encode: (order: Order) => Uint8Array }[] = [
  { name: 'Order', path: [], encode: (order) => orderCodec.encode(order) },
  { name: 'EnrichedOrder', path: [1], encode: (order) => enrichedOrderCodec.encode(anEnrichedOrder(order)) },
  { name: 'RoutedOrder', path: [1, 1], encode: (order) => routedOrderCodec.encode(aRoutedOrder(order) as never) },
];

const reader = createOrderFieldsReader();
function textsRead() {
  const { fields } = reader;
  const part = (start: number, end: number) => Buffer.from(fields.bytes.subarray(start, end)).toString();
  return {
    orderId: part(fields.orderStart, fields.orderEnd),
    messageId: part(fields.messageStart, fields.messageEnd),
    toLocationId: part(fields.locationStart, fields.locationEnd),
    currency: part(fields.currencyStart, fields.currencyEnd),
  };
}

test.each(forms)('$name: as it was encoded', ({ path, encode }) => {
  let known = 0;
  fc.assert(
    fc.property(orders, (order) => {
      if (!reader.read(encode(order), path)) return;
      known += 1;
      const { orderId, messageId, toLocationId, currency } = order;
      expect(textsRead()).toEqual({ orderId, messageId, toLocationId, currency });
      expect(reader.fields.createdAt).toBe(toMillis(order.createdAt!));
      expect([reader.fields.items, reader.fields.amount]).toEqual([itemsOf(order), amountOf(order)]);
    }),
  );
  expect(known).toBeGreaterThan(0);
});

test('whatever the bytes are, it never throws, and says nothing that the decoder does not', () => {
  const mutated = fc
    .tuple(orders, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }))
    .map(([order, changes]) => {
      const bytes = orderCodec.encode(order);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array()), (bytes) => {
      if (!reader.read(bytes, [])) return;
      let decoded: Order;
      try {
        decoded = orderCodec.decode(bytes);
      } catch {
        return;
      }
      const { orderId, messageId, toLocationId, currency } = decoded;
      expect(textsRead()).toEqual({ orderId, messageId, toLocationId, currency });
    }),
    { numRuns: 2_000 },
  );
});

test('the reasons of a rejected order', () => {
  const order = anOrder();
  const reasons = [v1.RejectReason.FRAUD_IP, v1.RejectReason.FULFILMENT_DELAY];
  const rejections = reasons.map((reason) => ({ reason, detail: 'why' }));
  const bytes = rejectedOrderCodec.encode(v1.RejectedOrder.create({ order, rejections }) as never);
  expect(reader.read(bytes, [1], true)).toBe(true);
  expect(reader.fields.reasons).toBe(reasons.reduce((bits, reason) => bits | (1 << reason), 0));
});
