/** The metastore in PostgreSQL: each call is one statement on a small pool. */
import { batchMillis } from '../model/deadline.js';
import { answersForAggregation, claimDeliveries, claimForAggregation } from './claims.js';
import { createPool, statementRunner, type PoolOptions } from './connection.js';
import type { Database } from './database.js';
import { lookupForEnrichment, lookupRoutes } from './lookups.js';
import { addCustomerKeys, customerKeys, indexKey, keysOfCustomers } from './customer-keys.js';
import type { Metastore } from './metastore.js';
import * as park from './parked.js';
import { knowsReleases } from './releases.js';
import { recordStatuses, wereSetAside } from './status-history.js';
import { recordGaps } from './unread-gaps.js';
import { lookupForValidation } from './validation.js';

/** For a call outside of a batch; one within a batch ends with it (model/deadline.ts). A little less, for the event loop. */
const callTimeoutMs = batchMillis - 100;

/**
 * The metastore in the database. Connects at the first call, with `connections` connections at most; schema: migrate.ts. A
 * call rejects within 5 s, and with its batch's time, when PostgreSQL cannot be reached or is too slow, and works again when it is back. A call that
 * was cut off may have taken effect: calling again with the same input is right. `close` waits for calls under way.
 */
export function createPostgresMetastore(
  database: Database,
  { connections, queryTimeoutMs = 4_000, connectionTimeoutMs = 4_000 }: PoolOptions,
): Metastore {
  const pool = createPool(database, { connections, queryTimeoutMs, connectionTimeoutMs });
  const run = statementRunner(pool, callTimeoutMs);
  return {
    recordGaps: (gaps) => recordGaps(run, gaps),
    knowsReleases: (releases) => knowsReleases(run, releases),
    lookupForValidation: (queries) => lookupForValidation(run, queries),
    lookupForEnrichment: (queries) => lookupForEnrichment(run, queries),
    lookupRoutes: (queries) => lookupRoutes(run, queries),
    customerKeys: (keyIds) => customerKeys(run, keyIds),
    keysOfCustomers: (customers) => keysOfCustomers(run, customers),
    addCustomerKeys: (keys) => addCustomerKeys(run, keys),
    indexKey: (proposed) => indexKey(run, proposed),
    claimDeliveries: (claims) => claimDeliveries(run, claims),
    claimForAggregation: (claims) => claimForAggregation(run, claims),
    answersForAggregation: (claims) => answersForAggregation(run, claims),
    recordStatuses: (changes) => recordStatuses(run, changes),
    wereSetAside: (records) => wereSetAside(run, records),
    parkDeliveries: (deliveries) => park.parkDeliveries(run, deliveries),
    parkedPartners: () => park.parkedPartners(run),
    leaseParkedDeliveries: (...lease) => park.leaseParkedDeliveries(run, ...lease),
    leaseGivenUpDeliveries: (...lease) => park.leaseGivenUpDeliveries(run, ...lease),
    postponeDeliveries: (deliveries) => park.postponeDeliveries(run, deliveries),
    removeParkedDeliveries: (deliveries) => park.removeParkedDeliveries(run, deliveries),
    close: () => pool.end(),
  };
}
