/** Orders, records and a context that counts, for the tests of transforms. */
import type { KafkaRecord } from '../../model/record.js';
import type { TopicName } from '../../model/topics.js';
import {
  enrichedOrderCodec,
  fromMillis,
  orderCodec,
  routedOrderCodec,
  v1,
  type EnrichedOrder,
  type Order,
} from '../../proto/messages.js';
import type { ValidOrder } from '../../transforms/decoding/order-problems.js';
import type { Counter } from '../../transforms/step/batch-step.js';

export const NOW = Date.UTC(2025, 5, 1, 12);
export const clock = () => NOW;
export const HOUR = 3_600_000;
export const EMPTY = new Uint8Array(0);
export const utf8 = (text: string) => new TextEncoder().encode(text);

export const warehouse = { locationId: 'L1', name: 'Warehouse Nord', region: 'EU-NORTH' };
export const shop = { locationId: 'L2', name: 'Shop Süd', region: 'EU-SOUTH' };

/** As decoded: what is encoded as absent is absent. */
export function anOrder(changes: v1.Order.$Properties = {}): ValidOrder {
  const order = v1.Order.create({
    messageId: 'm-1',
    orderId: 'o-1',
    orderType: v1.OrderType.STANDARD,
    customerId: 'c-1',
    ipAddress: '192.0.2.7',
    fromLocationId: 'L1',
    toLocationId: 'L2',
    createdAt: fromMillis(NOW - HOUR),
    promisedBy: fromMillis(NOW + 48 * HOUR),
    currency: 'EUR',
    lines: [
      { sku: 'sku-1', quantity: 2, unitPrice: 1_999 },
      { sku: 'sku-2', quantity: 1, unitPrice: 0 },
    ],
    paymentMethod: v1.PaymentMethod.CARD,
    ...changes,
  });
  return orderCodec.decode(orderCodec.encode(order)) as ValidOrder;
}

export function aRecord(topic: TopicName, value: Uint8Array | null, offset = 0): KafkaRecord {
  return { topic, partition: 1, offset, timestamp: NOW - 1_000, key: utf8('key'), value };
}

/** The output of a batch that makes one in all. */
export function onlyOutput<Output>(outputs: readonly (readonly Output[])[]): Output {
  const [output, ...others] = outputs.flat();
  if (output === undefined || others.length > 0) throw new Error('expected exactly one output');
  return output;
}

export const rawRecord = (order: Order, offset = 0) => aRecord('raw_order', orderCodec.encode(order), offset);

export const anEnrichedOrder = (order: Order = anOrder()): EnrichedOrder =>
  v1.EnrichedOrder.create({
    order,
    fromLocation: warehouse,
    toLocation: shop,
    ipRegion: 'EU-SOUTH',
  }) as EnrichedOrder;

export const enrichedRecord = (order: Order, offset = 0) =>
  aRecord('enriched_order', enrichedOrderCodec.encode(anEnrichedOrder(order)), offset);

export const aRoutedOrder = (order: Order = anOrder()) =>
  v1.RoutedOrder.create({ enrichedOrder: anEnrichedOrder(order), route: v1.Route.EXTERNAL, partnerId: 'P1' });

export const externalRecord = (order: Order, offset = 0) =>
  aRecord('external_order', routedOrderCodec.encode(aRoutedOrder(order)), offset);

/** Bytes to compare: encoders return Buffers, which differ from other arrays of bytes for `toEqual`. */
export const plain = (bytes: Uint8Array | null | undefined) => [...(bytes ?? [])];

/** Field 127 with the value 42, which no message of ours has. */
export const UNKNOWN_FIELD = Uint8Array.of(0xf8, 0x07, 0x2a);

/** A context, and what was counted in it. */
export function counting() {
  const counts: Partial<Record<Counter, number>> = {};
  const count = (counter: string, by = 1) => {
    counts[counter as Counter] = (counts[counter as Counter] ?? 0) + by;
  };
  return { counts, context: { count } };
}
