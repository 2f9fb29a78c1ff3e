/** Different orders, whatever number of publications and records they have. Pure. */
import type { Outcome } from './outcome.js';
import { seenIn, type OrderEntry } from './publication.js';
import type { PartnerCounts } from './report.js';

/** Beside the bits of seenIn. */
export const ended: Partial<Readonly<Record<Outcome, number>>> = {
  delivered: 1 << 10,
  deliveryPending: 1 << 11,
  deliveryFailed: 1 << 12,
};
export const isDelivered = (bits: number) => (bits & ended.delivered!) !== 0;

const routed = seenIn.internal | seenIn.external;
const delivery = ended.delivered! | ended.deliveryPending! | ended.deliveryFailed!;

/** What is counted of orders: each has one of the bits, and none of the others. */
const counted = {
  valid: [seenIn.valid, 0],
  enriched: [seenIn.enriched, 0],
  internal: [seenIn.internal, 0],
  external: [seenIn.external, 0],
  delivered: [ended.delivered!, 0],
  deliveryPending: [ended.deliveryPending!, 0],
  deliveryFailed: [ended.deliveryFailed!, 0],
  // Set aside at a step, and not gone on from there.
  deadAtEnricher: [seenIn.deadAtEnricher, seenIn.enriched],
  deadAtRouter: [seenIn.deadAtRouter, routed],
  deadAtDelivery: [seenIn.deadAtDelivery, delivery | seenIn.internal],
  deadAtAggregator: [seenIn.deadAtAggregator, 0],
} as const;

export type OrderCounts = Readonly<Record<keyof typeof counted, number>>;

/** Counts orders by where they were seen, as bits of seenIn and `ended`, over all their publications. */
export function createOrderCounts() {
  const counts = Object.fromEntries(Object.keys(counted).map((name) => [name, 0])) as Record<
    keyof typeof counted,
    number
  >;
  const rows = Object.entries(counted) as [keyof typeof counted, readonly [number, number]][];
  let orders = 0;
  return {
    counts: counts as OrderCounts,
    orders: () => orders,
    add(bits: number): void {
      orders += 1;
      for (const [name, [some, none]] of rows) if ((bits & some) !== 0 && (bits & none) === 0) counts[name] += 1;
    },
  };
}

/** What the partner did with the orders; `taken` of them are delivered, by the metastore too. */
export function createPartnerCounts() {
  const counts = { orders: 0, effects: 0, repeats: 0, conflicts: 0, refusals: 0 };
  let taken = 0;
  return {
    counts: counts as PartnerCounts,
    taken: () => taken,
    add({ journal }: OrderEntry, bits: number): void {
      if (!journal) return;
      counts.orders += Number(journal.effects > 0);
      counts.effects += journal.effects;
      counts.repeats += journal.repeats;
      counts.conflicts += journal.conflicts;
      counts.refusals += journal.refusals;
      if (journal.effects > 0 && isDelivered(bits)) taken += 1;
    },
  };
}
