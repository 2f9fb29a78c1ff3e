import { expect, test } from 'vitest';
import { paymentDefaulter } from '../../../transforms/rules/payment-defaulter.js';
import { anOrder } from '../fixtures.js';
import { someFacts } from './facts.js';

test('lets the order of a customer pass who pays', () => {
  expect(paymentDefaulter.check(anOrder(), someFacts())).toBeNull();
});

test('rejects the order of a defaulter without naming the customer', () => {
  expect(paymentDefaulter.check(anOrder(), someFacts({ isDefaulter: true }))).toBe(
    'the customer is listed as a payment defaulter',
  );
});
