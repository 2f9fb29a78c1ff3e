/** One message of every type with every field set, and the bytes that it has: proto/orders.proto must not change them. */
import {
  aggregatedOrderCodec,
  deadLetterCodec,
  enrichedOrderCodec,
  orderCodec,
  rejectedOrderCodec,
  routedOrderCodec,
  v1,
  type Codec,
} from '../../proto/messages.js';

const time = (seconds: number, nanos: number) => ({ seconds, nanos });

const order = {
  messageId: '5f0c2a4e-9a51-4a0e-8c1d-0a4e6d3b7f21',
  orderId: 'ORD-golden-1',
  orderType: v1.OrderType.CLICK_AND_COLLECT,
  customerId: 'C-000042',
  ipAddress: '2001:db8::1',
  fromLocationId: 'LOC-AMS-01',
  toLocationId: 'LOC-CPH-01',
  createdAt: time(1_767_225_600, 123_000_000),
  promisedBy: time(1_767_398_400, 7),
  currency: 'EUR',
  lines: [
    { sku: 'SKU-00001', quantity: 2, unitPrice: 1_999 },
    { sku: 'SKU-Größe-Ü', quantity: 4_294_967_295, unitPrice: 9_007_199_254_740_991 },
  ],
  paymentMethod: v1.PaymentMethod.CASH_ON_DELIVERY,
};
const enriched = {
  order,
  fromLocation: { locationId: 'LOC-AMS-01', name: 'Amsterdam', region: 'EU-WEST' },
  toLocation: { locationId: 'LOC-CPH-01', name: 'Copenhagen Strøget', region: 'EU-NORTH' },
  ipRegion: 'EU-WEST',
};

/** By message type: the codec and the message. The bytes are in fixtures/<type>.hex. */
export const examples: Readonly<Record<string, { codec: Codec<never>; message: object }>> = {
  Order: { codec: orderCodec as Codec<never>, message: order },
  RejectedOrder: {
    codec: rejectedOrderCodec as Codec<never>,
    message: {
      order,
      rejections: [
        { reason: v1.RejectReason.FRAUD_IP, detail: 'in 203.0.113.0/24' },
        { reason: v1.RejectReason.FULFILMENT_DELAY, detail: 'arrives 5 min late' },
      ],
    },
  },
  EnrichedOrder: { codec: enrichedOrderCodec as Codec<never>, message: enriched },
  RoutedOrder: {
    codec: routedOrderCodec as Codec<never>,
    message: { enrichedOrder: enriched, route: v1.Route.EXTERNAL, partnerId: 'PARTNER-NORDVIK' },
  },
  AggregatedOrder: {
    codec: aggregatedOrderCodec as Codec<never>,
    message: {
      toLocationId: 'LOC-CPH-01',
      windowStart: time(1_767_225_600, 1),
      windowEnd: time(1_767_225_660, 1),
      paneIndex: 3,
      orders: 12,
      items: 40,
      amounts: [
        { currency: 'EUR', minorUnits: 123_456 },
        { currency: 'SEK', minorUnits: -5 },
      ],
    },
  },
  DeadLetter: {
    codec: deadLetterCodec as Codec<never>,
    message: {
      key: Buffer.from('key'),
      value: Buffer.from([0, 255, 15]),
      topic: 'raw_order',
      partition: 3,
      offset: 5_000_000_000,
      // Before 1970: the seconds are negative, the nanoseconds are not.
      recordTime: time(-2, 500_000_000),
      step: 'validator',
      reason: v1.DeadLetterReason.UNDECODABLE,
      error: 'index out of range',
      orderId: 'ORD-golden-1',
      messageId: '5f0c2a4e-9a51-4a0e-8c1d-0a4e6d3b7f21',
    },
  },
};
