/** The order in a record's bytes, by the quick reader, and where that does not know them, by the full decoder. Pure. */
import {
  enrichedOrderCodec,
  orderCodec,
  rejectedOrderCodec,
  routedOrderCodec,
  toMillis,
  type Order,
} from '../proto/messages.js';
import { createOrderFieldsReader, type OrderFields, type OrderPath } from './order-fields.js';
import type { onceIn } from './publication.js';

type OrderTopic = 'raw_order' | (typeof onceIn)[number];
type Decoded = { readonly order: Order | null | undefined; readonly reasons?: readonly number[] };

const routed: { path: OrderPath; decode: (value: Uint8Array) => Decoded } = {
  path: [1, 1],
  decode: (value) => ({ order: routedOrderCodec.decode(value).enrichedOrder?.order as Order }),
};
const plain: typeof routed = { path: [], decode: (value) => ({ order: orderCodec.decode(value) }) };

const forms: Readonly<Record<OrderTopic, typeof routed>> = {
  raw_order: plain,
  valid_order: plain,
  rejected_order: {
    path: [1],
    decode: (value) => {
      const { order, rejections } = rejectedOrderCodec.decode(value);
      return { order: order as Order, reasons: rejections.map(({ reason }) => reason ?? 0) };
    },
  },
  enriched_order: { path: [1], decode: (value) => ({ order: enrichedOrderCodec.decode(value).order as Order }) },
  internal_order: routed,
  external_order: routed,
};

export function createOrderBytes() {
  const reader = createOrderFieldsReader();
  return {
    /** The same object each time. Null for a message without an order that has ids; throws for bytes that are no such message. */
    of(topic: OrderTopic, value: Uint8Array): OrderFields | null {
      const { path, decode } = forms[topic];
      if (reader.read(value, path, topic === 'rejected_order')) return reader.fields;
      const { order, reasons = [] } = decode(value);
      if (!order?.orderId || !order.messageId) return null;
      return fieldsOf(order, reasons);
    },
  };
}

function fieldsOf(order: Order, reasons: readonly number[]): OrderFields {
  const texts = [order.orderId, order.messageId, order.toLocationId, order.currency].map((text) => Buffer.from(text));
  const ends: number[] = [];
  for (const { length } of texts) ends.push((ends.at(-1) ?? 0) + length);
  const [orderEnd = 0, messageEnd = 0, locationEnd = 0, currencyEnd = 0] = ends;
  const quantities = order.lines.map(({ quantity }) => quantity ?? 0);
  return {
    bytes: Buffer.concat(texts),
    orderStart: 0,
    orderEnd,
    messageStart: orderEnd,
    messageEnd,
    locationStart: messageEnd,
    locationEnd,
    currencyStart: locationEnd,
    currencyEnd,
    createdAt: toMillis(order.createdAt ?? {}),
    items: quantities.reduce((sum, quantity) => sum + quantity, 0),
    amount: order.lines.reduce((sum, { unitPrice }, index) => sum + quantities[index]! * (unitPrice ?? 0), 0),
    reasons: reasons.reduce((bits, reason) => bits | (1 << reason), 0),
  };
}
