import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Metastore } from '../../metastore/metastore.js';
import { dropOldPartitions, ensurePartitions, listPartitions } from '../../metastore/partitions.js';
import { createPostgresMetastore } from '../../metastore/postgres.js';
import { startDatabase } from './implementations.js';
import { claim, line, query } from './orders.js';

const day = 86_400_000;
const now = Date.UTC(2026, 0, 15, 23, 59);

let database: Awaited<ReturnType<typeof startDatabase>>;
let pool: pg.Pool;
let metastore: Metastore;
beforeAll(async () => {
  database = await startDatabase();
  pool = database.pool;
  metastore = createPostgresMetastore(database.postgres.url, { connections: 1 });
});
beforeEach(async () => {
  for (const date of await listPartitions(pool))
    await pool.query(`DROP TABLE status_history_${date.replaceAll('-', '')}`);
  await database.empty();
});
afterAll(async () => {
  await metastore.close();
  await pool.end();
  await database.postgres.stop();
});

/** The partition in which each order's line stands. */
async function placesOfOrders(): Promise<Record<string, string>> {
  const { rows } = await pool.query<{ order: string; place: string }>(
    'SELECT order_id AS order, tableoid::regclass::text AS place FROM status_history ORDER BY order_id',
  );
  return Object.fromEntries(rows.map((row) => [row.order, row.place]));
}
const created = (orderId: string, createdAt: number) => line(orderId, `M-${orderId}`, 'CREATED', { createdAt });

test('makes the partitions that are missing, though two make them at the same time', async () => {
  const range = { daysBack: 1, daysAhead: 2, now };
  const days = ['2026-01-14', '2026-01-15', '2026-01-16', '2026-01-17'];
  const made = await Promise.all([ensurePartitions(pool, range), ensurePartitions(pool, range)]);
  expect(made.flat()).toEqual(days);
  expect(await ensurePartitions(pool, { ...range, daysAhead: 3 })).toEqual(['2026-01-18']);
  expect(await listPartitions(pool)).toEqual([...days, '2026-01-18']);
});

test('keeps the line of an order in the partition of its day (UTC), or in the default one', async () => {
  await ensurePartitions(pool, { daysBack: 0, daysAhead: 1, now });
  const midnight = Date.UTC(2026, 0, 16);
  await metastore.recordStatuses([
    created('O-before', midnight - 1),
    created('O-after', midnight),
    created('O-early', 0),
    created('O-late', Date.UTC(9999, 11, 31)),
  ]);
  expect(await placesOfOrders()).toEqual({
    'O-before': 'status_history_20260115',
    'O-after': 'status_history_20260116',
    'O-early': 'status_history_default',
    'O-late': 'status_history_default',
  });
});

test('moves lines from the default partition when their day gets its own, and they stay append-only and unique', async () => {
  const lines = [created('O-1', now), created('O-2', now + day), created('O-3', now + 9 * day)];
  await metastore.recordStatuses(lines);
  await ensurePartitions(pool, { daysBack: 0, daysAhead: 1, now });
  await metastore.recordStatuses(lines);
  expect(await placesOfOrders()).toEqual({
    'O-1': 'status_history_20260115',
    'O-2': 'status_history_20260116',
    'O-3': 'status_history_default',
  });
  for (const place of ['status_history_20260115', 'status_history_default']) {
    await expect(pool.query(`DELETE FROM ${place}`)).rejects.toThrow('status_history is append-only');
  }
});

test('forgets what is older than is to be kept: partitions, lines of the default one, claims', async () => {
  await ensurePartitions(pool, { daysBack: 3, daysAhead: 0, now });
  await metastore.recordStatuses([0, 1, 2, 3].map((age) => created(`O-${age}`, now - age * day)));
  await metastore.recordStatuses([created('O-default', 0)]);
  await metastore.lookupForValidation([query(1, 'O-1', 'M-1')]);
  await metastore.claimDeliveries([claim(1, 'O-1')]);
  await metastore.claimForAggregation([claim(1, 'O-1')]);

  // What is recorded now is young, whatever its order says.
  expect(await dropOldPartitions(pool, 2, now)).toEqual({ partitions: ['2026-01-12'], claims: 0 });
  expect(Object.keys(await placesOfOrders())).toEqual(['O-0', 'O-1', 'O-2', 'O-default']);
  expect(await metastore.claimForAggregation([claim(1, 'O-1'), claim(2, 'O-1')])).toEqual([true, false]);

  const future = Date.now() + 10 * day;
  expect(await dropOldPartitions(pool, 2, future)).toEqual({
    partitions: ['2026-01-13', '2026-01-14', '2026-01-15'],
    claims: 4,
  });
  expect(await placesOfOrders()).toEqual({});
  expect(await dropOldPartitions(pool, 2, future)).toEqual({ partitions: [], claims: 0 });
  await metastore.recordStatuses([created('O-4', now)]);
  expect(await placesOfOrders()).toEqual({ 'O-4': 'status_history_default' });
});

test('decides the transitions of an order in every partition alike', async () => {
  await ensurePartitions(pool, { daysBack: 1, daysAhead: 0, now });
  const ages = [0, 1, 2];
  for (const status of ['VALIDATED', 'ENRICHED', 'REJECTED'] as const) {
    await metastore.recordStatuses(ages.map((age) => line(`O-${age}`, 'M', status, { createdAt: now - age * day })));
  }
  const { rows } = await pool.query('SELECT order_id, status FROM status_history ORDER BY order_id, status');
  expect(rows).toEqual(
    ages.flatMap((age) => ['ENRICHED', 'VALIDATED'].map((status) => ({ order_id: `O-${age}`, status }))),
  );
});
