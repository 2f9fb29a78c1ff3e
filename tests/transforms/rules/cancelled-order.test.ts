import { expect, test } from 'vitest';
import { cancelledOrder } from '../../../transforms/rules/cancelled-order.js';
import { anOrder } from '../fixtures.js';
import { someFacts } from './facts.js';

test('lets an order pass that is not cancelled', () => {
  expect(cancelledOrder.check(anOrder(), someFacts())).toBeNull();
});

test('rejects an order that was cancelled', () => {
  expect(cancelledOrder.check(anOrder(), someFacts({ isCancelled: true }))).toBe('the order was cancelled');
});
