/**
 * Every statement of the metastore does work in proportion to its batch, whatever plan PostgreSQL takes: one for this batch or one for all,
 * made for empty tables, for tables that have grown since, or with statistics of many rows. The tests go on one after the other.
 */
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { statementRunner } from '../../metastore/connection.js';
import { loadReferenceData } from '../../metastore/load-reference-data.js';
import { ensurePartitions } from '../../metastore/partitions.js';
import { batchCalls, batchSize, earlierCalls, largeReference, linesOfOrder } from './batch-calls.js';
import { startDatabase } from './implementations.js';
import { createdAt } from './orders.js';
import { explainingRunner, type Touched } from './touched-rows.js';

const earlier = 10_000;
/** What compares each row of a batch with each looks at `batchSize` times as many as there are. */
const most = 20 * batchSize;
const modes = ['force_custom_plan', 'force_generic_plan'] as const;

let database: Awaited<ReturnType<typeof startDatabase>>;
const sessions: { mode: string; client: pg.Client; ask: ReturnType<typeof explainingRunner> }[] = [];
beforeAll(async () => {
  database = await startDatabase();
  await ensurePartitions(database.pool, { daysBack: 0, daysAhead: 0, now: createdAt });
  await loadReferenceData(database.pool, largeReference(earlier));
  for (const mode of modes) {
    const client = new pg.Client({ connectionString: database.postgres.url });
    await client.connect();
    // So little memory that what is kept in it only if it fits, does not with a few thousand rows.
    await client.query(`SET plan_cache_mode = ${mode}; SET work_mem = '64kB'`);
    sessions.push({ mode, client, ask: explainingRunner(client, batchSize) });
  }
});
afterAll(async () => {
  for (const { client } of sessions) await client.end();
  await database.pool.end();
  await database.postgres.stop();
});

let orders = 0;
const newOrders = (count: number) => Array.from({ length: count }, () => orders++);

const countLines = async () =>
  (await database.pool.query<{ lines: number }>('SELECT count(*)::int AS lines FROM status_lines')).rows[0]!.lines;

/** Makes all calls, in both modes; what looked at too many rows. */
async function lavishNodes(): Promise<string[]> {
  const lavish: string[] = [];
  const linesBefore = await countLines();
  for (const { mode, ask } of sessions) {
    const batch = newOrders(batchSize);
    for (const [call, make] of batchCalls) {
      const touched: Touched[] = [];
      await make(ask(touched), batch, database.pool);
      for (const { where, rows } of touched)
        if (rows > most) lavish.push(`${call}, ${mode}: ${Math.round(rows)} rows for ${batchSize} in ${where}`);
    }
  }
  // The calls did what they are for.
  expect(await countLines()).toBe(linesBefore + modes.length * batchSize * linesOfOrder);
  return lavish;
}

test('in empty tables', async () => {
  expect(await lavishNodes()).toEqual([]);
});

test('in tables that have grown since the plan was made', async () => {
  const run = statementRunner(database.pool, 60_000);
  const batch = newOrders(earlier);
  for (const [, make] of earlierCalls) await make(run, batch, database.pool);
  expect(await lavishNodes()).toEqual([]);
});

test('in tables of which PostgreSQL knows that they are large', async () => {
  await database.pool.query('ANALYZE');
  expect(await lavishNodes()).toEqual([]);
});
