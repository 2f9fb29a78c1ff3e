/** All calls of the metastore that take a batch, as the stages make them of orders that pass through. */
import type pg from 'pg';
import { claimDeliveries, claimForAggregation } from '../../metastore/claims.js';
import { inTransaction, type RunStatement } from '../../metastore/connection.js';
import { addCustomerKeys, customerKeys, keysOfCustomers } from '../../metastore/customer-keys.js';
import { lookupForEnrichment, lookupRoutes } from '../../metastore/lookups.js';
import { giveUpParked } from '../../metastore/parked-orders.js';
import * as park from '../../metastore/parked.js';
import type { ReferenceData } from '../../metastore/reference-data.js';
import { claimReleases, knowsReleases } from '../../metastore/releases.js';
import { recordStatuses, wereSetAside } from '../../metastore/status-history.js';
import { recordGaps } from '../../metastore/unread-gaps.js';
import { lookupForValidation } from '../../metastore/validation.js';
import { contentOf } from '../../model/record.js';
import type { Status } from '../../model/statuses.js';
import { claim, createdAt, line, parked, query, record, releaseOf } from './orders.js';

/** How many orders a batch has. */
export const batchSize = 1_000;
/** How many lines all calls together add to the history of an order. */
export const linesOfOrder = 10;

export type Call = readonly [
  name: string,
  ask: (run: RunStatement, orders: readonly number[], pool: pg.Pool) => Promise<unknown>,
];

