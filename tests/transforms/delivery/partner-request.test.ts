import { expect, test } from 'vitest';
import { routedOrderCodec, v1 } from '../../../proto/messages.js';
import { idempotencyKeyOf, toPartnerRequest } from '../../../transforms/delivery/partner-request.js';
import { aRoutedOrder, anOrder } from '../fixtures.js';

const order = anOrder();

test('tells the partner what to deliver, and not who ordered from where', () => {
  const { body } = toPartnerRequest(
    routedOrderCodec.decode(routedOrderCodec.encode(aRoutedOrder(order) as never)),
    order,
    v1.PaymentMethod.CARD,
  );
  expect(JSON.parse(body)).toEqual({
    orderId: 'o-1',
    messageId: 'm-1',
    partnerId: 'P1',
    orderType: 'STANDARD',
    createdAt: '2025-06-01T11:00:00.000Z',
    promisedBy: '2025-06-03T12:00:00.000Z',
    paymentMethod: 'CARD',
    currency: 'EUR',
    amount: 3_998,
    from: { id: 'L1', name: 'Warehouse Nord', region: 'EU-NORTH' },
    to: { id: 'L2', name: 'Shop Süd', region: 'EU-SOUTH' },
    lines: [
      { sku: 'sku-1', quantity: 2, unitPrice: 1_999 },
      { sku: 'sku-2', quantity: 1, unitPrice: 0 },
    ],
  });
  expect(body).not.toMatch(/192\.0\.2\.7|c-1/);
});

test('makes the same bytes each time', () => {
  const record = routedOrderCodec.encode(aRoutedOrder(order) as never);
  const makeBody = () => toPartnerRequest(routedOrderCodec.decode(record), order, order.paymentMethod).body;
  const body = makeBody();
  expect(makeBody()).toBe(body);
  expect(body.slice(0, 40)).toBe('{"orderId":"o-1","messageId":"m-1","part');
});

test('has one key per order, message and generation, fit for a header', () => {
  const keys = [
    idempotencyKeyOf(order),
    idempotencyKeyOf(order, 2),
    idempotencyKeyOf(anOrder({ messageId: 'm-2' })),
    idempotencyKeyOf(anOrder({ orderId: 'o-2' })),
    idempotencyKeyOf(anOrder({ orderId: 'Bestellung-ü' })),
  ];
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.filter((key) => !/^[0-9a-f]{64}$/.test(key))).toEqual([]);
  expect(idempotencyKeyOf(order, 1)).toBe(keys[0]);
});
