import type { Rule } from './rule.js';

/** Rejects an order that was accepted under another message id. */
export const duplicateOrder: Rule = {
  reason: 'DUPLICATE_ORDER',
  check: (_order, { claim }) => (claim === 'DUPLICATE' ? 'another message with this order id was accepted' : null),
};
