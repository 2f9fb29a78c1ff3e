/** What is known of one order, and of each of its publications. */
import { v1, type RejectReason } from '../proto/messages.js';

/** Where a publication was seen, as bits of `seen`. */
export const seenIn = {
  valid: 1,
  rejected: 2,
  enriched: 4,
  internal: 8,
  external: 16,
  deadAtEnricher: 32,
  deadAtRouter: 64,
  /** Set aside by the external-processor, except for what the partner refused: that is DELIVERY_FAILED. */
  deadAtDelivery: 128,
  refused: 256,
  deadAtAggregator: 512,
} as const;

/** The topics that hold a publication at most once, or again with the same bytes. In the order of `Publication.digests`. */
export const onceIn = ['valid_order', 'rejected_order', 'enriched_order', 'internal_order', 'external_order'] as const;

/** One order under one message id. Times in ms, 0 where there is none. See docs/glossary.md. */
export interface Publication {
  readonly order: OrderEntry;
  /** The hash of its message id. */
  readonly low: number;
  readonly high: number;
  /** Where its ids are kept: see names.ts. */
  name: number;
  /** Of its first record on raw_order. */
  partition: number;
  offset: number;
  publishedAt: number;
  /** Of its records on raw_order, those of a release that another one is of, too: it was sent again. */
  resent: number;
  /** Its records on raw_order, and those of them that the validator set aside. `records` is 0 while only later topics have shown it, and for ever when it is of another run. */
  records: number;
  setAside: number;
  /** Bits of `seenIn`. Of its dead letters only those count that were not released since, or came back. */
  seen: number;
  /** Of the topics of `onceIn`: what its first record there came to, and as bits those where another one differs from it. */
  readonly digests: number[];
  differs: number;
  /** Bits of its reject reasons: 1 << number of the enum. */
  reasons: number;
  validatedAt: number;
  enrichedAt: number;
  routedAt: number;
  /** Bits of its statuses in the metastore, see bitsOf; of deliveries those of the newest attempt, which also stand apart. */
  held: number;
  heldOfDelivery: number;
  routedStatusAt: number;
  /** The newest attempt to deliver it by the metastore, by external_order, and by its dead letters there; 0 where there is none. */
  attempt: number;
  wantedAttempt: number;
  deadAttempt: number;
  /** When its last status was recorded, if that ends the order. */
  endedAt: number;
  /** The number of its window in the aggregates, -1 until it is enriched; and what it adds to it. */
  window: number;
  items: number;
  amount: number;
  /** A number that stands for it: see currency.ts. */
  currency: number;
  /** Another publication of the order. */
  next: Publication | undefined;
  /** Another publication whose hashes lie at the same place. */
  beside: Publication | undefined;
}

export interface OrderEntry {
  /** The hash of its id. */
  readonly low: number;
  readonly high: number;
  /** In the order in which they were seen first. */
  first: Publication | undefined;
  last: Publication | undefined;
  /** The hash of the message id that holds the order's claim. */
  claim: { readonly low: number; readonly high: number } | undefined;
  /** Parked deliveries by attempt; true for one that nobody has leased. */
  parked: Map<number, boolean> | undefined;
  /** What the partner's journal says of it. */
  journal: { effects: number; repeats: number; conflicts: number; refusals: number } | undefined;
  beside: OrderEntry | undefined;
}

const reasonNumbers = Object.entries(v1.RejectReason).filter(
  (entry): entry is [RejectReason, number] => typeof entry[1] === 'number' && entry[1] > 0,
);

/** The reject reasons of a publication. */
export function reasonsOf({ reasons }: Pick<Publication, 'reasons'>): RejectReason[] {
  return reasonNumbers.filter(([, number]) => (reasons & (1 << number)) !== 0).map(([name]) => name);
}

export function newPublication(order: OrderEntry, low: number, high: number): Publication {
  return {
    order,
    low,
    high,
    name: 0,
    partition: 0,
    offset: 0,
    publishedAt: 0,
    resent: 0,
    records: 0,
    setAside: 0,
    seen: 0,
    digests: [0, 0, 0, 0, 0],
    differs: 0,
    reasons: 0,
    validatedAt: 0,
    enrichedAt: 0,
    routedAt: 0,
    held: 0,
    heldOfDelivery: 0,
    routedStatusAt: 0,
    attempt: 0,
    wantedAttempt: 0,
    deadAttempt: 0,
    endedAt: 0,
    window: -1,
    items: 0,
    amount: 0,
    currency: 0,
    next: undefined,
    beside: undefined,
  };
}
