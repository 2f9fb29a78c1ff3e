/** The metastore without a server, for the DirectRunner and for tests: the answers are those of PostgreSQL. */
import { bitsOf, deliveryOutcomes, isAllowed, ofAttempt, transitions } from '../model/transitions.js';
import { createClaims } from './in-memory-claims.js';
import { deliveryKey, keyOf } from './in-memory-keys.js';
import { createPark } from './in-memory-park.js';
import type {
  DeliveryName,
  LeasedDelivery,
  LocationFacts,
  Metastore,
  ParkedDelivery,
  RouteFacts,
  StatusChange,
} from './metastore.js';
import { createNetworkTable } from './network-table.js';
import type { ReferenceData } from './reference-data.js';

export interface InMemoryMetastore extends Metastore {
  /** The lines that were let in, oldest first. */
  readonly history: readonly StatusChange[];
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
      (before & bitsOf(['ROUTED'])) !== 0
    ) {
      claims.endDelivery({ orderId, attempt });
      done.add(deliveryKey({ orderId, attempt }));
    }
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
