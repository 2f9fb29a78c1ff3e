import type pg from 'pg';
import { expect, test, vi } from 'vitest';
import { createPool } from '../../metastore/connection.js';
import { firstKey } from '../../metastore/line-keys.js';
import type { Metastore } from '../../metastore/metastore.js';
import { ensurePartitions, listPartitions } from '../../metastore/partitions.js';
import { useDatabase } from './implementations.js';
import { line } from './orders.js';

const day = 86_400_000;
const patience = { timeout: 20_000, interval: 10 };
const now = Date.UTC(2026, 0, 15, 23, 59);

let url: string;
let pool: pg.Pool;
let metastore: Metastore;
useDatabase((database) => ({ url, pool, metastore } = database));

/** The partition in which each order's line stands. */
async function placesOfOrders(): Promise<Record<string, string>> {
  const { rows } = await pool.query<{ order: string; place: string }>(
    'SELECT order_id AS order, tableoid::regclass::text AS place FROM status_lines WHERE order_id IS NOT NULL ORDER BY order_id',
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
    'O-before': 'status_lines_20260115',
    'O-after': 'status_lines_20260116',
    'O-early': 'status_lines_default',
    'O-late': 'status_lines_default',
  });
});

test('leaves a day in the default partition whose lines stand there, append-only and unique', async () => {
  const lines = [created('O-1', now), created('O-2', now + 9 * day), created('O-3', now + 10 * day)];
  await metastore.recordStatuses(lines);
  const made = await ensurePartitions(pool, { daysBack: 1, daysAhead: 11, now });
  // The days at hand may get more lines at any time: they stay where they are, too.
  expect(made).toEqual(['2026-01-23', '2026-01-26']);
  await metastore.recordStatuses(lines);
  await metastore.recordStatuses([created('O-4', now + 8 * day), created('O-5', now + 11 * day)]);
  expect(await placesOfOrders()).toEqual({
    'O-1': 'status_lines_default',
    'O-2': 'status_lines_default',
    'O-3': 'status_lines_default',
    'O-4': 'status_lines_20260123',
    'O-5': 'status_lines_20260126',
  });
  for (const place of ['status_lines_20260123', 'status_lines_default']) {
    await expect(pool.query(`DELETE FROM ${place}`)).rejects.toThrow('the status history is append-only');
  }
});

test('makes partitions while one reads and others write, who never wait behind it for their locks', async () => {
  await ensurePartitions(pool, { daysBack: 0, daysAhead: 1, now });
  await metastore.recordStatuses([created('O-old', 0)]);
  const reader = await pool.connect();
  await reader.query('BEGIN');
  await reader.query('SELECT FROM status_lines');
  const making = ensurePartitions(pool, { daysBack: 0, daysAhead: 10, now });
  const waits = async () => {
    const { rows } = await reader.query<{ waiting: boolean }>(
      `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'relation') AS waiting`,
    );
    return rows[0]!.waiting;
  };
  try {
    await vi.waitUntil(waits, patience);
    // The writer would wait for the reader's end, which comes after its last line: a call is cut off after 5 s.
    for (let n = 0; n < 30; n++) await metastore.recordStatuses([created(`O-${n}`, n % 2 === 0 ? now : 0)]);
  } finally {
    reader.release(true); // its transaction ends with it
  }
  expect(await making).toEqual(['2026-01-23', '2026-01-24', '2026-01-25']);
});

test('attaches a day without a look at the lines of the default partition', async () => {
  await metastore.recordStatuses([created('O-old', 0)]);
  const notices: string[] = [];
  const talkative = createPool({ url }, { connections: 2 });
  talkative.on('connect', (client) => {
    client.on('notice', ({ message }) => notices.push(message ?? ''));
    void client.query('SET client_min_messages = debug1');
  });
  expect(await ensurePartitions(talkative, { daysBack: 0, daysAhead: 9, now })).toHaveLength(2);
  await talkative.end();
  const proof = /updated partition constraint for default partition "status_lines_default" is implied by existing/;
  expect(notices.filter((text) => proof.test(text))).toHaveLength(2);
});

test('ends what a process that was killed has left on the default partition', async () => {
  await pool.query(
    `ALTER TABLE status_lines_default ADD CONSTRAINT without_days CHECK (line < '${firstKey(now)}') NOT VALID`,
  );
  await ensurePartitions(pool, { daysBack: 0, daysAhead: 0, now });
  await metastore.recordStatuses([created('O-late', Date.UTC(9999, 11, 31))]);
  expect(await placesOfOrders()).toEqual({ 'O-late': 'status_lines_default' });
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
