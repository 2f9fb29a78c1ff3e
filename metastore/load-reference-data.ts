/** Brings reference data into PostgreSQL. */
import type pg from 'pg';
import { formatNetwork, parseNetwork } from './addresses.js';
import type { ReferenceData } from './reference-data.js';

const batchSize = 5_000;
const canonical = (network: string) => formatNetwork(parseNetwork(network)!);

/** What loading makes of one kind of data. */
export interface LoadedRows {
  /** By their keys. */
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: number;
}

export type LoadedReferenceData = Readonly<Record<keyof ReferenceData, LoadedRows>>;

/**
 * A table's statement, and its rows as arrays in the order of the statement's parameters. It answers with the rows that it has
 * changed: an inserted one has no transaction in xmax, and one that was updated has this one
 * (https://www.postgresql.org/docs/18/ddl-system-columns.html).
 */
interface Load {
  readonly of: keyof ReferenceData;
  readonly statement: string;
  readonly rows: readonly (readonly unknown[])[];
}

function loadsOf(data: ReferenceData): Load[] {
  return [
    {
      of: 'locations',
      statement: `INSERT INTO locations AS t (location_id, name, region) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
        ON CONFLICT (location_id) DO UPDATE SET name = excluded.name, region = excluded.region
        WHERE (t.name, t.region) IS DISTINCT FROM (excluded.name, excluded.region)
        RETURNING location_id AS key, xmax = 0 AS "isNew"`,
      rows: data.locations.map((row) => [row.locationId, row.name, row.region]),
    },
    {
      of: 'routes',
      statement: `INSERT INTO routes AS t (order_type, destination, route, partner_id)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
        ON CONFLICT (order_type, destination) DO UPDATE SET route = excluded.route, partner_id = excluded.partner_id
        WHERE (t.route, t.partner_id) IS DISTINCT FROM (excluded.route, excluded.partner_id)
        RETURNING order_type || ' to ' || destination AS key, xmax = 0 AS "isNew"`,
      rows: data.routes.map((row) => [
        row.orderType,
        row.destination,
        row.route,
        row.route === 'EXTERNAL' ? row.partnerId : null,
      ]),
    },
    {
      of: 'fraudNetworks',
      statement: `INSERT INTO fraud_networks (network) SELECT * FROM unnest($1::cidr[]) ON CONFLICT DO NOTHING
        RETURNING network::text AS key, true AS "isNew"`,
      rows: data.fraudNetworks.map((network) => [canonical(network)]),
    },
    {
      of: 'paymentDefaulters',
      statement: `INSERT INTO payment_defaulters (customer_id) SELECT * FROM unnest($1::text[]) ON CONFLICT DO NOTHING
        RETURNING customer_id AS key, true AS "isNew"`,
      rows: data.paymentDefaulters.map((customerId) => [customerId]),
    },
    {
      of: 'ipRegions',
      statement: `INSERT INTO ip_regions AS t (network, region) SELECT * FROM unnest($1::cidr[], $2::text[])
        ON CONFLICT (network) DO UPDATE SET region = excluded.region WHERE t.region IS DISTINCT FROM excluded.region
        RETURNING network::text AS key, xmax = 0 AS "isNew"`,
      rows: data.ipRegions.map((row) => [canonical(row.network), row.region]),
    },
    {
      of: 'leadTimes',
      statement: `INSERT INTO lead_times AS t (from_region, to_region, minutes)
        SELECT * FROM unnest($1::text[], $2::text[], $3::int[])
        ON CONFLICT (from_region, to_region) DO UPDATE SET minutes = excluded.minutes
        WHERE t.minutes IS DISTINCT FROM excluded.minutes
        RETURNING from_region || ' to ' || to_region AS key, xmax = 0 AS "isNew"`,
      rows: data.leadTimes.map((row) => [row.fromRegion, row.toRegion, row.minutes]),
    },
    {
      of: 'cancelledOrders',
      statement: `INSERT INTO order_cancellations (order_id) SELECT * FROM unnest($1::text[]) ON CONFLICT DO NOTHING
        RETURNING order_id AS key, true AS "isNew"`,
      rows: data.cancelledOrders.map((orderId) => [orderId]),
    },
  ];
}

export interface LoadOptions {
  /** Says what it would change, and changes nothing. */
  readonly dryRun?: boolean;
  /** Leaves a metastore alone that has locations already; then nothing is added, nothing changed. */
  readonly onlyIfEmpty?: boolean;
}

/**
 * Adds the data to the tables and changes what stands there under the same key; nothing is removed. All or nothing, and
 * safe to call again. What is added and what is changed, by kind of data.
 */
export async function loadReferenceData(
  pool: pg.Pool,
  data: ReferenceData,
  { dryRun = false, onlyIfEmpty = false }: LoadOptions = {},
): Promise<LoadedReferenceData> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const loaded = await loadInTransaction(client, data, { onlyIfEmpty });
    await client.query(dryRun ? 'ROLLBACK' : 'COMMIT');
    client.release();
    return loaded;
  } catch (error) {
    client.release(true); // closing the connection rolls back
    throw error;
  }
}

/** The same as a part of a transaction of the caller's. */
export async function loadInTransaction(
  client: pg.PoolClient,
  data: ReferenceData,
  { onlyIfEmpty = false }: Pick<LoadOptions, 'onlyIfEmpty'> = {},
): Promise<LoadedReferenceData> {
  // One loader at a time: two that change the same rows in different orders would deadlock. Readers go on.
  await client.query("SELECT pg_advisory_xact_lock(hashtext('orderflow reference data'))");
  const isLeftAlone = onlyIfEmpty && (await client.query('SELECT FROM locations LIMIT 1')).rowCount !== 0;
  const loaded: [keyof ReferenceData, LoadedRows][] = [];
  for (const { of, statement, rows } of loadsOf(data)) {
    loaded.push([of, await load(client, statement, isLeftAlone ? [] : rows)]);
  }
  return Object.fromEntries(loaded) as Record<keyof ReferenceData, LoadedRows>;
}

async function load(client: pg.PoolClient, statement: string, rows: Load['rows']): Promise<LoadedRows> {
  const added: string[] = [];
  const changed: string[] = [];
  for (let start = 0; start < rows.length; start += batchSize) {
    const batch = rows.slice(start, start + batchSize);
    const columns = batch[0]!.map((_, column) => batch.map((row) => row[column]));
    const answer = await client.query<{ key: string; isNew: boolean }>(statement, columns);
    for (const { key, isNew } of answer.rows) (isNew ? added : changed).push(key);
  }
  return { added, changed, unchanged: rows.length - added.length - changed.length };
}
