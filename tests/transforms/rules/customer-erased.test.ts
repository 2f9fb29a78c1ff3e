import { expect, test } from 'vitest';
import { customerErased } from '../../../transforms/rules/customer-erased.js';
import { anOrder } from '../fixtures.js';
import { someFacts } from './facts.js';

test('lets an order pass whose customer can be read', () => {
  expect(customerErased.check(anOrder(), someFacts())).toBeNull();
});

test('rejects an order whose customer was erased', () => {
  expect(customerErased.check(anOrder(), someFacts({ isErased: true }))).toBe('the customer was erased');
});
