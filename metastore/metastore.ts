/** What the stages ask and tell the metastore, always a batch at a time. PostgreSQL and in-memory forms implement it. */
import type { UnreadGap } from '../model/record.js';
import type { ClaimedRelease, RecordPosition } from '../model/release.js';
import type { Status } from '../model/statuses.js';
import type { OrderType } from '../proto/messages.js';
import type { CustomerKey, NewCustomerKey, WrappedBytes } from './customer-keys.js';
import type { Recorder } from './line-keys.js';

/** What the validator needs to know about one order. Times are milliseconds since the epoch. */
export interface ValidationQuery extends RecordPosition {
  readonly orderId: string;
  readonly messageId: string;
  /** The order's own created_at. */
  readonly createdAt: number;
  /** contentOf the record's value, the order id in it included. */
  readonly content: Uint8Array;
  readonly customerId: string;
  readonly ipAddress: string;
  readonly fromLocationId: string;
  readonly toLocationId: string;
}

/**
 * FIRST: this very record counts for its message id (also when it is read again), and no other publication is accepted as its order so
 * far. A release takes over the claim of the record that it is of.
 * DUPLICATE: this record counts for its message id, and another publication is accepted as its order.
 * REDELIVERY: another record of the same message id, with the same order and content, was seen before; this one changes nothing.
 * REUSED: the message id belongs to another order, or to another content of this one.
 * See docs/glossary.md.
 */
export type OrderClaim = 'FIRST' | 'DUPLICATE' | 'REDELIVERY' | 'REUSED';

export interface ValidationFacts {
  readonly claim: OrderClaim;
  /** The fraud address or network (CIDR) that holds the order's address, the most specific one. */
  readonly fraudNetwork: string | null;
  readonly isDefaulter: boolean;
  readonly isCancelled: boolean;
  /** Minutes from order to arrival between the two locations' regions; null where no lead time is known. */
  readonly leadTimeMinutes: number | null;
}

export interface EnrichmentQuery {
  readonly fromLocationId: string;
  readonly toLocationId: string;
  readonly ipAddress: string;
}

export interface LocationFacts {
  readonly locationId: string;
  readonly name: string;
  readonly region: string;
}

export interface EnrichmentFacts {
  readonly fromLocation: LocationFacts | null;
  readonly toLocation: LocationFacts | null;
  /** Region of the most specific known network that holds the address. */
  readonly ipRegion: string | null;
}

export interface RouteQuery {
  readonly orderType: OrderType;
  /** The region of the to-location. */
  readonly destination: string;
}

/** A rule for the exact destination wins over one for '*'. */
export interface RouteFacts {
  readonly route: 'INTERNAL' | 'EXTERNAL';
  /** Set for EXTERNAL. */
  readonly partnerId: string | null;
}

export interface Claim extends RecordPosition {
  readonly orderId: string;
}

/** What the aggregator asks about an order: with what it would decide, if no decision stands yet. */
export interface AggregationClaim extends Claim {
  readonly isTooLate: boolean;
}

/** What a line of a history says. */
export interface RecordedLine {
  readonly status: Status;
  /** Reject reasons, route, dead-letter reason, the partner's answer… Holds no personal data. */
  readonly detail: string;
  /** What was looked up for the decision, as JSON, where the outputs are made from it. */
  readonly facts?: string;
}

/** A line to be added to an order's history. Times are milliseconds since the epoch. */
export interface StatusChange extends RecordedLine {
  readonly orderId: string;
  readonly messageId: string;
  /** The order's own created_at, to the millisecond a part of the publication's name: it decides the partition that the line is kept in. */
  readonly createdAt: number;
  /** Stage or command that says so. */
  readonly recordedBy: Recorder;
  /** 1 unless given: and one more for each release of the record at its stage; `lastAttempt` (line-keys.ts) at most. */
  readonly attempt?: number;
  /** The record (partition@offset) that was set aside under these ids, and is none of the publication's. */
  readonly about?: string;
  /** Of an acceptance: the rejection that is recorded instead when another publication is the order. */
  readonly otherwise?: RecordedLine & { readonly status: 'REJECTED' };
}

/** A record that is none of the publication whose ids it bears, as a line about it names it. */
export type RecordAside = Required<Pick<StatusChange, 'orderId' | 'messageId' | 'createdAt' | 'about'>>;

/** A delivery that waits for its partner. */
export interface ParkedDelivery {
  readonly orderId: string;
  /** 1, and one more for each release. */
  readonly attempt: number;
  readonly messageId: string;
  /** Whom it waits for. */
  readonly partnerId: string;
  /** The order's created_at. */
  readonly createdAt: number;
  readonly idempotencyKey: string;
  /** The external_order record, so that a refusal can go to the dead letters with its original bytes. */
  readonly record: {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    readonly timestamp: number;
    readonly key: Uint8Array;
    readonly value: Uint8Array;
    /** The release that it belongs to, as its header has it; empty for none. */
    readonly release: string;
  };
}

/** How a delivery waits from now on. */
export interface NextTry {
  /** Those that have failed so far, as far as the order may be the reason. */
  readonly tries: number;
  /** Milliseconds from now until it is due again, by the metastore's clock. */
  readonly waitMillis: number;
  /** What the partner said, or what came in its place, for a person. Holds no personal data. */
  readonly answer: string;
}

/**
 * A parked delivery that was leased. `end` is set when its attempt has ended already: a process died before it took the
 * delivery out. It must not be tried again: a release may have delivered the order meanwhile.
 */
