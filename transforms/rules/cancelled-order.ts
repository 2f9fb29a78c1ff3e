import type { Rule } from './rule.js';

/** Rejects an order that was cancelled before it was checked. */
export const cancelledOrder: Rule = {
  reason: 'CANCELLED_ORDER',
  check: (_order, { isCancelled }) => (isCancelled ? 'the order was cancelled' : null),
};
