/** The metastore without a server, for the DirectRunner and for tests: the answers are those of PostgreSQL. */
import type { RecordPosition } from '../model/release.js';
import { bitsOf, deliveryOutcomes, isAllowed, ofAttempt, transitions } from '../model/transitions.js';
import type {
  Claim,
  DeliveryClaim,
  DeliveryName,
  LeasedDelivery,
  LocationFacts,
  Metastore,
  ParkedDelivery,
  RouteFacts,
  StatusChange,
  ValidationFacts,
  ValidationQuery,
} from './metastore.js';
import { createNetworkTable } from './network-table.js';
import type { ReferenceData } from './reference-data.js';

export interface InMemoryMetastore extends Metastore {
  /** The lines that were let in, oldest first. */
  readonly history: readonly StatusChange[];
}

/** Several ids as one key of a Map; ids may hold any character. */
const keyOf = (...parts: readonly unknown[]) => JSON.stringify(parts);
const positionOf = ({ topic, partition, offset }: RecordPosition) => keyOf(topic, partition, offset);

const deliveryKey = ({ orderId, attempt }: DeliveryName) => keyOf(orderId, attempt);
const attemptOf = ({ released }: RecordPosition) => (released?.number ?? 0) + 1;

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

/** Whether each query of a batch holds the claim under its key; a release takes it over from what it is a release of. */
function claimAll<Query extends RecordPosition>(
  claims: Map<string, Claimant>,
  queries: readonly Query[],
  key: (query: Query) => string,
): boolean[] {
  const asking = new Map<string, Claimant>();
  for (const query of queries) {
    const claimant = claimantOf(query);
    const first = asking.get(key(query));
    if (!first || claimant.release > first.release) asking.set(key(query), claimant);
  }
  for (const [name, claimant] of asking) {
    const held = claim(claims, name, claimant);
    if (held.record === claimant.record && held.release < claimant.release) claims.set(name, claimant);
  }
  return queries.map((query) => {
    const [held, claimant] = [claims.get(key(query))!, claimantOf(query)];
    return held.record === claimant.record && held.release === claimant.release && held.copy === claimant.copy;
  });
}

interface Ends {
  /** How the attempt has ended, DONE also while it is parked. */
  of(delivery: DeliveryName): 'DONE' | 'FAILED' | null;
  /** Whether the order is delivered, or waits in the park, by any attempt. */
  isInOtherHands(orderId: string): boolean;
}

function createClaims(reference: ReferenceData, ends: Ends) {
  const cancelled = new Set(reference.cancelledOrders);
  const defaulters = new Set(reference.paymentDefaulters);
  const regions = new Map(reference.locations.map((row) => [row.locationId, row.region]));
  const leadTimes = new Map(reference.leadTimes.map((row) => [keyOf(row.fromRegion, row.toRegion), row.minutes]));
  const fraudNetworkOf = createNetworkTable(reference.fraudNetworks.map((network) => [network, network]));
  const messages = new Map<string, Claimant>();
  const orders = new Map<string, string>();
  const deliveries = new Map<string, string>();
  const aggregations = new Map<string, Claimant>();

  function claimOrder(query: ValidationQuery, isWinner: boolean): ValidationFacts['claim'] {
    if (!isWinner) return 'REDELIVERY';
    return claim(orders, query.orderId, query.messageId) === query.messageId ? 'FIRST' : 'DUPLICATE';
  }

  return {
    validate(queries: readonly ValidationQuery[]): ValidationFacts[] {
      const winners = claimAll(messages, queries, (query) => query.messageId);
      return queries.map((query, index) => ({
        claim: claimOrder(query, winners[index]!),
        fraudNetwork: fraudNetworkOf(query.ipAddress)?.network ?? null,
        isDefaulter: defaulters.has(query.customerId),
        isCancelled: cancelled.has(query.orderId),
        leadTimeMinutes:
          leadTimes.get(keyOf(regions.get(query.fromLocationId), regions.get(query.toLocationId))) ?? null,
      }));
    },
    deliver(query: Claim): DeliveryClaim {
      const { orderId } = query;
      const delivery = { orderId, attempt: attemptOf(query) };
      if (claim(deliveries, deliveryKey(delivery), positionOf(query)) !== positionOf(query)) return 'REPEAT';
      const end = ends.of(delivery);
      return end ?? (delivery.attempt > 1 && ends.isInOtherHands(orderId) ? 'REPEAT' : 'OPEN');
    },
    aggregate: (queries: readonly Claim[]) => claimAll(aggregations, queries, (query) => query.orderId),
    hasDelivery: (delivery: DeliveryName) => deliveries.has(deliveryKey(delivery)),
  };
}

function createLookups(reference: ReferenceData) {
  const locations = new Map<string, LocationFacts>(reference.locations.map((row) => [row.locationId, row]));
  const ipRegionOf = createNetworkTable(reference.ipRegions.map((row) => [row.network, row.region]));
  const routes = new Map<string, RouteFacts>(
    reference.routes.map((row) => [
      keyOf(row.orderType, row.destination),
      { route: row.route, partnerId: row.route === 'EXTERNAL' ? row.partnerId : null },
    ]),
  );
  return {
    location: (locationId: string) => locations.get(locationId) ?? null,
    ipRegion: (address: string) => ipRegionOf(address)?.value ?? null,
    route: (orderType: string, destination: string) =>
      routes.get(keyOf(orderType, destination)) ?? routes.get(keyOf(orderType, '*')) ?? null,
  };
}

