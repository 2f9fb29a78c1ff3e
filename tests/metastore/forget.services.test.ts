/** What is forgotten of orders, and what becomes of a record that is read again then. */
import type pg from 'pg';
import { beforeEach, expect, test } from 'vitest';
import { forgetOrders } from '../../metastore/forget.js';
import type { Metastore } from '../../metastore/metastore.js';
import { ensurePartitions, listPartitions } from '../../metastore/partitions.js';
import type { Status } from '../../model/statuses.js';
import { addLine, useDatabase } from './implementations.js';
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
  await addLine(pool, line(orderId, 'M', status, { createdAt: now - created * day }), now - recorded * day);
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
  await expect(pool.query('DELETE FROM status_lines')).rejects.toThrow('append-only');
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
    `CREATE TABLE status_lines_20260111_kept (LIKE status_lines INCLUDING ALL);
     CREATE TABLE status_lines_20260111_gone (LIKE status_lines INCLUDING ALL)`,
  );
  await forgetOrders(pool, keepDays, now);
  expect(await historyOf('O-gone', 'O-late')).toEqual({ 'O-late': 1 });
  const { rows } = await pool.query("SELECT relname FROM pg_class WHERE relname ~ '_(kept|gone)$'");
  expect(rows).toEqual([]);
});

test('deletes a claim with the history of its order or after it, and never before', async () => {
  const tables = ['aggregation_claims', 'delivery_claims', 'message_claims', 'order_claims'];
  const left = async (orderId: string) => {
    const held: string[] = [];
    for (const table of tables) {
      const key = table === 'message_claims' ? ['message_key', `M-${orderId}`] : ['order_key', orderId];
      const { rowCount } = await pool.query(`SELECT FROM ${table} WHERE ${key[0]!} = key_of($1)`, [key[1]]);
      if (rowCount) held.push(table);
    }
    return held;
  };
  const createdAt = now - 20 * day;
  for (const [offset, orderId] of ['O-gone', 'O-late', 'O-parked', 'O-young'].entries()) {
    const ids = [orderId, `M-${orderId}`] as const;
    await metastore.lookupForValidation([query(offset, ...ids, { createdAt })]);
    await metastore.claimDeliveries([claim(offset, orderId)]);
    await metastore.claimForAggregation([claim(offset, orderId)]);
    // Of its line, which was recorded 20 days ago.
    await pool.query(`INSERT INTO order_claims SELECT key_of($1), publication_key($3, $1, $2, '')`, [
      ...ids,
      createdAt,
    ]);
    if (orderId !== 'O-young') await addLine(pool, line(...ids, 'VALIDATED', { createdAt }), createdAt);
  }
  // As one that has been sent just now, of an order that was created long ago.
  await addLine(pool, line('O-young', 'M-O-young', 'VALIDATED', { createdAt }), now);
  await addLine(pool, line('O-late', 'M-O-late', 'ENRICHED', { createdAt }), now - 2 * day);
  await metastore.parkDeliveries([parked('O-parked', 1)]);
  const { claims: deleted } = await forgetOrders(pool, keepDays, now);
  expect(await left('O-gone')).toEqual([]);
  for (const orderId of ['O-late', 'O-parked', 'O-young']) expect(await left(orderId)).toEqual(tables);
  expect(deleted).toBe(4);
  // Of one that was created just now, and has no line yet.
  await metastore.lookupForValidation([query(9, 'O-claimed', 'M-O-claimed', { createdAt: now })]);
  await forgetOrders(pool, keepDays, now);
  expect(await left('O-claimed')).toEqual(['message_claims']);
  await metastore.removeParkedDeliveries([{ orderId: 'O-parked', attempt: 1 }]);
  await forgetOrders(pool, keepDays, Date.now() + 100 * day);
  for (const table of tables) expect((await pool.query(`SELECT FROM ${table}`)).rowCount).toBe(0);
});

test('a claim says itself how it ended, though its history is forgotten', async () => {
  await metastore.claimDeliveries([claim(1, 'O-1')]);
  const createdAt = now - 20 * day;
  for (const status of ['VALIDATED', 'ENRICHED', 'ROUTED', 'DELIVERED'] as const)
    await metastore.recordStatuses([
      line('O-1', 'M', status, { createdAt, ...(status === 'DELIVERED' && { recordedBy: 'external-processor' }) }),
    ]);
  expect(await metastore.claimDeliveries([claim(1, 'O-1')])).toEqual(['DONE']);
  // Whoever drops it, and whenever.
  await pool.query('DROP TABLE status_lines_20260111');
  expect(await metastore.claimDeliveries([claim(1, 'O-1')])).toEqual(['DONE']);
  await metastore.parkDeliveries([parked('O-1', 1)]);
  expect(await metastore.leaseParkedDeliveries('P-1', 1, 1)).toMatchObject([{ orderId: 'O-1', end: 'DONE' }]);
});
