/** What is forgotten of orders, and what becomes of a record that is read again then. */
import type pg from 'pg';
import { beforeEach, expect, test } from 'vitest';
import { forgetOrders } from '../../metastore/forget.js';
import type { Metastore } from '../../metastore/metastore.js';
import { ensurePartitions, listPartitions } from '../../metastore/partitions.js';
import type { Status } from '../../model/statuses.js';
import { useDatabase } from './implementations.js';
import { claim, line, parked, query } from './orders.js';

const day = 86_400_000;
const now = Date.UTC(2026, 0, 31, 12);
const keepDays = 10;

let pool: pg.Pool;
let metastore: Metastore;
useDatabase((database) => ({ pool, metastore } = database));
beforeEach(() => ensurePartitions(pool, { daysBack: 20, daysAhead: 0, now }));

/** A line of an order that was created, and had the status recorded, so many days ago. */
async function lineOf(
  orderId: string,
  { created, recorded }: { created: number; recorded: number },
  status: Status = 'CREATED',
) {
  await pool.query(
    `INSERT INTO status_history (created_on, order_id, message_id, status, created_at, recorded_by, detail, recorded_at)
     VALUES (($3::timestamptz AT TIME ZONE 'UTC')::date, $1, 'M', $2, $3, 'test', '', $4)`,
    [orderId, status, new Date(now - created * day), new Date(now - recorded * day)],
  );
}
async function historyOf(...orderIds: string[]): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ order: string; lines: number }>(
    'SELECT order_id AS order, count(*)::int AS lines FROM status_history WHERE order_id = ANY ($1) GROUP BY 1 ORDER BY 1',
    [orderIds],
  );
  return Object.fromEntries(rows.map(({ order, lines }) => [order, lines]));
}

test('drops the days whose orders are all old, with two days of grace, and no younger one', async () => {
  for (const age of [20, 14, 13, 12, 11, 1]) await lineOf(`O-${age}`, { created: age, recorded: age });
  const { partitions } = await forgetOrders(pool, keepDays, now);
  expect(partitions).toEqual(Array.from({ length: 8 }, (_, index) => `2026-01-${11 + index}`));
  expect((await listPartitions(pool))[0]).toBe('2026-01-19');
  expect(await historyOf('O-20', 'O-14', 'O-13', 'O-12', 'O-11', 'O-1')).toEqual({ 'O-12': 1, 'O-11': 1, 'O-1': 1 });
  expect((await forgetOrders(pool, keepDays, now)).partitions).toEqual([]);
});

test('keeps all lines of an order that something happened to since, or that waits for its partner', async () => {
  for (const orderId of ['O-gone', 'O-late', 'O-parked']) await lineOf(orderId, { created: 20, recorded: 20 });
  await lineOf('O-late', { created: 20, recorded: 2 }, 'VALIDATED');
  await metastore.parkDeliveries([parked('O-parked', 1)]);
  await lineOf('O-default', { created: 1000, recorded: 11 });
  // In the default partition, through which the day's new partition has to come.
  await lineOf('O-default-late', { created: 1000, recorded: 11 });
  await lineOf('O-default-late', { created: 1000, recorded: 10 }, 'VALIDATED');
  const all = ['O-gone', 'O-late', 'O-parked', 'O-default', 'O-default-late'];
  const { partitions, lines } = await forgetOrders(pool, keepDays, now);
  expect([partitions[0], lines]).toEqual(['2026-01-11', 1]);
  expect(await historyOf(...all)).toEqual({ 'O-late': 2, 'O-parked': 1, 'O-default-late': 2 });
  expect((await listPartitions(pool))[0]).toBe('2026-01-11');
  // As before: the same line twice is one, and nobody takes one out.
  await metastore.recordStatuses([line('O-late', 'M', 'ENRICHED', { createdAt: now - 20 * day })]);
  expect(await historyOf('O-late')).toEqual({ 'O-late': 3 });
  await expect(pool.query('DELETE FROM status_history')).rejects.toThrow('append-only');
  // Nothing to forget: the partition is left alone.
  expect((await forgetOrders(pool, keepDays, now)).partitions).toEqual([]);
  await metastore.removeParkedDeliveries([{ orderId: 'O-parked', attempt: 1 }]);
  await forgetOrders(pool, keepDays, Date.now() + 100 * day);
  expect(await historyOf(...all)).toEqual({});
});

