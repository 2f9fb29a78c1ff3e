import { expect, test } from 'vitest';
import { limits } from '../../../model/limits.js';
import { fromMillis, v1 } from '../../../proto/messages.js';
import { amountOf, itemsOf, problemsOf } from '../../../transforms/decoding/order-problems.js';
import { NOW, anOrder } from '../fixtures.js';

const line = (changes: v1.OrderLine.$Properties) => ({
  lines: [v1.OrderLine.create({ sku: 's', quantity: 1, unitPrice: 1, ...changes })],
});

test('finds nothing wrong with a complete order', () => {
  expect(problemsOf(anOrder(), NOW)).toEqual([]);
});

test('names every missing field of an empty message', () => {
  expect(problemsOf(v1.Order.create({}), NOW)).toEqual([
    'message_id is missing',
    'order_id is missing',
    'order_type is missing',
    'customer_id is missing',
    'ip_address is missing',
    'from_location_id is missing',
    'to_location_id is missing',
    'created_at is missing',
    'promised_by is missing',
    'currency is missing',
    'lines is empty',
    'payment_method is missing',
  ]);
});

test.each<[string, v1.Order.$Properties, string]>([
  ['an id of 201 characters', { orderId: 'x'.repeat(201) }, 'order_id is longer than 200 characters'],
  ['an id that PostgreSQL cannot hold', { customerId: 'a\0b' }, 'customer_id has control characters'],
  ['an order type of the future', { orderType: 99 as v1.OrderType }, 'order_type 99 is unknown'],
  ['a payment method of the future', { paymentMethod: 99 as v1.PaymentMethod }, 'payment_method 99 is unknown'],
  ['an address that is none', { ipAddress: '300.1.2.3' }, 'ip_address is no IP address'],
  ['a network as the address', { ipAddress: '192.0.2.0/24' }, 'ip_address is no IP address'],
  ['an address with a zone', { ipAddress: 'fe80::1%eth0' }, 'ip_address is no IP address'],
  ['a lower-case currency', { currency: 'eur' }, 'currency is not three upper-case letters'],
  ['a line without a sku', line({ sku: '' }), 'lines[0].sku is missing'],
  ['a quantity of 0', line({ quantity: 0 }), 'lines[0].quantity is 0'],
  ['a negative price', line({ unitPrice: -1 }), 'lines[0].unit_price is negative'],
  ['a price beyond 2^53', line({ unitPrice: 2 ** 53 }), 'lines[0].unit_price is too large'],
  ['too much money', line({ unitPrice: limits.amount, quantity: 2 }), 'the amounts add up to too much'],
  ['too many items', line({ quantity: limits.items + 1 }), 'the quantities add up to too much'],
  ['1,001 lines', { lines: Array(1_001).fill(line({}).lines[0]) }, 'lines has more than 1000 entries'],
  ['a creation in 1999', { createdAt: fromMillis(limits.earliest - 1) }, 'created_at is before the year 2000'],
  [
    'a creation in two days',
    { createdAt: fromMillis(NOW + limits.ahead + 1) },
    'created_at is more than a day in the future',
  ],
  ['a time beyond the year 9999', { promisedBy: { seconds: 1e15 } }, 'promised_by is no valid time'],
  ['a time with too many nanoseconds', { createdAt: { seconds: 1e9, nanos: 1e9 } }, 'created_at is no valid time'],
])('finds %s', (_what, changes, problem) => {
  expect(problemsOf(anOrder(changes), NOW)).toEqual([problem]);
});

test.each<[string, v1.Order.$Properties]>([
  ['an IPv6 address', { ipAddress: '2001:db8::1' }],
  ['an IPv4 address in IPv6 form', { ipAddress: '::ffff:192.0.2.1' }],
  ['an id of 200 characters', { orderId: 'x'.repeat(200) }],
  ['a free line', line({ unitPrice: 0 })],
  ['a creation a day ahead of its record', { createdAt: fromMillis(NOW + limits.ahead) }],
])('accepts %s', (_what, changes) => {
  expect(problemsOf(anOrder(changes), NOW)).toEqual([]);
});

test('adds up items and amounts over the lines', () => {
  expect([itemsOf(anOrder()), amountOf(anOrder())]).toEqual([3, 3_998]);
});
