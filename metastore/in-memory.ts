/** The metastore without a server, for the DirectRunner and for tests: the answers are those of PostgreSQL. */
import { bitsOf, deliveryOutcomes } from '../model/transitions.js';
import { deliveringStage } from './ended-claims.js';
import { createClaims } from './in-memory-claims.js';
import { createCustomerKeys } from './in-memory-customer-keys.js';
import { createHistory } from './in-memory-history.js';
import { deliveryKey, keyOf } from './in-memory-keys.js';
import { createPark } from './in-memory-park.js';
import type { DeliveryName, LeasedDelivery, LocationFacts, Metastore, RouteFacts, StatusChange } from './metastore.js';
import { createNetworkTable } from './network-table.js';
import type { ReferenceData } from './reference-data.js';

export interface InMemoryMetastore extends Metastore {
  /** The lines that were let in, oldest first. */
  readonly history: readonly StatusChange[];
  /** Claims a release (as its header names it) of a record with this content, as a replay does. */
  claimRelease(release: string, content: Uint8Array): void;
  /** Deletes the key of a customer, as customer-keys.ts does; the ids of the keys that were deleted. */
  eraseCustomer(customer: Uint8Array): readonly string[];
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
  const deliveredOrders = new Set<string>();
  /** The deliveries that ended, and how. */
  const ends = new Map<string, 'DONE' | 'FAILED'>();
  const releases = new Map<string, Uint8Array>();
  const park = createPark(clock);
  const lookups = createLookups(reference);
  const endOf = (delivery: DeliveryName) => ends.get(deliveryKey(delivery)) ?? null;
  const claims = createClaims(reference, {
    of: (delivery) => endOf(delivery) ?? (park.has(delivery) ? 'DONE' : null),
    isInOtherHands: (orderId) =>
      deliveredOrders.has(orderId) || park.attemptsOf(orderId).some((delivery) => !endOf(delivery)),
  });
  const history = createHistory(claims.accept);
  const keys = createCustomerKeys();

  function record(change: StatusChange): void {
    const added = history.add(change);
    if (!added) return;
    const { orderId, status, recordedBy, attempt = 1, about = '' } = added.line;
    const isOutcome = deliveryOutcomes.includes(status) && recordedBy === deliveringStage && about === '';
    if (isOutcome && (added.before & bitsOf(['ROUTED'])) !== 0) {
      claims.endDelivery({ orderId, attempt });
      ends.set(deliveryKey({ orderId, attempt }), status === 'DELIVERED' ? 'DONE' : 'FAILED');
    }
    if (status === 'DELIVERED') deliveredOrders.add(orderId);
  }

  const withEnd = (delivery: Omit<LeasedDelivery, 'end'>): LeasedDelivery => {
    const end = endOf(delivery);
    return end ? { ...delivery, end } : delivery;
  };

  return {
    history: history.lines,
    // What is in memory is read from files, of which nobody deletes records.
    recordGaps: async () => undefined,
    claimRelease: (release, content) => void releases.set(release, content),
    knowsReleases: async (asked) =>
      asked.map(({ letter, number, content }) => {
        const known = releases.get(`${letter}/${number}`);
        return known !== undefined && Buffer.compare(known, content) === 0;
      }),
    lookupForValidation: async (queries) => claims.validate(queries),
    lookupForEnrichment: async (queries) =>
      queries.map((query) => ({
        fromLocation: lookups.location(query.fromLocationId),
        toLocation: lookups.location(query.toLocationId),
        ipRegion: lookups.ipRegion(query.ipAddress),
      })),
    lookupRoutes: async (queries) => queries.map((query) => lookups.route(query.orderType, query.destination)),
    customerKeys: async (keyIds) => keys.byIds(keyIds),
    keysOfCustomers: async (customers) => keys.ofCustomers(customers),
    addCustomerKeys: async (added) => keys.add(added),
    indexKey: async (proposed) => keys.index(proposed),
    eraseCustomer: keys.erase,
    claimDeliveries: async (queries) => queries.map(claims.deliver),
    claimForAggregation: async (queries) => claims.aggregate(queries),
    answersForAggregation: async (queries) => queries.map(claims.aggregatedBefore),
    recordStatuses: async (changes) => {
      changes.forEach(record);
      return changes.map(history.standing);
    },
    wereSetAside: async (records) => records.map(history.isThere),
    parkDeliveries: async (deliveries) => park.add(deliveries),
    parkedPartners: async () => park.partners(),
    leaseParkedDeliveries: async (...lease) => park.lease(...lease).map(withEnd),
    // Giving up is a command's, and commands have a server.
    leaseGivenUpDeliveries: async () => [],
    postponeDeliveries: async (deliveries) => park.postpone(deliveries),
    removeParkedDeliveries: async (deliveries) => deliveries.forEach(park.remove),
    close: async () => undefined,
  };
}
