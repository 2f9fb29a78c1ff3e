/** The stand-in partner's memory: which keys it took, with which bytes, and what came of it. */
import { createHash } from 'node:crypto';
import { readEntries, type JournalEntry, type JournalOutcome } from './journal.js';

export interface Summary {
  readonly requests: number;
  readonly effects: number;
  readonly distinctOrders: number;
  readonly repeats: number;
  readonly conflicts: number;
}

export interface PartnerOrders {
  /** Takes an order, once per key: an order under another key is another effect, which the journal shows as a double. */
  take(idempotencyKey: string, body: Buffer): 'effect' | 'repeat' | 'conflict';
  /** Counts a request that is in the journal. Its sequence number. */
  count(orderId: string, outcome: JournalOutcome): number;
  summary(): Summary;
}

const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('base64');

/** Rebuilds the memory from a journal, so that a restart forgets no key. */
export async function loadOrders(journalPath: string): Promise<PartnerOrders> {
  const bodyHashByKey = new Map<string, string>();
  const ordersTaken = new Set<string>();
  const counts: Partial<Record<JournalOutcome, number>> = {};
  let requests = 0;

  const orders: PartnerOrders = {
    take(idempotencyKey, body) {
      const bodyHash = hash(body);
      const known = bodyHashByKey.get(idempotencyKey);
      if (known !== undefined) return known === bodyHash ? 'repeat' : 'conflict';
      bodyHashByKey.set(idempotencyKey, bodyHash);
      return 'effect';
    },
    count(orderId, outcome) {
      if (outcome === 'effect') ordersTaken.add(orderId);
      counts[outcome] = (counts[outcome] ?? 0) + 1;
      return ++requests;
    },
    summary: () => ({
      requests,
      effects: counts.effect ?? 0,
      distinctOrders: ordersTaken.size,
      repeats: counts.repeat ?? 0,
      conflicts: counts.conflict ?? 0,
    }),
  };
  const remember = ({ outcome, idempotencyKey, body, orderId }: JournalEntry) => {
    if (outcome === 'effect') orders.take(idempotencyKey, Buffer.from(body, 'base64'));
    orders.count(orderId, outcome);
  };
  for await (const entry of readEntries(journalPath)) remember(entry);
  return orders;
}
