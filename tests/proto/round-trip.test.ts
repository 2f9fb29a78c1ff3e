import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aggregatedOrderCodec,
  deadLetterCodec,
  enrichedOrderCodec,
  fromMillis,
  orderCodec,
  rejectedOrderCodec,
  routedOrderCodec,
  toMillis,
  type Codec,
} from '../../proto/messages.js';

const text = fc.string({ unit: 'grapheme' });
const int64 = fc.maxSafeInteger();
const timestamp = fc.record({
  seconds: fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }),
  nanos: fc.integer({ min: 0, max: 999_999_999 }),
});
const bytes = fc.uint8Array().map((array) => Buffer.from(array));
const enumValue = fc.integer({ min: 0, max: 20 });

const order = fc.record({
  messageId: text,
  orderId: text,
  orderType: enumValue,
  customerId: text,
  ipAddress: text,
  fromLocationId: text,
  toLocationId: text,
  createdAt: timestamp,
  promisedBy: timestamp,
  currency: text,
  lines: fc.array(fc.record({ sku: text, quantity: fc.nat(4_294_967_295), unitPrice: int64 })),
  paymentMethod: enumValue,
  customerKeyId: text,
  sealedCustomerId: bytes,
  sealedIpAddress: bytes,
  sealedPaymentMethod: bytes,
});
const location = fc.record({ locationId: text, name: text, region: text });
const enrichedOrder = fc.record({ order, fromLocation: location, toLocation: location, ipRegion: text });

const messages: Readonly<Record<string, [codec: unknown, message: fc.Arbitrary<object>]>> = {
  Order: [orderCodec, order],
  RejectedOrder: [
    rejectedOrderCodec,
    fc.record({ order, rejections: fc.array(fc.record({ reason: enumValue, detail: text })) }),
  ],
  EnrichedOrder: [enrichedOrderCodec, enrichedOrder],
  RoutedOrder: [routedOrderCodec, fc.record({ enrichedOrder, route: enumValue, partnerId: text })],
  AggregatedOrder: [
    aggregatedOrderCodec,
    fc.record({
      toLocationId: text,
      windowStart: timestamp,
      windowEnd: timestamp,
      paneIndex: int64,
      orders: int64,
      items: int64,
      amounts: fc.array(fc.record({ currency: text, minorUnits: int64 })),
      revision: int64,
    }),
  ],
  DeadLetter: [
    deadLetterCodec,
    fc.record({
      key: bytes,
      value: bytes,
      topic: text,
      partition: fc.integer(),
      offset: int64,
      recordTime: timestamp,
      step: text,
      reason: enumValue,
      error: text,
      orderId: text,
      messageId: text,
      release: text,
    }),
  ],
};

describe.each(Object.entries(messages))('%s', (_type, [anyCodec, message]) => {
  const codec = anyCodec as Codec<object>;

  it('comes out of its bytes as it went in', () => {
    fc.assert(
      fc.property(message, (sent) => {
        expect(withDefaults(codec.decode(codec.encode(sent)))).toEqual(sent);
      }),
    );
  });

  it('has the same bytes after it was decoded', () => {
    fc.assert(
      fc.property(message, (sent) => {
        const encoded = Buffer.from(codec.encode(sent));
        expect(Buffer.from(codec.encode(codec.decode(encoded))).equals(encoded)).toBe(true);
      }),
    );
  });
});

/** A decoded message with the fields that hold their default, which protobuf leaves out and the prototype answers. */
function withDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withDefaults);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const names: string[] = [];
  for (const name in value) if (typeof value[name as never] !== 'function') names.push(name);
  return Object.fromEntries(names.map((name) => [name, withDefaults(value[name as never])]));
}

describe('times', () => {
  it('are the same after a way through Timestamp, before 1970 too', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (millis) => {
        const { seconds, nanos } = fromMillis(millis);
        expect(toMillis({ seconds, nanos })).toBe(millis);
        expect(nanos >= 0 && nanos < 1e9 && Number.isInteger(seconds)).toBe(true);
      }),
    );
  });

  it('lose what is finer than a millisecond downwards', () => {
    expect(toMillis({ seconds: -1, nanos: 999_999_999 })).toBe(-1);
    expect(toMillis({ seconds: 0, nanos: 999_999 })).toBe(0);
    expect(toMillis({})).toBe(0);
  });
});