/** Deliveries that wait, oldest order first. */
function createPark(clock: () => number) {
  const parked = new Map<string, { delivery: ParkedDelivery; leasedUntil: number }>();
  const byAge = (a: ParkedDelivery, b: ParkedDelivery) =>
    a.createdAt - b.createdAt ||
    Buffer.compare(Buffer.from(a.orderId), Buffer.from(b.orderId)) ||
    a.attempt - b.attempt;
  return {
    has: (delivery: DeliveryName) => parked.has(deliveryKey(delivery)),
    attemptsOf: (orderId: string) =>
      [...parked.values()].map(({ delivery }) => delivery).filter((delivery) => delivery.orderId === orderId),
    add: (delivery: ParkedDelivery) => claim(parked, deliveryKey(delivery), { delivery, leasedUntil: -Infinity }),
    remove: (delivery: DeliveryName) => parked.delete(deliveryKey(delivery)),
    lease(limit: number, leaseMillis: number): ParkedDelivery[] {
      const free = [...parked.values()].filter((entry) => entry.leasedUntil < clock());
      const leased = free.sort((a, b) => byAge(a.delivery, b.delivery)).slice(0, limit);
      for (const entry of leased) entry.leasedUntil = clock() + leaseMillis;
      return leased.map((entry) => entry.delivery);
    },
  };
}

/**
 * A metastore that forgets everything with the process. `clock` (milliseconds since the epoch) is for leases only. The
 * orders that `reference` lists as cancelled are cancelled.
 */
export function createInMemoryMetastore(reference: ReferenceData, clock = Date.now): InMemoryMetastore {
  const history: StatusChange[] = [];
  /** By publication; what counts for one attempt alone, by publication and attempt. */
  const held = new Map<string, number>();
  const stageLines = new Set<string>();
  const delivered = new Set<string>();
  const deliveredOrders = new Set<string>();
  const done = new Set<string>();
  const park = createPark(clock);
  const lookups = createLookups(reference);

  function endOf(delivery: DeliveryName): 'DONE' | 'FAILED' | null {
    if (!done.has(deliveryKey(delivery))) return null;
    return delivered.has(deliveryKey(delivery)) ? 'DONE' : 'FAILED';
  }
  const claims = createClaims(reference, {
    of: (delivery) => endOf(delivery) ?? (park.has(delivery) ? 'DONE' : null),
    isInOtherHands: (orderId) =>
      deliveredOrders.has(orderId) || park.attemptsOf(orderId).some((delivery) => !done.has(deliveryKey(delivery))),
  });

  function record(change: StatusChange): void {
    const { orderId, messageId, status, attempt = 1 } = change;
    const publication = keyOf(orderId, messageId, Math.floor(change.createdAt / 86_400_000));
    const before =
      (held.get(publication) ?? bitsOf(['START'])) | (held.get(keyOf(publication, attempt)) ?? bitsOf(['START']));
    if (!isAllowed(status, before)) return;
    if (
      deliveryOutcomes.includes(status) &&
      change.recordedBy === 'external-processor' &&
      (before & bitsOf(['ROUTED'])) !== 0 &&
      claims.hasDelivery({ orderId, attempt })
    )
      done.add(deliveryKey({ orderId, attempt }));
    if (transitions[status].isOfStage) {
      const line = keyOf(publication, status, attempt, change.recordedBy);
      if (stageLines.has(line)) return;
      stageLines.add(line);
    }
    const holder = ofAttempt.includes(status) ? keyOf(publication, attempt) : publication;
    held.set(holder, (held.get(holder) ?? bitsOf(['START'])) | bitsOf([status]));
    if (status === 'DELIVERED') {
      delivered.add(deliveryKey({ orderId, attempt }));
      deliveredOrders.add(orderId);
    }
    history.push(change);
  }

  const withEnd = (delivery: ParkedDelivery): LeasedDelivery => {
    const end = endOf(delivery);
    return end ? { ...delivery, end } : delivery;
  };

  return {
    history,
    lookupForValidation: async (queries) => claims.validate(queries),
    lookupForEnrichment: async (queries) =>
      queries.map((query) => ({
        fromLocation: lookups.location(query.fromLocationId),
        toLocation: lookups.location(query.toLocationId),
        ipRegion: lookups.ipRegion(query.ipAddress),
      })),
    lookupRoutes: async (queries) => queries.map((query) => lookups.route(query.orderType, query.destination)),
    claimDeliveries: async (queries) => queries.map(claims.deliver),
    claimForAggregation: async (queries) => claims.aggregate(queries),
    recordStatuses: async (changes) => changes.forEach(record),
    parkDeliveries: async (deliveries) => deliveries.forEach(park.add),
    leaseParkedDeliveries: async (limit, leaseMillis) => park.lease(limit, leaseMillis).map(withEnd),
    removeParkedDeliveries: async (deliveries) => deliveries.forEach(park.remove),
    close: async () => undefined,
  };
}