test('goes on where it was killed between a table beside and the change', async () => {
  await lineOf('O-gone', { created: 20, recorded: 20 });
  await lineOf('O-late', { created: 20, recorded: 2 });
  await pool.query(
    `CREATE TABLE status_history_20260111_kept (LIKE status_history INCLUDING ALL);
     CREATE TABLE status_history_20260111_gone (LIKE status_history INCLUDING ALL)`,
  );
  await forgetOrders(pool, keepDays, now);
  expect(await historyOf('O-gone', 'O-late')).toEqual({ 'O-late': 1 });
  const { rows } = await pool.query("SELECT relname FROM pg_class WHERE relname ~ '_(kept|gone)$'");
  expect(rows).toEqual([]);
});

test('deletes a claim with the history of its order or after it, and never before', async () => {
  const claims = async () => {
    const { rows } = await pool.query<{ all: string[] }>(
      `SELECT array_agg(c ORDER BY c) AS all FROM (
         SELECT 'order ' || order_id AS c FROM order_claims UNION ALL SELECT 'delivery ' || order_id FROM delivery_claims
         UNION ALL SELECT 'aggregation ' || order_id FROM aggregation_claims UNION ALL SELECT 'message ' || message_id FROM message_claims
       ) claims`,
    );
    return rows[0]!.all ?? [];
  };
  for (const [offset, orderId] of ['O-gone', 'O-late', 'O-parked', 'O-young'].entries()) {
    await metastore.lookupForValidation([query(offset, orderId, `M-${orderId}`)]);
    await metastore.claimDeliveries([claim(offset, orderId)]);
    await pool.query('INSERT INTO order_claims (order_id, message_id) VALUES ($1, $2)', [orderId, `M-${orderId}`]);
    await metastore.claimForAggregation([claim(offset, orderId)]);
  }
  for (const table of ['message_claims', 'order_claims', 'delivery_claims', 'aggregation_claims'])
    await pool.query(
      `UPDATE ${table} SET claimed_at = $1 WHERE ${table === 'message_claims' ? 'message_id' : 'order_id'} !~ 'young'`,
      [new Date(now - 20 * day)],
    );
  await lineOf('O-late', { created: 20, recorded: 2 });
  await metastore.parkDeliveries([parked('O-parked', 1)]);
  const { claims: deleted } = await forgetOrders(pool, keepDays, now);
  const left = ['O-late', 'O-parked', 'O-young'];
  const kinds = [...['aggregation', 'delivery', 'order'].map((kind) => `${kind} `), 'message M-'];
  expect(await claims()).toEqual(kinds.flatMap((kind) => left.map((id) => `${kind}${id}`)).sort());
  expect(deleted).toBe(4);
});

test('takes no order for failed that was delivered, though its history is forgotten and its claim is not', async () => {
  await metastore.claimDeliveries([claim(1, 'O-1')]);
  const createdAt = now - 20 * day;
  for (const status of ['VALIDATED', 'ENRICHED', 'ROUTED', 'DELIVERED'] as const)
    await metastore.recordStatuses([
      line('O-1', 'M', status, { createdAt, ...(status === 'DELIVERED' && { recordedBy: 'external-processor' }) }),
    ]);
  expect(await metastore.claimDeliveries([claim(1, 'O-1')])).toEqual(['DONE']);
  // Whoever drops it, and whenever.
  await pool.query('DROP TABLE status_history_20260111');
  expect(await metastore.claimDeliveries([claim(1, 'O-1')])).toEqual(['DONE']);
  // A claim that a version before this one ended says nothing itself: that nothing says otherwise is no failure.
  await pool.query('UPDATE delivery_claims SET is_failed = NULL');
  expect(await metastore.claimDeliveries([claim(1, 'O-1')])).toEqual(['DONE']);
  await metastore.parkDeliveries([parked('O-1', 1)]);
  expect(await metastore.leaseParkedDeliveries('P-1', 1, 1)).toMatchObject([{ orderId: 'O-1', end: 'DONE' }]);
});
