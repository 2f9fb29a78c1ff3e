/** What a person sees of the deliveries that wait for their partner, and may do with them. */
import type { Pool, PoolClient } from './connection.js';

/** Which of them: of these orders, of this partner; all where neither is given. */
export interface ParkedSelection {
  readonly orders?: readonly string[] | undefined;
  readonly partner?: string | undefined;
}

/** Times are milliseconds since the epoch. */
export interface ParkedOrder {
  readonly orderId: string;
  /** 1, and one more for each release. */
  readonly attempt: number;
  readonly partnerId: string;
  /** Since when it waits. */
  readonly since: number;
  /** Those that failed, as far as the order may be the reason. */
  readonly tries: number;
  readonly nextTryAt: number;
  readonly lastAnswer: string;
  /** By whom and why; empty while it is tried. */
  readonly givenUp: string;
}

const millis = (time: string) => `round(extract(epoch FROM ${time}) * 1000)::float8`;
const chosen = `($1::text[] IS NULL OR order_id = ANY ($1)) AND ($2::text IS NULL OR partner_id = $2)`;
const valuesOf = ({ orders, partner }: ParkedSelection) => [orders ?? null, partner ?? null];

/** Those that wait longest first, `limit` at most; all unless it is given. */
export async function listParked(pool: Pool, selection: ParkedSelection, limit?: number): Promise<ParkedOrder[]> {
  const { rows } = await pool.query<ParkedOrder>(
    `SELECT
       order_id AS "orderId", attempt, partner_id AS "partnerId", ${millis('parked_at')} AS since, tries,
       ${millis('next_try_at')} AS "nextTryAt", last_answer AS "lastAnswer", given_up AS "givenUp"
     FROM parked_deliveries
     WHERE ${chosen}
     ORDER BY parked_at, order_id, attempt
     LIMIT $3`,
    [...valuesOf(selection), limit ?? null],
  );
  return rows;
}

/** Locked in the order in which the workers lock them. */
const update = (change: string, condition: string) => `
WITH held AS MATERIALIZED (
  SELECT order_id, attempt FROM parked_deliveries WHERE ${chosen} AND ${condition} ORDER BY order_id, attempt FOR UPDATE
)
UPDATE parked_deliveries
SET next_try_at = now() ${change}
WHERE order_id = ANY (ARRAY (SELECT order_id FROM held)) AND ((order_id, attempt) IN (TABLE held)) IS TRUE
RETURNING order_id AS "orderId"`;

async function run(pool: Pool | PoolClient, statement: string, values: readonly unknown[]): Promise<string[]> {
  const { rows } = await pool.query<{ orderId: string }>(statement, [...values]);
  return [...new Set(rows.map(({ orderId }) => orderId))].sort();
}

/** Makes them due now; the orders that it found, sorted. Those that were given up stay so. May be called again. */
export const retryParked = (pool: Pool | PoolClient, selection: ParkedSelection) =>
  run(pool, update('', `given_up = ''`), valuesOf(selection));

/**
 * Says that they are not to be tried again, by whom and why; the orders that it found, sorted. The external-processor ends
 * them, with their status and dead letter, as it does those that a partner refuses. What was given up before stays as it was
 * said. May be called again.
 */
export const giveUpParked = (pool: Pool | PoolClient, selection: ParkedSelection, why: string) =>
  run(pool, update(`, given_up = CASE WHEN given_up = '' THEN $3 ELSE given_up END`, 'true'), [
    ...valuesOf(selection),
    why,
  ]);
