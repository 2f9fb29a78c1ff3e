/**
 * Forgets orders: everything of one goes by the time of its last line in the history, and by no other (docs/operations.md, "How long an order
 * is kept"). What still waits for its partner stays.
 *
 * A day's partition goes as a whole. Lines in it of orders that something happened to since, a few as a rule, become the day's new partition.
 */
import type pg from 'pg';
import { bearsIds, bearsOrder, isOf } from './line-keys.js';
import { attachDay, boundsOf, createDay, dayMs, keepFromDefault, listPartitions, partitionOf } from './partitions.js';
import { aloneInPool, inShortTransaction } from './schema-lock.js';
import { dayOf } from './status-history.js';

/** Pages of a table that are looked through in one transaction: some ten thousand rows. */
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

/**
 * The publications of a table whose orders stay: something happened to them at $1 or later, or is still to happen. Ids stand in one line of a
 * publication, so from young lines it goes to their publications, orders, and these orders' publications.
 */
const staying = (table: string) => `
  SELECT publication_of(i.line) FROM ${table} i
  WHERE ${bearsIds('i')} AND (
    i.order_id IN (SELECT order_id FROM parked_deliveries) OR i.order_id IN (
      SELECT y.order_id FROM ${table} y
      WHERE ${bearsIds('y')} AND publication_of(y.line) IN (SELECT publication_of(line) FROM ${table} WHERE recorded_at >= $1)
    )
  )`;
/** Whether an order is none of these, by the indexes. */
const goes = (order: string, table: string) => `(
  NOT EXISTS (SELECT FROM parked_deliveries w WHERE w.order_id = ${order})
  AND NOT EXISTS (
    SELECT FROM ${table} o JOIN ${table} y ON ${isOf('y.line', 'publication_of(o.line)')}
    WHERE ${bearsOrder('o', order)} AND y.recorded_at >= $1
  )
)`;

/** Whether there was something to forget. */
async function forgetDay(client: pg.ClientBase, date: string, cutoff: Date): Promise<boolean> {
  const [old, kept, gone] = [partitionOf(date), `${partitionOf(date)}_kept`, `${partitionOf(date)}_gone`];
  // Of a process that was killed.
  await client.query(`DROP TABLE IF EXISTS ${kept}, ${gone}`);
  await summarizeAges(client, old);
  const { rowCount } = await client.query(
    `SELECT FROM ${old} i WHERE ${bearsIds('i')} AND ${goes('i.order_id', old)} LIMIT 1`,
    [cutoff],
  );
  if (!rowCount && (await hasLines(client, old))) return false;
  await createDay(client, kept, date);
  const { rows } = await client.query<{ since: Date }>(
    `SELECT greatest($1, clock_timestamp() - $2 * interval '1 ms') AS since`,
    [cutoff, statementMs],
  );
  await client.query(`INSERT INTO ${kept} SELECT * FROM ${old} WHERE publication_of(line) IN (${staying(old)})`, [
    cutoff,
  ]);
  const change = () =>
    inShortTransaction(client, async () => {
      await client.query(
        `ALTER TABLE status_lines DETACH PARTITION ${old};
         ALTER TABLE ${old} RENAME TO ${gone};
         ALTER TABLE ${kept} RENAME TO ${old}`,
      );
      // What came meanwhile, with the older lines of the same orders: few, found by the indexes.
      await client.query(
        'SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off',
      );
      await client.query(
        `INSERT INTO ${old}
         SELECT DISTINCT l.* FROM ${gone} y
         JOIN ${gone} i ON ${isOf('i.line', 'publication_of(y.line)')} AND ${bearsIds('i')}
         JOIN ${gone} o ON ${bearsOrder('o', 'i.order_id')}
         JOIN ${gone} l ON ${isOf('l.line', 'publication_of(o.line)')}
         WHERE y.recorded_at >= $1
         ON CONFLICT DO NOTHING`,
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

/** Goes through a table once, some pages in each transaction; how many rows that deleted. */
async function byPages(
  client: pg.ClientBase,
  table: string,
  deleteIn: (first: string, next: string) => Promise<{ rowCount: number | null }>,
): Promise<number> {
  const { rows } = await client.query<{ pages: number }>(
    "SELECT (pg_relation_size($1) / current_setting('block_size')::int)::int AS pages",
    [table],
  );
  let deleted = 0;
  for (let page = 0; page < rows[0]!.pages; page += batchPages)
    deleted += (await deleteIn(`(${page},0)`, `(${page + batchPages},0)`)).rowCount ?? 0;
  return deleted;
}

/** Of an order that goes, all lines of a publication whose ids stand in the pages. */
async function forgetInDefault(pool: pg.Pool, cutoff: Date): Promise<number> {
  const client = await pool.connect();
  const table = 'status_lines_default';
  try {
    return await byPages(client, table, async (first, next) => {
      await client.query("BEGIN; SET LOCAL orderflow.forgets = 'on'"); // the trigger that refuses others knows us by it
      const deleted = await client.query(
        `DELETE FROM ${table} l
         USING (
           SELECT DISTINCT publication_of(i.line) AS publication FROM ${table} i
           WHERE i.ctid >= $2::text::tid AND i.ctid < $3::text::tid AND ${bearsIds('i')} AND ${goes('i.order_id', table)}
         ) p
         WHERE ${isOf('l.line', 'p.publication')}`,
        [cutoff, first, next],
      );
      await client.query('COMMIT');
      return deleted;
    });
  } finally {
    client.release(true); // closing the connection rolls back
  }
}

const hasNoLine = `NOT EXISTS (SELECT FROM status_lines h WHERE ${isOf('h.line', 'c.publication')})`;
const hasNoOrder = 'NOT EXISTS (SELECT FROM order_claims o WHERE o.order_key = c.order_key)';

/**
 * Which claims go: those of publications that were created before the day and have no line, then those on orders that no publication holds any
 * more. The claim on an order is made before any other claim on it, in the statement that adds the line; that on a message a moment before its
 * line, so that of a publication of long ago it may go in this moment: its record is still decided once, by the line.
 */
function claimsThatGo(before: string): readonly (readonly [table: string, condition: string])[] {
  const ofPublications = `c.publication < '${boundsOf(before)[0]}' AND ${hasNoLine}`;
  return [
    ['message_claims', ofPublications],
    ['order_claims', ofPublications],
    ['delivery_claims', hasNoOrder],
    ['aggregation_claims', hasNoOrder],
  ];
}

/** Deletes the claims that nothing is left of. Who is at one keeps it until the next time. */
async function deleteClaims(pool: pg.Pool, before: string): Promise<number> {
  const client = await pool.connect();
  try {
    let deleted = 0;
    for (const [table, condition] of claimsThatGo(before))
      deleted += await byPages(client, table, (first, next) =>
        client.query(
          `DELETE FROM ${table} WHERE ctid = ANY (ARRAY (
             SELECT ctid FROM ${table} c
             WHERE ctid >= $1::text::tid AND ctid < $2::text::tid AND ${condition}
             FOR UPDATE OF c SKIP LOCKED
           ))`,
          [first, next],
        ),
      );
    return deleted;
  } finally {
    client.release();
  }
}
