import type { Rule } from './rule.js';

/** Rejects an order whose customer was erased before it was decided: who ordered cannot be read any more. */
export const customerErased: Rule = {
  reason: 'CUSTOMER_ERASED',
  check: (_order, { isErased }) => (isErased ? 'the customer was erased' : null),
};
