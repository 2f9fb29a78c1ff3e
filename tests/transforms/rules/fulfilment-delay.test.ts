import { expect, test } from 'vitest';
import { fromMillis } from '../../../proto/messages.js';
import { fulfilmentDelay } from '../../../transforms/rules/fulfilment-delay.js';
import { NOW, anOrder } from '../fixtures.js';
import { someFacts } from './facts.js';

const MINUTE = 60_000;
const order = anOrder({ createdAt: fromMillis(NOW), promisedBy: fromMillis(NOW + 90 * MINUTE) });

test('lets an order pass that arrives at the promised minute', () => {
  expect(fulfilmentDelay.check(order, someFacts({ leadTimeMinutes: 90 }))).toBeNull();
});

test('rejects an order that arrives after the promised time and says by how much', () => {
  expect(fulfilmentDelay.check(order, someFacts({ leadTimeMinutes: 91 }))).toBe(
    'arrives 1 min after the promised time (lead time 91 min)',
  );
});

test('rejects an order that was promised before it was created', () => {
  const impossible = anOrder({ createdAt: fromMillis(NOW), promisedBy: fromMillis(NOW - 1) });
  expect(fulfilmentDelay.check(impossible, someFacts({ leadTimeMinutes: 0 }))).toBe(
    'arrives 1 min after the promised time (lead time 0 min)',
  );
});

test('lets an order pass for which no lead time is known', () => {
  expect(fulfilmentDelay.check(order, someFacts({ leadTimeMinutes: null }))).toBeNull();
});
