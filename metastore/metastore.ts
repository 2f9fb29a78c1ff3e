/** What the stages ask and tell the metastore, always a batch at a time. PostgreSQL and in-memory forms implement it. */
import type { RecordPosition } from '../model/release.js';
import type { Status } from '../model/statuses.js';
import type { OrderType } from '../proto/messages.js';

/** What the validator needs to know about one order. Times are milliseconds since the epoch. */
export interface ValidationQuery extends RecordPosition {
  readonly orderId: string;
  readonly messageId: string;
  readonly customerId: string;
  readonly ipAddress: string;
  readonly fromLocationId: string;
  readonly toLocationId: string;
}

/**
 * FIRST: this very record holds the claim on its order (also when it is read again). A release takes over the claim of the
 * record that it is of.
 * DUPLICATE: another message id holds the order; this record is the one that counts for its own message id.
 * REDELIVERY: another record of the same message id was seen before; this one changes nothing.
 * See docs/glossary.md.
 */
export type OrderClaim = 'FIRST' | 'DUPLICATE' | 'REDELIVERY';

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

/** One line of an order's history. Times are milliseconds since the epoch. */
export interface StatusChange {
  readonly orderId: string;
  readonly messageId: string;
  /** The order's own created_at: it decides the partition that the line is kept in. */
  readonly createdAt: number;
  readonly status: Status;
  /** Stage or command that says so. */
  readonly recordedBy: string;
  /** Reject reasons, route, dead-letter reason, the partner's answer… Holds no personal data. */
  readonly detail: string;
  /** 1 unless given: and one more for each release of the record at its stage. */
  readonly attempt?: number;
}

/** A delivery that waits for its partner. */
export interface ParkedDelivery {
  readonly orderId: string;
  /** 1, and one more for each release. */
  readonly attempt: number;
  readonly messageId: string;
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

/**
 * A parked delivery that was leased. `end` is set when its attempt has ended already: a process died before it took the
 * delivery out. It must not be tried again: a release may have delivered the order meanwhile.
 */
export interface LeasedDelivery extends ParkedDelivery {
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
 * Every call is one round trip, takes any batch size from 0, answers in the order of its input, and may be repeated
 * with the same input without another effect. Calls reject when the metastore cannot be reached.
 */
export interface Metastore {
  /** Claims the orders and fetches what the rules need. Within one batch the earlier record wins. */
  lookupForValidation(queries: readonly ValidationQuery[]): Promise<ValidationFacts[]>;
  lookupForEnrichment(queries: readonly EnrichmentQuery[]): Promise<EnrichmentFacts[]>;
  lookupRoutes(queries: readonly RouteQuery[]): Promise<(RouteFacts | null)[]>;
  /** Which of the records may deliver its order. */
  claimDeliveries(claims: readonly Claim[]): Promise<DeliveryClaim[]>;
  /** True for the one record of each order that counts in the aggregates, also when it is read again. */
  claimForAggregation(claims: readonly Claim[]): Promise<boolean[]>;
  /**
   * Adds lines to the histories. A line that stands there already, or that the transitions do not allow, is left out. Lines
   * of one publication and different attempts do not see each other within a batch.
   */
  recordStatuses(changes: readonly StatusChange[]): Promise<void>;
  /** Parks deliveries; one that is parked already stays as it is. Does not record the status. */
  parkDeliveries(deliveries: readonly ParkedDelivery[]): Promise<void>;
  /** Leases the oldest parked deliveries that nobody else has leased; a lease ends by itself after `leaseMillis`. */
  leaseParkedDeliveries(limit: number, leaseMillis: number): Promise<LeasedDelivery[]>;
  /** Takes deliveries out of the park after their outcome is recorded. */
  removeParkedDeliveries(deliveries: readonly DeliveryName[]): Promise<void>;
  close(): Promise<void>;
}
