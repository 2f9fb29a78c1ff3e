import type { Rule } from './rule.js';

/** Rejects an order of a customer who is listed as a payment defaulter, whatever the payment method. */
export const paymentDefaulter: Rule = {
  reason: 'PAYMENT_DEFAULTER',
  check: (_order, { isDefaulter }) => (isDefaulter ? 'the customer is listed as a payment defaulter' : null),
};
