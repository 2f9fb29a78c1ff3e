/** The metastore without a server, for the DirectRunner and for tests: the answers are those of PostgreSQL. */
import type {
  Claim,
  DeliveryClaim,
  LocationFacts,
  Metastore,
  ParkedDelivery,
  RecordPosition,
  RouteFacts,
  StatusChange,
  ValidationFacts,
  ValidationQuery,
} from './metastore.js';
import { createNetworkTable } from './network-table.js';
import type { ReferenceData } from './reference-data.js';
import { bitsOf, deliveryOutcomes, isAllowed } from './statuses.js';

export interface InMemoryMetastore extends Metastore {
  /** The lines that were let in, oldest first. */
  readonly history: readonly StatusChange[];
}

/** Several ids as one key of a Map; ids may hold any character. */
const keyOf = (...parts: readonly unknown[]) => JSON.stringify(parts);
const positionOf = ({ topic, partition, offset }: RecordPosition) => keyOf(topic, partition, offset);

/** The value under the key, which the first one to come keeps. */
function claim<T>(claims: Map<string, T>, key: string, value: T): T {
  if (!claims.has(key)) claims.set(key, value);
  return claims.get(key)!;
}

function createClaims(reference: ReferenceData, endOf: (orderId: string) => 'DONE' | 'FAILED' | null) {
  const cancelled = new Set(reference.cancelledOrders);
  const defaulters = new Set(reference.paymentDefaulters);
  const regions = new Map(reference.locations.map((row) => [row.locationId, row.region]));
  const leadTimes = new Map(reference.leadTimes.map((row) => [keyOf(row.fromRegion, row.toRegion), row.minutes]));
  const fraudNetworkOf = createNetworkTable(reference.fraudNetworks.map((network) => [network, network]));
  const messages = new Map<string, string>();
  const orders = new Map<string, string>();
  const deliveries = new Map<string, string>();
  const aggregations = new Map<string, string>();

  function claimOrder(query: ValidationQuery): ValidationFacts['claim'] {
    const position = positionOf(query);
    if (claim(messages, query.messageId, position) !== position) return 'REDELIVERY';
    return claim(orders, query.orderId, query.messageId) === query.messageId ? 'FIRST' : 'DUPLICATE';
  }

  return {
    validate: (query: ValidationQuery): ValidationFacts => ({
      claim: claimOrder(query),
      fraudNetwork: fraudNetworkOf(query.ipAddress)?.network ?? null,
      isDefaulter: defaulters.has(query.customerId),
      isCancelled: cancelled.has(query.orderId),
      leadTimeMinutes: leadTimes.get(keyOf(regions.get(query.fromLocationId), regions.get(query.toLocationId))) ?? null,
    }),
    deliver(query: Claim): DeliveryClaim {
      const position = positionOf(query);
      if (claim(deliveries, query.orderId, position) !== position) return 'REPEAT';
      return endOf(query.orderId) ?? 'OPEN';
    },
    aggregate: (query: Claim) => claim(aggregations, query.orderId, positionOf(query)) === positionOf(query),
    hasDelivery: (orderId: string) => deliveries.has(orderId),
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
    a.createdAt - b.createdAt || Buffer.compare(Buffer.from(a.orderId), Buffer.from(b.orderId));
  return {
    has: (orderId: string) => parked.has(orderId),
    add: (delivery: ParkedDelivery) => claim(parked, delivery.orderId, { delivery, leasedUntil: -Infinity }),
    remove: (orderId: string) => parked.delete(orderId),
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
  const held = new Map<string, number>();
  const ends = new Map<string, 'DONE' | 'FAILED'>();
  const park = createPark(clock);
  const lookups = createLookups(reference);
  const claims = createClaims(reference, (orderId) => ends.get(orderId) ?? (park.has(orderId) ? 'DONE' : null));

  function record(change: StatusChange): void {
    const publication = keyOf(change.orderId, change.messageId, Math.floor(change.createdAt / 86_400_000));
    const before = held.get(publication) ?? bitsOf(['START']);
    if (!isAllowed(change.status, before)) return;
    held.set(publication, before | bitsOf([change.status]));
    history.push(change);
    const isOutcome = deliveryOutcomes.includes(change.status) && (before & bitsOf(['ROUTED'])) !== 0;
    if (!isOutcome || !claims.hasDelivery(change.orderId)) return;
    if (change.status === 'DELIVERED') ends.set(change.orderId, 'DONE');
    else claim(ends, change.orderId, 'FAILED');
  }

  return {
    history,
    lookupForValidation: async (queries) => queries.map(claims.validate),
    lookupForEnrichment: async (queries) =>
      queries.map((query) => ({
        fromLocation: lookups.location(query.fromLocationId),
        toLocation: lookups.location(query.toLocationId),
        ipRegion: lookups.ipRegion(query.ipAddress),
      })),
    lookupRoutes: async (queries) => queries.map((query) => lookups.route(query.orderType, query.destination)),
    claimDeliveries: async (queries) => queries.map(claims.deliver),
    claimForAggregation: async (queries) => queries.map(claims.aggregate),
    recordStatuses: async (changes) => changes.forEach(record),
    parkDeliveries: async (deliveries) => deliveries.forEach(park.add),
    leaseParkedDeliveries: async (limit, leaseMillis) => park.lease(limit, leaseMillis),
    removeParkedDeliveries: async (orderIds) => orderIds.forEach(park.remove),
    close: async () => undefined,
  };
}
