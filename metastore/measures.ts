/** What people ask of the metastore: times to delivery, where the locations are, what waits for a partner. Nothing is changed. */
import type { Pool } from './connection.js';
import { firstKey, numberOf } from './line-keys.js';
import type { LocationFacts } from './metastore.js';

/** The 95th percentile by the nearest rank, of one part of the time or of all; in ms. */
export interface DeliveryTime {
  /** The part's begin in ms since the epoch; 0 for all. */
  readonly time: number;
  readonly p95: number;
}

const deliveryQuery = `
SELECT time, percentile_disc(0.95) WITHIN GROUP (ORDER BY took) AS p95
FROM (
  SELECT
    floor(created_millis(line) / $3::float8) * $3::float8 AS time,
    round(extract(epoch FROM recorded_at) * 1000)::float8 - created_millis(line) AS took
  FROM status_lines
  WHERE status = ${numberOf('DELIVERED')} AND line >= $1::uuid AND line < $2::uuid
) delivered
GROUP BY time
ORDER BY time DESC
LIMIT $4`;

/** The longest part there is, so that one holds all: ten thousand years, in ms. */
const allOfIt = 10_000 * 366 * 86_400_000;

/**
 * How long orders took from their creation to their delivery, by the time of their creation: those created from `from` on, before `to`, in ms since
 * the epoch, null for open. `partMs` divides the time, null for one number over all of it; the newest `limit` parts.
 */
export async function deliveryTimes(
  pool: Pool,
  { from, to, partMs, limit }: { from: number | null; to: number | null; partMs: number | null; limit: number },
): Promise<DeliveryTime[]> {
  const { rows } = await pool.query<DeliveryTime>(deliveryQuery, [
    firstKey(from ?? 0),
    firstKey(to ?? Infinity),
    partMs ?? allOfIt,
    limit,
  ]);
  return rows;
}

/** All locations of the reference data, by name. */
export async function readLocations(pool: Pool): Promise<LocationFacts[]> {
  const { rows } = await pool.query<LocationFacts>(
    'SELECT location_id AS "locationId", name, region FROM locations ORDER BY name, location_id',
  );
  return rows;
}

/** How many deliveries wait for their partner, and since when the oldest does, in ms since the epoch. */
export async function countParked(pool: Pool): Promise<{ deliveries: number; since: number | null }> {
  const { rows } = await pool.query<{ deliveries: number; since: number | null }>(
    `SELECT count(*)::float8 AS deliveries, round(extract(epoch FROM min(parked_at)) * 1000)::float8 AS since
     FROM parked_deliveries`,
  );
  return rows[0]!;
}

/** When an order became DELIVERY_PENDING first since then, in ms since the epoch; undefined where none did. */
export async function firstParkedSince(pool: Pool, since: number): Promise<number | undefined> {
  const { rows } = await pool.query<{ at: Date | null }>(
    `SELECT min(recorded_at) AS at FROM status_lines WHERE status = ${numberOf('DELIVERY_PENDING')} AND recorded_at >= $1`,
    [new Date(since)],
  );
  return rows[0]?.at?.getTime();
}
