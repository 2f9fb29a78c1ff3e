import fc from 'fast-check';
import { expect, it } from 'vitest';
import { enrichedOrderCodec, orderCodec, rejectedOrderCodec, routedOrderCodec, v1 } from '../../proto/messages.js';

// A newer version of the messages: the same fields, and more. Encoded by hand, because our own proto file lacks them.
const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
const field = (number: number, wireType: number) => varint((number << 3) | wireType);
const bytesField = (number: number, bytes: ArrayLike<number>) => [
  ...field(number, 2),
  ...varint(bytes.length),
  ...Array.from(bytes),
];
const textField = (number: number, text: string) => bytesField(number, Buffer.from(text));

/** One unknown field of any wire type, under a number that no message uses. */
const unknownField = fc.integer({ min: 100, max: 5_000 }).chain((number) =>
  fc.oneof(
    fc.nat().map((value) => [...field(number, 0), ...varint(value)]),
    fc.uint8Array({ minLength: 8, maxLength: 8 }).map((value) => [...field(number, 1), ...value]),
    fc.uint8Array({ maxLength: 20 }).map((value) => bytesField(number, value)),
    fc.uint8Array({ minLength: 4, maxLength: 4 }).map((value) => [...field(number, 5), ...value]),
  ),
);
const unknownFields = fc.array(unknownField, { minLength: 1, maxLength: 3 }).map((fields) => fields.flat());

/** The bytes of an order of a newer version, with unknown fields in the order, a line and a time. */
const newerOrder = fc
  .record({ id: fc.string({ minLength: 1 }), inOrder: unknownFields, inLine: unknownFields, inTime: unknownFields })
  .map(({ id, inOrder, inLine, inTime }) => [
    ...textField(2, id),
    ...bytesField(8, [...field(1, 0), ...varint(1_700_000_000), ...inTime]),
    ...bytesField(11, [...textField(1, 'SKU-1'), ...field(2, 0), ...varint(2), ...inLine]),
    ...inOrder,
  ]);

it('keeps fields that it does not know from raw_order to external_order, at every level', () => {
  fc.assert(
    fc.property(newerOrder, unknownFields, unknownFields, (raw, inEnriched, inLocation) => {
      // validator: raw_order -> valid_order
      const valid = orderCodec.encode(orderCodec.decode(Uint8Array.from(raw)));
      expect([...valid]).toEqual(raw);
      // enricher: valid_order -> enriched_order; then a newer enricher, which adds fields of its own
      const order = orderCodec.decode(valid);
      const enriched = enrichedOrderCodec.encode(v1.EnrichedOrder.create({ order, ipRegion: 'UK' }));
      const newer = [...enriched, ...bytesField(2, [...textField(1, 'LOC-1'), ...inLocation]), ...inEnriched];
      // router: enriched_order -> external_order
      const enrichedOrder = enrichedOrderCodec.decode(Uint8Array.from(newer));
      const routed = routedOrderCodec.encode(v1.RoutedOrder.create({ enrichedOrder, route: v1.Route.EXTERNAL }));
      const atPartner = routedOrderCodec.decode(routedOrderCodec.encode(routedOrderCodec.decode(routed)));
      const arrived = atPartner.enrichedOrder!;
      expect([...v1.Order.encode(arrived.order!).finish()]).toEqual(raw);
      expect([...v1.Location.encode(arrived.fromLocation!).finish()].slice(-inLocation.length)).toEqual(inLocation);
      expect([...v1.EnrichedOrder.encode(arrived).finish()].slice(-inEnriched.length)).toEqual(inEnriched);
    }),
  );
});

it('keeps them in a rejected order', () => {
  fc.assert(
    fc.property(newerOrder, (raw) => {
      const order = orderCodec.decode(Uint8Array.from(raw));
      const rejections = [{ reason: v1.RejectReason.FRAUD_IP, detail: '' }];
      const rejected = rejectedOrderCodec.decode(
        rejectedOrderCodec.encode(v1.RejectedOrder.create({ order, rejections })),
      );
      expect([...v1.Order.encode(rejected.order!).finish()]).toEqual(raw);
    }),
  );
});
