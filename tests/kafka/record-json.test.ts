import { describe, expect, it } from 'vitest';
import { isAboutOrder, recordToJson } from '../../kafka/record-json.js';
import type { TopicName } from '../../model/topics.js';
import { deadLetterCodec, enrichedOrderCodec, fromMillis, orderCodec, v1 } from '../../proto/messages.js';

const time = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const record = (topic: TopicName, value: Uint8Array | null) => ({
  topic,
  partition: 2,
  offset: 9,
  timestamp: time,
  key: Buffer.from('O-1'),
  value,
});
const head = (topic: TopicName) => ({
  topic,
  partition: 2,
  offset: 9,
  time: '2026-01-02T03:04:05.678Z',
  key: 'O-1',
});
const order = v1.Order.create({
  messageId: 'm-1',
  orderId: 'O-1',
  orderType: v1.OrderType.EXPRESS,
  customerId: 'C-000042',
  ipAddress: '10.0.0.1',
  createdAt: fromMillis(time),
  lines: [{ sku: 'S', quantity: 1, unitPrice: 5 }],
});
const orderJson = {
  messageId: 'm-1',
  orderId: 'O-1',
  orderType: 'EXPRESS',
  customerId: '***',
  ipAddress: '***',
  fromLocationId: '',
  toLocationId: '',
  createdAt: '2026-01-02T03:04:05.678Z',
  promisedBy: null,
  currency: '',
  lines: [{ sku: 'S', quantity: 1, unitPrice: 5 }],
  paymentMethod: 'PAYMENT_METHOD_UNSPECIFIED',
};

describe('recordToJson', () => {
  it.each([2 ** 63, -(2 ** 62), 8.64e15 + 1, NaN])(
    "shows no time for a record's time of %d, which is none",
    (timestamp) => {
      expect(recordToJson({ ...record('raw_order', null), timestamp }, false)).toEqual({
        ...head('raw_order'),
        time: '',
        value: null,
      });
    },
  );

  it('decodes an order, with names of enums and readable times, and masks personal data', () => {
    expect(recordToJson(record('raw_order', orderCodec.encode(order)), false)).toEqual({
      ...head('raw_order'),
      value: orderJson,
    });
  });

  it('shows personal data when asked', () => {
    const { value } = recordToJson(record('raw_order', orderCodec.encode(order)), true);
    expect(value).toEqual({ ...orderJson, customerId: 'C-000042', ipAddress: '10.0.0.1' });
  });

  it('masks personal data within other messages', () => {
    const enriched = enrichedOrderCodec.encode(v1.EnrichedOrder.create({ order, ipRegion: 'UK' }));
    expect(recordToJson(record('enriched_order', enriched), false)).toEqual({
      ...head('enriched_order'),
      value: { order: orderJson, fromLocation: null, toLocation: null, ipRegion: 'UK' },
    });
  });

  it("masks a dead letter's original bytes, which may hold an order", () => {
    const letter = v1.DeadLetter.create({
      key: Buffer.from('O-1'),
      value: Buffer.from('bytes'),
      topic: 'raw_order',
      recordTime: fromMillis(time),
      reason: v1.DeadLetterReason.UNDECODABLE,
    });
    const shown = (personal: boolean) =>
      recordToJson(record('dead_letter', deadLetterCodec.encode(letter)), personal).value;
    expect(shown(false)).toEqual({
      key: Buffer.from('O-1').toString('base64'),
      value: '***',
      topic: 'raw_order',
      partition: 0,
      offset: 0,
      recordTime: '2026-01-02T03:04:05.678Z',
      step: '',
      reason: 'UNDECODABLE',
      error: '',
      orderId: '',
      messageId: '',
      release: '',
    });
    expect(shown(true)).toEqual({ ...shown(false), value: Buffer.from('bytes').toString('base64') });
  });

  it('shows what it cannot decode as base64', () => {
    expect(recordToJson(record('raw_order', Buffer.from([15, 1, 2])), false)).toEqual({
      ...head('raw_order'),
      value: null,
      valueBase64: 'DwEC',
    });
  });

  it('shows records without key and value', () => {
    expect(recordToJson({ ...record('raw_order', null), key: null }, false)).toEqual({
      ...head('raw_order'),
      key: null,
      value: null,
    });
  });

  it('shows times that no date can hold as they stand', () => {
    const createdAt = { seconds: 1e15, nanos: 1 };
    const { value } = recordToJson(record('raw_order', orderCodec.encode(v1.Order.create({ createdAt }))), false);
    expect(value!.createdAt).toEqual(createdAt);
  });
});

describe('isAboutOrder', () => {
  it('goes by the key, and by what a dead letter says', () => {
    const json = { ...head('dead_letter'), key: 'foreign', value: { orderId: 'O-7' } };
    expect(['foreign', 'O-7', 'O-1'].map((id) => isAboutOrder(json, id))).toEqual([true, true, false]);
    // A record whose id is not in normal form is found by that.
    expect(isAboutOrder({ ...json, key: 'Zu\u0308rich ' }, 'Z\u00fcrich')).toBe(true);
  });
});
