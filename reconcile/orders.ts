/** Different orders, whatever number of publications and records they have. Pure. */
import type { OrderInJournal } from '../partner/journal.js';
import { endOf } from './outcome.js';
import { seenIn, type Publication } from './publication.js';
import type { PartnerCounts, Problem } from './report.js';

/** Beside the bits of seenIn. */
const ended = { delivered: 1 << 10, deliveryPending: 1 << 11, deliveryFailed: 1 << 12 } as const;
const isEnded = (outcome: string | undefined): outcome is keyof typeof ended =>
  outcome !== undefined && outcome in ended;

/** Order id → bits of seenIn and `ended`. */
export type Orders = ReadonlyMap<string, number>;

/** Collects orders from their publications. */
export function createOrderIndex() {
  const orders = new Map<string, number>();
  return {
    orders: orders as Orders,
    /** Answers where other publications of the order were seen. */
    add(publication: Publication): number {
      const { orderId, seen } = publication;
      const before = orders.get(orderId) ?? 0;
      const { outcome } = endOf(publication);
      orders.set(orderId, before | seen | (isEnded(outcome) ? ended[outcome] : 0));
      return before;
    },
  };
}

export type OrderCounts = ReturnType<typeof countOrders>;

/** How many orders each topic shows, and how many were set aside at a step and did not go on from there. */
export function countOrders(orders: Orders) {
  const count = (bits: number, without = 0) => {
    let sum = 0;
    for (const seen of orders.values()) if ((seen & bits) !== 0 && (seen & without) === 0) sum += 1;
    return sum;
  };
  const routed = seenIn.internal | seenIn.external;
  return {
    valid: count(seenIn.valid),
    enriched: count(seenIn.enriched),
    internal: count(seenIn.internal),
    external: count(seenIn.external),
    delivered: count(ended.delivered),
    deliveryPending: count(ended.deliveryPending),
    deliveryFailed: count(ended.deliveryFailed),
    deadAtEnricher: count(seenIn.deadAtEnricher, seenIn.enriched),
    deadAtRouter: count(seenIn.deadAtRouter, routed),
    deadAtDelivery: count(
      seenIn.deadAtDelivery,
      ended.delivered | ended.deliveryPending | ended.deliveryFailed | seenIn.internal,
    ),
    deadAtAggregator: count(seenIn.deadAtAggregator),
  };
}

type Journal = ReadonlyMap<string, OrderInJournal>;

/** Delivered orders that the partner does not have, and orders that it took more than once. */
export function partnerProblems(orders: Orders, journal: Journal): Problem[] {
  const problems: Problem[] = [];
  for (const [orderId, seen] of orders) {
    const effects = journal.get(orderId)?.effects ?? 0;
    if (effects > 1)
      problems.push({ kind: 'doubled', count: 1, orderId, what: `was taken ${effects} times by the partner` });
    if (effects === 0 && (seen & ended.delivered) !== 0)
      problems.push({ kind: 'lost', count: 1, orderId, what: "is DELIVERED, and not in the partner's journal" });
  }
  return problems;
}

/** What the partner did with the orders; `taken` of them are delivered, by the metastore too. */
export function partnerCounts(orders: Orders, journal: Journal): { counts: PartnerCounts; taken: number } {
  const counts = { orders: 0, effects: 0, repeats: 0, conflicts: 0, refusals: 0 };
  let taken = 0;
  for (const [orderId, seen] of orders) {
    const entry = journal.get(orderId);
    if (!entry) continue;
    counts.orders += Number(entry.effects > 0);
    counts.effects += entry.effects;
    counts.repeats += entry.repeats;
    counts.conflicts += entry.conflicts;
    counts.refusals += entry.refusals;
    if (entry.effects > 0 && (seen & ended.delivered) !== 0) taken += 1;
  }
  return { counts, taken };
}
