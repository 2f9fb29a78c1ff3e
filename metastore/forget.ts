/**
 * Forgets orders: everything of one goes by the time of its last line in the history, and by no other (docs/operations.md, "How long an order
 * is kept"). What still waits for its partner stays.
 *
 * A day's partition goes as a whole. Lines in it of orders that something happened to since, a few as a rule, become the day's new partition.
 */
import type pg from 'pg';
import { attachDay, createDay, dayMs, keepFromDefault, listPartitions, partitionOf } from './partitions.js';
import { aloneInPool, inShortTransaction } from './schema-lock.js';
import { dayOf } from './status-history.js';

/** Claims that are deleted in one transaction. */
const batchSize = 10_000;
/** Pages of the default partition whose lines are deleted in one transaction: about as many lines. */
const batchPages = 100;
/** A day goes so many days after its orders may: what happened to them on the day itself, and around midnight, is old by then. */
const graceDays = 2;
/** Longer than any statement that adds lines is under way. */
const statementMs = 60_000;

export interface Forgotten {
  /** The days (UTC) whose partition was dropped, or replaced by a smaller one. */
  readonly partitions: readonly string[];
  /** Lines that were deleted from the default partition. */
  readonly lines: number;
  readonly claims: number;
}

/**
 * Forgets the orders whose last line was recorded on a day (UTC) more than `keepDays` before today; `now` is in milliseconds since the
 * epoch. Safe to call again, by several at once, and while orders flow. A record that is read again after that counts as new: model/retention.ts
 * says how long orders have to be kept.
 */
export async function forgetOrders(pool: pg.Pool, keepDays: number, now: number): Promise<Forgotten> {
  const cutoff = Date.parse(dayOf(now)) - keepDays * dayMs;
  const before = dayOf(cutoff - graceDays * dayMs);
  const partitions = await aloneInPool(pool, async (client) => {
    const gone: string[] = [];
    for (const date of await listPartitions(client))
      if (date < before && (await forgetDay(client, date, new Date(cutoff)))) gone.push(date);
    return gone;
  });
  const lines = await forgetInDefault(pool, new Date(cutoff));
  return { partitions, lines, claims: await deleteClaims(pool, before) };
}

/** The orders of a table that stay: something happened to them at $1 or later, or is still to happen. */
const stay = (table: string) => `
  SELECT order_id FROM ${table} WHERE recorded_at >= $1
  UNION ALL
  SELECT order_id FROM parked_deliveries`;
/** Whether a line of a table is of none of these, in a form that stays fast where there are many of both. */
const goes = (line: string, table: string) => `(
  ${line}.recorded_at < $1
  AND NOT EXISTS (SELECT FROM ${table} y WHERE y.order_id = ${line}.order_id AND y.recorded_at >= $1)
  AND NOT EXISTS (SELECT FROM parked_deliveries p WHERE p.order_id = ${line}.order_id)
)`;

/** Whether there was something to forget. */
async function forgetDay(client: pg.ClientBase, date: string, cutoff: Date): Promise<boolean> {
  const [old, kept, gone] = [partitionOf(date), `${partitionOf(date)}_kept`, `${partitionOf(date)}_gone`];
  // Of a process that was killed.
  await client.query(`DROP TABLE IF EXISTS ${kept}, ${gone}`);
  await summarizeAges(client, old);
  const { rowCount } = await client.query(`SELECT FROM ${old} o WHERE ${goes('o', old)} LIMIT 1`, [cutoff]);
  if (!rowCount && (await hasLines(client, old))) return false;
  await createDay(client, kept, date);
  const { rows } = await client.query<{ since: Date }>(
    `SELECT greatest($1, clock_timestamp() - $2 * interval '1 ms') AS since`,
    [cutoff, statementMs],
  );
  await client.query(`INSERT INTO ${kept} SELECT * FROM ${old} WHERE order_id IN (${stay(old)})`, [cutoff]);
  const change = () =>
    inShortTransaction(client, async () => {
      await client.query(
        `ALTER TABLE status_history DETACH PARTITION ${old};
         ALTER TABLE ${old} RENAME TO ${gone};
         ALTER TABLE ${kept} RENAME TO ${old}`,
      );
      // What came meanwhile, with the older lines of the same orders.
      await client.query(
        `INSERT INTO ${old} SELECT * FROM ${gone}
         WHERE order_id IN (SELECT order_id FROM ${gone} WHERE recorded_at >= $1) ON CONFLICT DO NOTHING`,
        [rows[0]!.since],
      );
      if (await hasLines(client, old)) await attachDay(client, old, date);
      else await client.query(`DROP TABLE ${old}`);
    });
  // The day has its partition until then, so none of its lines can come to the default one.
  if (await hasLines(client, kept)) await keepFromDefault(client, [date], change);
  else await change();
  await client.query(`DROP TABLE ${gone}`);
  return true;
}

