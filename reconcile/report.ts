/** What a reconciliation comes to. */
import type { StageName } from '../model/stages.js';
import type { DeadLetterReason, RejectReason } from '../proto/messages.js';
import type { Outcome } from './outcome.js';
import type { Percentiles } from './timing.js';

/** An order, a record or a window that is missing or doubled. */
export interface Problem {
  /** `unrecorded`: it ended well, and its history in the metastore is not complete. */
  readonly kind: 'lost' | 'doubled' | 'unrecorded';
  /** How many orders or records; more than 1 only for a window of the aggregates. */
  readonly count: number;
  /** For a person, a phrase that goes on from the name of the order, record or window. */
  readonly what: string;
  readonly orderId?: string;
  readonly messageId?: string;
  /** The topic of the position; raw_order where it is not said. */
  readonly topic?: string;
  /** partition@offset of its first record on raw_order, or of the first record that is missing. */
  readonly position?: string;
  /** To-location and start of the window. */
  readonly window?: string;
}

/** Two numbers that have to be equal. */
export interface Check {
  readonly name: string;
  readonly left: number;
  readonly right: number;
}

export interface StageRow {
  readonly stage: StageName;
  /** Different orders (raw records, for the validator) that came in. */
  readonly in: number;
  /** Different orders that went out: to the partner, or into newest panes, for the last two. */
  readonly out: number;
  readonly rejected: number;
  readonly deadLetters: number;
  /** Of those that went out, between the first and the last. */
  readonly ordersPerSecond: number | null;
  /** From the time of the record on raw_order to the time of the stage's own record, or of the delivery. */
  readonly latencyMs: Percentiles;
}

/** All orders are counted once, however often their records were written. */
export interface Report {
  /** Different orders that were published. */
  readonly orders: number;
  /** Records on raw_order. */
  readonly raw: number;
  readonly valid: number;
  /** Publications on rejected_order, cancelled ones included; one may have several reasons. */
  readonly rejected: { readonly total: number; readonly byReason: Readonly<Partial<Record<RejectReason, number>>> };
  readonly enriched: number;
  readonly internal: number;
  readonly external: number;
  readonly delivered: number;
  readonly deliveryPending: number;
  readonly deliveryFailed: number;
  readonly cancelled: number;
  /** Raw records that ended in dead_letter. */
  readonly deadLettered: number;
  /** Raw records of a message id that another record counts for. */
  readonly redelivered: number;
  /** The raw records by how they ended: with those under way or lost, they add up to `raw`. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Raw records without an outcome: lost, unless they are still under way. */
  readonly unaccounted: number;
  /** Different dead letters of every step; one that came back from a release counts again. */
  readonly deadLetters: {
    readonly total: number;
    /** Releases of dead letters that came to their topics. */
    readonly released: number;
    readonly byReason: Readonly<Partial<Record<DeadLetterReason, number>>>;
  };
  /** Newest panes. */
  readonly aggregated: { readonly windows: number; readonly orders: number };
  /** What the stand-in partner's journal says about these orders; null where the partner is not ours to look into. */
  readonly partner: PartnerCounts | null;
  readonly lost: number;
  readonly duplicated: number;
  /** Nothing is lost, doubled or unrecorded, and every check holds. */
  readonly reconciled: boolean;
  /** When the first order was delivered, in ms since the epoch. */
  readonly firstDeliveredAt: number | null;
  /** Different orders, by the time from the first publication to the last end of an order. */
  readonly ordersPerSecond: number | null;
  /** From the record on raw_order to DELIVERED, or ROUTED for internal orders. */
  readonly latencyMs: Percentiles;
  readonly perStage: readonly StageRow[];
  readonly checks: readonly Check[];
  /** Of very many, the first ones. */
  readonly problems: readonly Problem[];
  /** How many more there are. */
  readonly problemsLeftOut: number;
}

export interface PartnerCounts {
  /** Orders that it took at least once. */
  readonly orders: number;
  readonly effects: number;
  readonly repeats: number;
  readonly conflicts: number;
  readonly refusals: number;
}
