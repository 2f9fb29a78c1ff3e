/** What is known of one order under one message id. */
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

/**
 * One order under one message id. Numbers only, beside the ids: there may be millions. Times in ms, 0 where there is none.
 * See docs/glossary.md.
 */
export interface Publication {
  readonly orderId: string;
  readonly messageId: string;
  /** Of its first record on raw_order. */
  partition: number;
  offset: number;
  publishedAt: number;
  /** Of its records on raw_order, those of a release that another one is of, too: it was sent again. */
  resent: number;
  /** Its records on raw_order; 0 while only later topics have shown it, and for ever when it is of another run. */
  records: number;
  /** Bits of `seenIn`. Of its dead letters only those count that were not released since, or came back. */
  seen: number;
  /** Bits of its reject reasons: 1 << number of the enum. */
  reasons: number;
  validatedAt: number;
  enrichedAt: number;
  routedAt: number;
  /** Bits of its statuses in the metastore, see bitsOf; of deliveries those of the newest attempt. */
  held: number;
  /** The newest attempt to deliver it by the metastore, and by external_order; 0 where there is none. */
  attempt: number;
  wantedAttempt: number;
  /** When its last status was recorded, if that ends the order. */
  endedAt: number;
  /** Where it belongs in the aggregates: see `windowOf`. Empty until it is enriched. */
  window: string;
  /** Another order under the same message id, from a producer that does not keep to the rules. */
  next: Publication | undefined;
}

/** The reject reasons of a publication. */
export function reasonsOf({ reasons }: Publication): RejectReason[] {
  const names = Object.keys(v1.RejectReason) as (RejectReason | 'REJECT_REASON_UNSPECIFIED')[];
  return names.filter((name): name is RejectReason => (reasons & (1 << v1.RejectReason[name])) !== 0);
}

export function newPublication(orderId: string, messageId: string): Publication {
  return {
    orderId,
    messageId,
    partition: 0,
    offset: 0,
    publishedAt: 0,
    resent: 0,
    records: 0,
    seen: 0,
    reasons: 0,
    validatedAt: 0,
    enrichedAt: 0,
    routedAt: 0,
    held: 0,
    attempt: 0,
    wantedAttempt: 0,
    endedAt: 0,
    window: '',
    next: undefined,
  };
}