/** Lets the index of ages know the newest pages, too, which are read one by one otherwise. */
async function summarizeAges(client: pg.ClientBase, table: string): Promise<void> {
  await client.query(
    `SELECT brin_summarize_new_values(i.indexrelid) FROM pg_index i
     JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
     WHERE i.indrelid = $1::regclass AND a.amname = 'brin'`,
    [table],
  );
}

async function hasLines(client: pg.ClientBase, table: string): Promise<boolean> {
  const { rowCount } = await client.query(`SELECT FROM ${table} LIMIT 1`);
  return rowCount === 1;
}

/** Deletes batch by batch until nothing is left to delete; how much it was. */
async function inBatches(deleteSome: () => Promise<number>): Promise<number> {
  let deleted = 0;
  for (let count = batchSize; count === batchSize; deleted += count) count = await deleteSome();
  return deleted;
}

/** Goes through the default partition once, some pages at a time. */
async function forgetInDefault(pool: pg.Pool, cutoff: Date): Promise<number> {
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ pages: number }>(
      "SELECT (pg_relation_size('status_history_default') / current_setting('block_size')::int)::int AS pages",
    );
    let deleted = 0;
    for (let page = 0; page < rows[0]!.pages; page += batchPages) {
      await client.query("BEGIN; SET LOCAL orderflow.forgets = 'on'"); // the trigger that refuses others knows us by it
      const { rowCount } = await client.query(
        `DELETE FROM status_history_default o
         WHERE ctid >= $2::text::tid AND ctid < $3::text::tid AND ${goes('o', 'status_history_default')}`,
        [cutoff, `(${page},0)`, `(${page + batchPages},0)`],
      );
      await client.query('COMMIT');
      deleted += rowCount ?? 0;
    }
    return deleted;
  } finally {
    client.release(true); // closing the connection rolls back
  }
}

const claimTables = ['message_claims', 'order_claims', 'delivery_claims', 'aggregation_claims'] as const;

/**
 * Deletes the claims made before the day of orders that nothing is left of. Only old days are asked: an order is created a day after its record
 * at most (model/limits.ts).
 */
async function deleteClaims(pool: pg.Pool, before: string): Promise<number> {
  let deleted = 0;
  for (const table of claimTables)
    deleted += await inBatches(async () => {
      const { rowCount } = await pool.query(
        `DELETE FROM ${table} WHERE ctid = ANY (ARRAY (
           SELECT ctid FROM ${table} c
           WHERE claimed_at < $1::date
             AND NOT EXISTS (SELECT FROM status_history h WHERE h.order_id = c.order_id AND h.created_on <= $1::date + 1)
             AND NOT EXISTS (SELECT FROM parked_deliveries p WHERE p.order_id = c.order_id)
           ORDER BY claimed_at LIMIT ${batchSize} FOR UPDATE OF c SKIP LOCKED
         ))`,
        [before],
      );
      return rowCount ?? 0;
    });
  return deleted;
}
