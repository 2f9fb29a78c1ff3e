import type { Rule } from './rule.js';

/** Rejects an order id that another message id holds already. */
export const duplicateOrder: Rule = {
  reason: 'DUPLICATE_ORDER',
  check: (_order, { claim }) => (claim === 'DUPLICATE' ? 'another message with this order id came first' : null),
};
