/** Brings reference data into PostgreSQL. */
import type pg from 'pg';
import { formatNetwork, parseNetwork } from './addresses.js';
import type { ReferenceData } from './reference-data.js';

const batchSize = 5_000;
const canonical = (network: string) => formatNetwork(parseNetwork(network)!);

/** A table's statement, and its rows as arrays in the order of the statement's parameters. */
interface Load {
  readonly statement: string;
  readonly rows: readonly (readonly unknown[])[];
}

function loadsOf(data: ReferenceData): Load[] {
  return [
    {
      statement: `INSERT INTO locations (location_id, name, region) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
        ON CONFLICT (location_id) DO UPDATE SET name = excluded.name, region = excluded.region`,
      rows: data.locations.map((row) => [row.locationId, row.name, row.region]),
    },
    {
      statement: `INSERT INTO routes (order_type, destination, route, partner_id)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
        ON CONFLICT (order_type, destination) DO UPDATE SET route = excluded.route, partner_id = excluded.partner_id`,
      rows: data.routes.map((row) => [
        row.orderType,
        row.destination,
        row.route,
        row.route === 'EXTERNAL' ? row.partnerId : null,
      ]),
    },
    {
      statement: 'INSERT INTO fraud_networks (network) SELECT * FROM unnest($1::cidr[]) ON CONFLICT DO NOTHING',
      rows: data.fraudNetworks.map((network) => [canonical(network)]),
    },
    {
      statement: 'INSERT INTO payment_defaulters (customer_id) SELECT * FROM unnest($1::text[]) ON CONFLICT DO NOTHING',
      rows: data.paymentDefaulters.map((customerId) => [customerId]),
    },
    {
      statement: `INSERT INTO ip_regions (network, region) SELECT * FROM unnest($1::cidr[], $2::text[])
        ON CONFLICT (network) DO UPDATE SET region = excluded.region`,
      rows: data.ipRegions.map((row) => [canonical(row.network), row.region]),
    },
    {
      statement: `INSERT INTO lead_times (from_region, to_region, minutes)
        SELECT * FROM unnest($1::text[], $2::text[], $3::int[])
        ON CONFLICT (from_region, to_region) DO UPDATE SET minutes = excluded.minutes`,
      rows: data.leadTimes.map((row) => [row.fromRegion, row.toRegion, row.minutes]),
    },
    {
      statement: 'INSERT INTO order_cancellations (order_id) SELECT * FROM unnest($1::text[]) ON CONFLICT DO NOTHING',
      rows: data.cancelledOrders.map((orderId) => [orderId]),
    },
  ];
}

/**
 * Adds the data to the tables and changes what stands there under the same key; nothing is removed. All or nothing, and
 * safe to call again. The number of rows that were read from `data`.
 */
export async function loadReferenceData(pool: pg.Pool, data: ReferenceData): Promise<number> {
  const loads = loadsOf(data);
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    // One loader at a time: two that change the same rows in different orders would deadlock. Readers go on.
    await client.query("SELECT pg_advisory_xact_lock(hashtext('orderflow reference data'))");
    for (const { statement, rows } of loads) {
      for (let start = 0; start < rows.length; start += batchSize) {
        const batch = rows.slice(start, start + batchSize);
        await client.query(
          statement,
          batch[0]!.map((_, column) => batch.map((row) => row[column])),
        );
      }
    }
    await client.query('COMMIT');
    client.release();
  } catch (error) {
    client.release(true); // closing the connection rolls back
    throw error;
  }
  return loads.reduce((sum, { rows }) => sum + rows.length, 0);
}
