import { toMillis } from '../../proto/messages.js';
import type { Rule } from './rule.js';

const MINUTE = 60_000;

/**
 * Rejects an order that cannot reach its destination by the promised date: created_at and the lead time between the two
 * regions come after it; to the millisecond in time is in time. Where no lead time is known (a region without reference
 * data, or a location that does not exist) nobody can tell that the order is late, so the rule has no objection: gaps in
 * the reference data cost no sale, and an unknown location is set aside by the enricher, with its own reason.
 */
export const fulfilmentDelay: Rule = {
  reason: 'FULFILMENT_DELAY',
  check: (order, { leadTimeMinutes }) => {
    if (leadTimeMinutes === null) return null;
    const arrival = toMillis(order.createdAt) + leadTimeMinutes * MINUTE;
    const late = arrival - toMillis(order.promisedBy);
    if (late <= 0) return null;
    return `arrives ${Math.ceil(late / MINUTE)} min after the promised time (lead time ${leadTimeMinutes} min)`;
  },
};