const regions = 1_000;
const region = (n: number) => `REGION-${n % regions}`;
const location = (n: number) => `LOC-${n % 5_000}`;
const address = (n: number, first: number) => `${first}.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
const range = (length: number) => Array.from({ length }, (_, n) => n);

/** Of so many rows in each table that may be large. */
export const largeReference = (rows: number): ReferenceData => ({
  locations: range(5_000).map((n) => ({ locationId: location(n), name: `Place ${n}`, region: region(n) })),
  routes: range(regions).map((n) => ({ orderType: 'STANDARD', destination: region(n), route: 'INTERNAL' })),
  fraudNetworks: range(rows).map((n) => `${address(n, 100)}/32`),
  paymentDefaulters: range(rows).map((n) => `C-defaulter-${n}`),
  ipRegions: range(rows).map((n) => ({ network: `${address(n, 10)}/32`, region: region(n) })),
  leadTimes: range(rows).map((n) => ({
    fromRegion: region(n),
    toRegion: region(Math.floor(n / regions)),
    minutes: n,
  })),
  cancelledOrders: range(rows).map((n) => `O-cancelled-${n}`),
});

const created = (n: number) => ({ createdAt: createdAt + n });
const asked = (n: number, messageId = `M-${n}`, rest: object = {}) =>
  query(n, `O-${n}`, messageId, {
    ...created(n),
    customerId: `C-${n}`,
    ipAddress: address(n, 10),
    fromLocationId: location(n),
    toLocationId: location(n * 7),
    ...rest,
  });
const own = (n: number) => `M-${n}`;
const duplicate = (n: number) => `D-${n}`;
const validates =
  (messageId = own, rest: (n: number) => object = () => ({})): Call[1] =>
  (run, orders) =>
    lookupForValidation(
      run,
      orders.map((n) => asked(n, messageId(n), rest(n))),
    );
const records =
  (status: Status, rest: object = {}, messageId = own): Call[1] =>
  (run, orders) =>
    recordStatuses(
      run,
      orders.map((n) => line(`O-${n}`, messageId(n), status, { ...created(n), ...rest })),
    );
const customer = (n: number) => Buffer.from(`customer ${n}`.padStart(32));
const delivery = (n: number) => ({ ...parked(`O-${n}`, 0), partnerId: `P-${Math.floor(n / batchSize)}` });
const namesOf = (orders: readonly number[]) => orders.map((n) => ({ orderId: `O-${n}`, attempt: 1 }));
const aside = (n: number) => ({ orderId: `O-${n}`, messageId: `M-${n}`, ...created(n), about: `1@${n}` });
const claimed = (n: number) => ({
  letter: `raw_order/1/${n}/validator`,
  number: 1,
  content: contentOf(Buffer.from(`${n}`)),
});
const released = (n: number) => claim(1e6 + n, `O-${n}`, releaseOf(n, 1));

const calls = {
  lookupForValidation: validates(),
  'lookupForValidation, again': validates(),
  'lookupForValidation of releases': validates(own, (n) => ({ ...record(1e6 + n), released: releaseOf(n, 1) })),
  'recordStatuses VALIDATED': records('VALIDATED'),
  'recordStatuses VALIDATED, again': records('VALIDATED'),
  'lookupForValidation of duplicates': validates(duplicate),
  'recordStatuses VALIDATED of duplicates': records('VALIDATED', {}, duplicate),
  'recordStatuses DEAD_LETTERED of another record': (run, orders) =>
    recordStatuses(
      run,
      orders.map((n) => line(`O-${n}`, `M-${n}`, 'DEAD_LETTERED', { ...aside(n), recordedBy: 'validator' })),
    ),
  wereSetAside: (run, orders) => wereSetAside(run, orders.map(aside)),
  addCustomerKeys: (run, orders) =>
    addCustomerKeys(
      run,
      orders.map((n) => ({ customer: customer(n), keyId: `key-${n}`, wrapped: { bytes: customer(n), kmsKey: 'kms' } })),
    ),
  customerKeys: (run, orders) =>
    customerKeys(
      run,
      orders.map((n) => `key-${n}`),
    ),
  keysOfCustomers: (run, orders) => keysOfCustomers(run, orders.map(customer)),
  lookupForEnrichment: (run, orders) =>
    lookupForEnrichment(
      run,
      orders.map((n) => asked(n)),
    ),
  'recordStatuses ENRICHED': records('ENRICHED', { facts: '["a"]' }),
  lookupRoutes: (run, orders) =>
    lookupRoutes(
      run,
      orders.map((n) => ({ orderType: 'STANDARD', destination: region(n) })),
    ),
  'recordStatuses ROUTED': records('ROUTED'),
  claimForAggregation: (run, orders) =>
    claimForAggregation(
      run,
      orders.map((n) => claim(n, `O-${n}`)),
    ),
  'claimForAggregation of releases': (run, orders) =>
    claimForAggregation(
      run,
      orders.map((n) => ({ ...released(n), isTooLate: false })),
    ),
  claimDeliveries: (run, orders) =>
    claimDeliveries(
      run,
      orders.map((n) => claim(n, `O-${n}`)),
    ),
  'recordStatuses DELIVERY_PENDING': records('DELIVERY_PENDING'),
  parkDeliveries: (run, orders) => park.parkDeliveries(run, orders.map(delivery)),
  'claimDeliveries that are parked': (run, orders) =>
    claimDeliveries(
      run,
      orders.map((n) => claim(n, `O-${n}`)),
    ),
  parkedPartners: (run) => park.parkedPartners(run),
  leaseParkedDeliveries: (run, orders) =>
    park.leaseParkedDeliveries(run, delivery(orders[0]!).partnerId, orders.length, 60_000),
  postponeDeliveries: (run, orders) =>
    park.postponeDeliveries(
      run,
      namesOf(orders).map((name) => ({ ...name, tries: 1, waitMillis: 60_000, answer: 'HTTP 503' })),
    ),
  leaseGivenUpDeliveries: async (run, orders, pool) => {
    await giveUpParked(pool, { partner: delivery(orders[0]!).partnerId }, 'by a test');
    return park.leaseGivenUpDeliveries(run, orders.length, 60_000);
  },
  'recordStatuses DELIVERY_FAILED': records('DELIVERY_FAILED'),
  removeParkedDeliveries: (run, orders) => park.removeParkedDeliveries(run, namesOf(orders)),
  knowsReleases: async (run, orders, pool) => {
    const claims = orders.map((n) => ({ ...claimed(n), orderId: `O-${n}` }));
    await inTransaction(pool, (client) => claimReleases(client, claims, { by: 'a test', why: '' }));
    return knowsReleases(run, orders.map(claimed));
  },
  'recordStatuses RELEASED': records('RELEASED', { attempt: 2, recordedBy: 'external-processor' }),
  'claimDeliveries of releases': (run, orders) => claimDeliveries(run, orders.map(released)),
  'recordStatuses DEAD_LETTERED': records('DEAD_LETTERED', { attempt: 2 }),
  'recordStatuses DELIVERED': records('DELIVERED', { attempt: 3 }),
  recordGaps: (run, orders) =>
    recordGaps(
      run,
      orders.map((n) => ({ stage: 'validator', topic: 'raw_order', partition: 1, first: n * 2, next: n * 2 + 1 })),
    ),
} satisfies Record<string, Call[1]>;

/** In the order in which they are made. */
export const batchCalls: readonly Call[] = Object.entries<Call[1]>(calls);

const filling: readonly string[] = [
  'lookupForValidation',
  'recordStatuses VALIDATED',
  'addCustomerKeys',
  'recordStatuses ENRICHED',
  'recordStatuses ROUTED',
  'claimForAggregation',
  'claimDeliveries',
  'parkDeliveries',
  'knowsReleases',
  'recordGaps',
] satisfies (keyof typeof calls)[];
/** Those that fill the tables. */
export const earlierCalls = batchCalls.filter(([name]) => filling.includes(name));
