/** The status history's partitions, a day of orders each: made ahead of time, dropped when they are old. */
import type pg from 'pg';
import { dayOf } from './status-history.js';

const day = 86_400_000;
const nameOf = (date: string) => `status_history_${date.replaceAll('-', '')}`;

/** Runs the work in a transaction that no other change of the partitions overlaps. */
async function alone<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query("SELECT pg_advisory_xact_lock(hashtext('orderflow status_history partitions'))");
    const result = await work(client);
    await client.query('COMMIT');
    client.release();
    return result;
  } catch (error) {
    client.release(true); // closing the connection rolls back
    throw error;
  }
}

/** The days that have a partition, oldest first, as YYYY-MM-DD. */
export async function listPartitions(client: pg.Pool | pg.PoolClient): Promise<string[]> {
  const { rows } = await client.query<{ day: string }>(
    `SELECT to_char(to_date(right(inhrelid::regclass::text, 8), 'YYYYMMDD'), 'YYYY-MM-DD') AS day
     FROM pg_inherits
     WHERE inhparent = 'status_history'::regclass AND inhrelid::regclass::text ~ '^status_history_\\d{8}$'
     ORDER BY day`,
  );
  return rows.map((row) => row.day);
}

/**
 * Replaces the default partition, and makes the partitions of `days` in between: PostgreSQL refuses a partition for lines
 * that stand in the default one. The lines recorded at `since` or later come back, each to where it now belongs; as in
 * every partition, the others are forgotten by a drop.
 */
async function renewDefaultPartition(client: pg.PoolClient, days: readonly string[], since: Date | '-infinity') {
  await client.query('ALTER TABLE status_history DETACH PARTITION status_history_default');
  await client.query('ALTER TABLE status_history_default RENAME TO status_history_outgoing');
  for (const date of days) await createPartition(client, date);
  await client.query('CREATE TABLE status_history_default PARTITION OF status_history DEFAULT');
  await client.query('INSERT INTO status_history SELECT * FROM status_history_outgoing WHERE recorded_at >= $1', [
    since,
  ]);
  await client.query('DROP TABLE status_history_outgoing');
}

async function createPartition(client: pg.PoolClient, date: string): Promise<void> {
  // Names and bounds take no parameters; both are made of digits of a date of ours.
  const next = dayOf(Date.parse(date) + day);
  await client.query(
    `CREATE TABLE ${nameOf(date)} PARTITION OF status_history FOR VALUES FROM ('${date}') TO ('${next}')`,
  );
}

export interface PartitionRange {
  readonly daysBack: number;
  readonly daysAhead: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Makes the partitions from `daysBack` before today (UTC) to `daysAhead` after, those that are missing; the days that it
 * made. Safe to call again and by several at once, and touches nothing when all are there. To be called at least every
 * `daysAhead` days; orders of days without a partition are kept in the default one until then.
 */
export async function ensurePartitions(pool: pg.Pool, { daysBack, daysAhead, now }: PartitionRange): Promise<string[]> {
  const wanted = Array.from({ length: daysBack + daysAhead + 1 }, (_, index) => dayOf(now + (index - daysBack) * day));
  return alone(pool, async (client) => {
    const present = new Set(await listPartitions(client));
    const missing = wanted.filter((date) => !present.has(date));
    if (missing.length === 0) return [];
    const { rowCount } = await client.query(
      'SELECT FROM status_history_default WHERE created_on = ANY ($1::date[]) LIMIT 1',
      [missing],
    );
    if (rowCount) await renewDefaultPartition(client, missing, '-infinity');
    else for (const date of missing) await createPartition(client, date);
    return missing;
  });
}

const claimTables = ['message_claims', 'order_claims', 'delivery_claims', 'aggregation_claims'] as const;

/** Deletes the claims made before the time, in batches, so that no transaction is long. How many there were. */
async function deleteOldClaims(pool: pg.Pool, before: Date): Promise<number> {
  let deleted = 0;
  for (const table of claimTables) {
    let count;
    do {
      const { rowCount } = await pool.query(
        `DELETE FROM ${table} WHERE ctid = ANY (ARRAY (
           SELECT ctid FROM ${table} WHERE claimed_at < $1 ORDER BY claimed_at LIMIT 10000 FOR UPDATE SKIP LOCKED
         ))`,
        [before],
      );
      count = rowCount ?? 0;
      deleted += count;
    } while (count > 0);
  }
  return deleted;
}

/**
 * Forgets the orders created more than `keepDays` days before `now` (milliseconds since the epoch): drops their
 * partitions, and deletes claims made before then. A record that is read again after its claim is gone counts as new, so
 * keep more days than the topics do. Safe to call again. The days that were dropped, and the number of claims.
 */
export async function dropOldPartitions(
  pool: pg.Pool,
  keepDays: number,
  now: number,
): Promise<{ partitions: string[]; claims: number }> {
  const cutoff = new Date(Date.parse(dayOf(now - keepDays * day)));
  const partitions = await alone(pool, async (client) => {
    const old = (await listPartitions(client)).filter((date) => Date.parse(date) < cutoff.getTime());
    for (const date of old) await client.query(`DROP TABLE ${nameOf(date)}`);
    const { rowCount } = await client.query('SELECT FROM status_history_default WHERE recorded_at < $1 LIMIT 1', [
      cutoff,
    ]);
    if (rowCount) await renewDefaultPartition(client, [], cutoff);
    return old;
  });
  return { partitions, claims: await deleteOldClaims(pool, cutoff) };
}
