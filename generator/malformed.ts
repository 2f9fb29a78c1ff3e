/** Records that are no orders, as broken or foreign producers send them. Each ends in the dead letters. */
import { orderCodec, v1, type Order } from '../proto/messages.js';
import type { Random } from './random.js';

const forms: readonly ((random: Random, order: Order) => Uint8Array)[] = [
  // Nothing at all.
  () => new Uint8Array(0),
  // JSON where protobuf is expected: "{" reads as the start of a group that never ends.
  (_random, order) => Buffer.from(JSON.stringify({ order_id: order.orderId, currency: order.currency })),
  // Cut off within the first field, the message id.
  (random, order) => orderCodec.encode(order).slice(0, random.between(3, 30)),
  // Noise: 15 is field 1 with the wire type 7, which does not exist.
  (random) => Uint8Array.from({ length: random.between(8, 200) }, (_, at) => (at === 0 ? 15 : random.between(0, 255))),
  // A message of the right type in the wrong shape: an order without ids and lines.
  (_random, { currency }) => orderCodec.encode(v1.Order.create({ currency })),
];

/** Bytes that no reader may take for an order; some are made from the given one. */
export function malformedValue(random: Random, order: Order): Uint8Array {
  return random.pick(forms)(random, order);
}
