/** THE list of statuses. Which may follow which, stands in transitions.ts. */

/** Every status an order can have, with what it means. */
export const statuses = [
  'CREATED', // published by the generator (missing for foreign producers)
  'VALIDATED', // passed every rule
  'REJECTED', // broke at least one rule; final
  'ENRICHED', // names and regions are known
  'ROUTED', // internal or external is decided; final for internal orders
  'DELIVERED', // the partner accepted it; final
  'DELIVERY_PENDING', // parked while the partner cannot be reached; tried again
  'DELIVERY_FAILED', // the partner refused it for good; final until released
  'DEAD_LETTERED', // set aside with its original bytes; final until released
  'RELEASED', // its dead letter was sent back, and came to the stage that had set it aside
] as const;
export type Status = (typeof statuses)[number];
