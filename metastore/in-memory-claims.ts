/** Which record holds a message, an order, a delivery or an aggregation, without a server. See claimant.ts. */
import type { RecordPosition } from '../model/release.js';
import { deliveryKey, keyOf, publicationKey, type PublicationName } from './in-memory-keys.js';
import type {
  AggregationAnswer,
  AggregationClaim,
  Claim,
  DeliveryClaim,
  DeliveryName,
  EarlierAnswer,
  OrderClaim,
  ValidationFacts,
  ValidationQuery,
} from './metastore.js';
import { createNetworkTable } from './network-table.js';
import type { ReferenceData } from './reference-data.js';

const positionOf = ({ topic, partition, offset }: RecordPosition) => keyOf(topic, partition, offset);
const attemptOf = ({ released }: RecordPosition) => (released?.number ?? 0) + 1;

/** What holds a delivery that ended before a record asked for it. */
const noRecord = '';

/** The value under the key, which the first one to come keeps. */
function claim<T>(claims: Map<string, T>, key: string, value: T): T {
  if (!claims.has(key)) claims.set(key, value);
  return claims.get(key)!;
}

/** Who holds a claim: the record that was set aside or never was, and the release and copy of it. See claimant.ts. */
interface Claimant {
  readonly record: string;
  readonly release: number;
  readonly copy: string;
}

function claimantOf(position: RecordPosition): Claimant {
  const { topic, partition, offset, released } = position;
  if (!released) return { record: positionOf(position), release: 0, copy: '' };
  return {
    record: keyOf(topic, released.partition, released.offset),
    release: released.number,
    copy: keyOf(partition, offset),
  };
}

/** Whether it asks rather than one before it in the batch: of the record that holds the claim, or else the newer release. See claimantOrder. */
function asksRather(claimant: Claimant, before: Claimant, held: Claimant | undefined): boolean {
  const [isHeld, wasHeld] = [claimant, before].map(({ record, release }) => release > 0 && record === held?.record);
  return isHeld === wasHeld ? claimant.release > before.release : isHeld!;
}

/**
 * For each query of a batch the claim under its key, and whether the query holds it; a release takes it over from what it is a release of.
 */
function claimAll<Query extends RecordPosition>(
  claims: Map<string, Claimant & { readonly query: Query }>,
  queries: readonly Query[],
  key: (query: Query) => string,
): { readonly holder: Query; readonly holds: boolean }[] {
  const asking = new Map<string, Claimant & { readonly query: Query }>();
  for (const query of queries) {
    const claimant = { ...claimantOf(query), query };
    const first = asking.get(key(query));
    if (!first || asksRather(claimant, first, claims.get(key(query)))) asking.set(key(query), claimant);
  }
  for (const [name, claimant] of asking) {
    const held = claim(claims, name, claimant);
    if (held.record === claimant.record && held.release < claimant.release) claims.set(name, claimant);
  }
  return queries.map((query) => {
    const held = claims.get(key(query))!;
    return { holder: held.query, holds: isHeldBy(held, query) };
  });
}

function isHeldBy(held: Claimant, query: RecordPosition): boolean {
  const claimant = claimantOf(query);
  return held.record === claimant.record && held.release === claimant.release && held.copy === claimant.copy;
}

/** What the claim of a delivery has to know of what became of others. */
interface Ends {
  /** How the attempt has ended, DONE also while it is parked. */
  of(delivery: DeliveryName): 'DONE' | 'FAILED' | null;
  /** Whether the order is delivered, or waits in the park, by any attempt. */
  isInOtherHands(orderId: string): boolean;
}

/** No claims yet. `reference` says the rest of what a validation asks for, `ends` what became of deliveries. */
export function createClaims(reference: ReferenceData, ends: Ends) {
  const cancelled = new Set(reference.cancelledOrders);
  const defaulters = new Set(reference.paymentDefaulters);
  const regions = new Map(reference.locations.map((row) => [row.locationId, row.region]));
  const leadTimes = new Map(reference.leadTimes.map((row) => [keyOf(row.fromRegion, row.toRegion), row.minutes]));
  const fraudNetworkOf = createNetworkTable(reference.fraudNetworks.map((network) => [network, network]));
  const messages = new Map<string, Claimant & { readonly query: ValidationQuery }>();
  /** The content that a message id came with first. */
  const contents = new Map<string, ValidationQuery>();
  /** The publication that is accepted as the order. */
  const orders = new Map<string, string>();
  const deliveries = new Map<string, string>();
  const aggregations = new Map<string, Claimant & { readonly query: AggregationClaim }>();

  function claimOf(query: ValidationQuery, { holder, holds }: { holder: ValidationQuery; holds: boolean }): OrderClaim {
    const { content } = claim(contents, query.messageId, holder);
    if (Buffer.compare(content, query.content) !== 0) return 'REUSED';
    if (!holds) return 'REDELIVERY';
    const publication = publicationKey(query);
    return (orders.get(query.orderId) ?? publication) === publication ? 'FIRST' : 'DUPLICATE';
  }

  return {
    validate(queries: readonly ValidationQuery[]): ValidationFacts[] {
      const held = claimAll(messages, queries, (query) => query.messageId);
      return queries.map((query, index) => ({
        claim: claimOf(query, held[index]!),
        fraudNetwork: fraudNetworkOf(query.ipAddress)?.network ?? null,
        isDefaulter: defaulters.has(query.customerId),
        isCancelled: cancelled.has(query.orderId),
        leadTimeMinutes:
          leadTimes.get(keyOf(regions.get(query.fromLocationId), regions.get(query.toLocationId))) ?? null,
      }));
    },
    /** Whether the publication is the order: it is the first one that was accepted. */
    accept: (publication: PublicationName) =>
      claim(orders, publication.orderId, publicationKey(publication)) === publicationKey(publication),
    deliver(query: Claim): DeliveryClaim {
      const { orderId } = query;
      const delivery = { orderId, attempt: attemptOf(query) };
      const holder = claim(deliveries, deliveryKey(delivery), positionOf(query));
      if (holder !== noRecord && holder !== positionOf(query)) return 'REPEAT';
      const end = ends.of(delivery);
      return end ?? (delivery.attempt > 1 && ends.isInOtherHands(orderId) ? 'REPEAT' : 'OPEN');
    },
    aggregate: (queries: readonly AggregationClaim[]): AggregationAnswer[] =>
      claimAll(aggregations, queries, (query) => query.orderId).map(({ holder, holds }) => {
        if (!holds) return 'REPEAT';
        return holder.isTooLate ? 'TOO_LATE' : 'COUNTS';
      }),
    aggregatedBefore: (query: AggregationClaim): EarlierAnswer => {
      const held = aggregations.get(query.orderId);
      if (!held) return 'UNCLAIMED';
      if (!isHeldBy(held, query)) return 'REPEAT';
      return held.query.isTooLate ? 'TOO_LATE' : 'COUNTS';
    },
    /** Makes the claim of a delivery that ended before a record asked for it. */
    endDelivery: (delivery: DeliveryName) => claim(deliveries, deliveryKey(delivery), noRecord),
  };
}
