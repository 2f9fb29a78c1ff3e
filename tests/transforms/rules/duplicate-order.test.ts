import { expect, test } from 'vitest';
import { duplicateOrder } from '../../../transforms/rules/duplicate-order.js';
import { anOrder } from '../fixtures.js';
import { someFacts } from './facts.js';

test('lets the first message of an order pass', () => {
  expect(duplicateOrder.check(anOrder(), someFacts({ claim: 'FIRST' }))).toBeNull();
});

test('rejects an order that was accepted under another message id', () => {
  expect(duplicateOrder.check(anOrder(), someFacts({ claim: 'DUPLICATE' }))).toBe(
    'another message with this order id was accepted',
  );
});