export interface LeasedDelivery extends ParkedDelivery {
  readonly tries: number;
  /** Since it was parked, by the metastore's clock. */
  readonly waitedMillis: number;
  /** By whom and why it is not to be tried again; empty where it is. */
  readonly givenUp: string;
  readonly end?: 'DONE' | 'FAILED';
}

export type DeliveryName = Pick<ParkedDelivery, 'orderId' | 'attempt'>;

/**
 * OPEN: this record may deliver the order (it holds the claim and nothing final is recorded).
 * DONE: this record holds the claim, and the order is delivered or parked already.
 * FAILED: this record holds the claim, and DELIVERY_FAILED or DEAD_LETTERED is recorded; its dead letter, which is written
 * after the status, may have been lost in a failure. Also where that was recorded before any record of the attempt asked.
 * REPEAT: another record of the order holds the claim, or the order's delivery is in other hands; this one changes nothing.
 * Each release of a delivery that failed is an attempt with a claim of its own.
 */
export type DeliveryClaim = 'OPEN' | 'DONE' | 'FAILED' | 'REPEAT';

/**
 * COUNTS: this record counts for its order, also when it is read again. TOO_LATE: the same, but the order was too late when it was
 * claimed. REPEAT: another record of the order counts.
 */
export type AggregationAnswer = 'COUNTS' | 'TOO_LATE' | 'REPEAT';

/** UNCLAIMED: no record of the order has claimed it, or the claim is forgotten. */
export type EarlierAnswer = AggregationAnswer | 'UNCLAIMED';

/**
 * Every call is one round trip, takes any batch size from 0, answers in the order of its input, and may be repeated
 * with the same input without another effect. Calls reject when the metastore cannot be reached.
 */
export interface Metastore {
  /** Writes down what was deleted unread. */
  recordGaps(gaps: readonly UnreadGap[]): Promise<void>;
  /** Whether the metastore has claimed these releases of dead letters, for records of this content. */
  knowsReleases(releases: readonly ClaimedRelease[]): Promise<boolean[]>;
  /** Claims the message ids and fetches what the rules need. Within one batch the earlier record wins. */
  lookupForValidation(queries: readonly ValidationQuery[]): Promise<ValidationFacts[]>;
  lookupForEnrichment(queries: readonly EnrichmentQuery[]): Promise<EnrichmentFacts[]>;
  lookupRoutes(queries: readonly RouteQuery[]): Promise<(RouteFacts | null)[]>;
  /** The keys of these ids; null for an id that is unknown. */
  customerKeys(keyIds: readonly string[]): Promise<(CustomerKey | null)[]>;
  /** The keys of these customers, told by keyed hashes of their ids; null for one who has none. */
  keysOfCustomers(customers: readonly Uint8Array[]): Promise<(CustomerKey | null)[]>;
  /** Gives the customers these keys, and answers with those that they have then: a customer who has one keeps it. */
  addCustomerKeys(keys: readonly NewCustomerKey[]): Promise<CustomerKey[]>;
  /** The key of those hashes; null where there is none, and none is proposed. The first one that is proposed stays. */
  indexKey(proposed: WrappedBytes | null): Promise<WrappedBytes | null>;
  /** Which of the records may deliver its order. */
  claimDeliveries(claims: readonly Claim[]): Promise<DeliveryClaim[]>;
  /** Which of the records counts in the aggregates. */
  claimForAggregation(claims: readonly AggregationClaim[]): Promise<AggregationAnswer[]>;
  /** The same as it was answered before, or would be now to the record that has the claim: claims nothing. `isTooLate` has no say in it. */
  answersForAggregation(claims: readonly AggregationClaim[]): Promise<EarlierAnswer[]>;
  /**
   * Adds lines to the histories, and answers with what stands in each line's slot (model/transitions.ts) then: the line itself, or the
   * one that was there before; null where the transitions allow none. So the first decision stands, whoever comes second. An acceptance
   * claims the order for its publication. Lines of one publication and different attempts do not see each other within a batch.
   */
  recordStatuses(changes: readonly StatusChange[]): Promise<readonly (RecordedLine | null)[]>;
  /** Whether a line about each of the records stands. */
  wereSetAside(records: readonly RecordAside[]): Promise<boolean[]>;
  /** Parks deliveries; one that is parked already stays as it is. Does not record the status. */
  parkDeliveries(deliveries: readonly (ParkedDelivery & NextTry)[]): Promise<void>;
  /** The partners that parked deliveries wait for, sorted. */
  parkedPartners(): Promise<string[]>;
  /**
   * Leases a partner's deliveries that are due and that nobody else has leased, those that are due longest first. A lease ends
   * by itself after `leaseMillis`. Those that were given up are not among them.
   */
  leaseParkedDeliveries(partnerId: string, limit: number, leaseMillis: number): Promise<LeasedDelivery[]>;
  /** The same of those that were given up, whatever their partner. */
  leaseGivenUpDeliveries(limit: number, leaseMillis: number): Promise<LeasedDelivery[]>;
  /** Ends the leases of deliveries that stay in the park, and says when they are due again: one that was given up, at once. */
  postponeDeliveries(deliveries: readonly (DeliveryName & NextTry)[]): Promise<void>;
  /** Takes deliveries out of the park after their outcome is recorded. */
  removeParkedDeliveries(deliveries: readonly DeliveryName[]): Promise<void>;
  close(): Promise<void>;
}
