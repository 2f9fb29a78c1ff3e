/** The migration that rebuilds the history and the claims: what was there gives the same answers after it, and orders flow meanwhile. */
import { rm } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { loadReferenceData } from '../../metastore/load-reference-data.js';
import { migrate } from '../../metastore/migrate.js';
import { createPostgresMetastore } from '../../metastore/postgres.js';
import { orderStory } from '../../metastore/queries.js';
import { contentOf } from '../../model/record.js';
import { startPostgres, type TestPostgres } from '../postgres.js';
import { migrationsUpTo } from './migrations-up-to.js';
import { claim, createdAt, line, parked, query, reference, releaseOf } from './orders.js';

let postgres: TestPostgres;
let pool: pg.Pool;
let before: string;
beforeAll(async () => {
  postgres = await startPostgres();
  pool = new pg.Pool({ connectionString: postgres.url, max: 4, application_name: 'test' });
  before = await migrationsUpTo(9);
});
beforeEach(async () => {
  await pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  await migrate(postgres.database, before);
  await loadReferenceData(pool, reference);
  await pool.query(
    `CREATE TABLE status_history_20260115 PARTITION OF status_history FOR VALUES FROM ('2026-01-15') TO ('2026-01-16')`,
  );
});
const sessions: pg.PoolClient[] = [];
afterEach(() => {
  for (const client of sessions.splice(0)) client.release(true);
});
afterAll(async () => {
  await pool.end();
  await postgres.stop();
  await rm(before, { recursive: true });
});

type Client = pg.Pool | pg.PoolClient;
type Line = readonly [
  order: string,
  message: string,
  status: string,
  by: string,
  rest?: { attempt?: number; about?: string; facts?: string; at?: number },
];

/** As the version before wrote it. */
async function write(client: Client, ...lines: readonly Line[]): Promise<void> {
  for (const [
    order,
    message,
    status,
    by,
    { attempt = 1, about = '', facts = null, at: created = createdAt } = {},
  ] of lines)
    await client.query(
      `INSERT INTO status_history (created_on, order_id, message_id, status, attempt, created_at, recorded_by, about, detail, facts)
       VALUES (($5::timestamptz AT TIME ZONE 'UTC')::date, $1, $2, $3, $4, $5, $6, $7, 'as it was', $8) ON CONFLICT DO NOTHING`,
      [order, message, status, attempt, new Date(created), by, about, facts],
    );
}

async function claimAll(client: Client, offset: number, order: string, message: string): Promise<void> {
  await client.query(
    `INSERT INTO message_claims (message_id, record_topic, record_partition, record_offset, order_id, content)
     VALUES ($1, 'raw_order', 1, $2, $3, $4)`,
    [message, offset, order, contentOf(Buffer.from(`${order} ${message}`))],
  );
  await client.query('INSERT INTO order_claims (order_id, message_id) VALUES ($1, $2)', [order, message]);
  for (const table of ['delivery_claims', 'aggregation_claims'])
    await client.query(
      `INSERT INTO ${table} (order_id, record_topic, record_partition, record_offset) VALUES ($1, 'raw_order', 1, $2)`,
      [order, offset],
    );
}

const routed = (order: string, message: string): Line[] => [
  [order, message, 'VALIDATED', 'validator'],
  [order, message, 'ENRICHED', 'enricher', { facts: '["a"]' }],
  [order, message, 'ROUTED', 'router'],
];
const history = async () =>
  (await pool.query<object>('SELECT * FROM status_history ORDER BY recorded_at, order_id, status')).rows;

test('keeps each line, with what it says, and the answers to whoever asks again', async () => {
  const uuid = '0191f3a4-7c1d-4e8b-9a52-0c6f1e2d3b4a';
  await write(
    pool,
    ['O-1', uuid, 'CREATED', 'generator'],
    ...routed('O-1', uuid),
    ['O-1', uuid, 'DELIVERED', 'external-processor'],
    ['O-1', 'M-2', 'REJECTED', 'validator'],
    ['O-1', uuid, 'DEAD_LETTERED', 'validator', { about: '3@7' }],
    ...routed('O-2', 'sixteen-bytes-id'),
    ['O-2', 'sixteen-bytes-id', 'DELIVERY_FAILED', 'external-processor'],
    ['O-2', 'sixteen-bytes-id', 'RELEASED', 'external-processor', { attempt: 2 }],
    ['O-3', 'M-3', 'VALIDATED', 'validator', { at: Date.UTC(2001, 1, 1) }],
    ['Ö-4', 'M-4', 'DEAD_LETTERED', 'enricher'],
  );
  await claimAll(pool, 1, 'O-1', uuid);
  await claimAll(pool, 2, 'O-2', 'sixteen-bytes-id');
  await pool.query("UPDATE delivery_claims SET is_done = true, is_failed = order_id = 'O-2'");
  // As a version before is_failed left it, and as a release has taken it over.
  await claimAll(pool, 3, 'O-3', 'M-3');
  await pool.query("UPDATE delivery_claims SET is_done = true WHERE order_id = 'O-3'");
  await pool.query(
    `UPDATE aggregation_claims SET release = 1, copy_partition = 1, copy_offset = 30, is_too_late = true WHERE order_id = 'O-3'`,
  );
  // One that knows neither order nor content, and has no line yet.
  await pool.query(
    "INSERT INTO message_claims (message_id, record_topic, record_partition, record_offset) VALUES ('M-9', 'raw_order', 1, 9)",
  );
  const columns = [
    'order_id',
    'message_id',
    'status',
    'attempt',
    'created_at',
    'recorded_by',
    'about',
    'detail',
    'facts',
    'recorded_at',
  ];
  const { rows: earlier } = await pool.query<object>(
    `SELECT ${columns.join(', ')} FROM status_history ORDER BY recorded_at, order_id, status`,
  );

  expect(await migrate(postgres.database)).toContain('0010_bytes');
  expect((await history()).map((row) => ({ ...row, line: undefined }))).toEqual(
    earlier.map((row) => ({ ...row, line: undefined })),
  );
  const { rows: bearing } = await pool.query('SELECT FROM status_lines WHERE order_id IS NOT NULL');
  expect(bearing).toHaveLength(6); // publications, the record that was set aside among them
  const { rows: functions } = await pool.query<{ name: string }>(
    "SELECT proname AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname ~ 'forward|copy|earlier|has_|status_change'",
  );
  expect(functions).toEqual([]);
  const { rows: tables } = await pool.query(
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname ~ 'next|copied|status_history_'",
  );
  expect(tables).toEqual([]);

  const metastore = createPostgresMetastore(postgres.database, { connections: 1 });
  const claimsOf = async (...asked: Parameters<typeof query>[]) =>
    (await metastore.lookupForValidation(asked.map((args) => query(...args)))).map((facts) => facts.claim);
  expect(
    await claimsOf([1, 'O-1', uuid], [5, 'O-1', uuid], [6, 'O-1', 'M-5'], [9, 'O-9', 'M-9'], [7, 'O-7', uuid]),
  ).toEqual(['FIRST', 'REDELIVERY', 'DUPLICATE', 'FIRST', 'REUSED']);
  expect(
    await metastore.claimDeliveries([
      claim(1, 'O-1'),
      claim(8, 'O-1'),
      claim(2, 'O-2'),
      claim(3, 'O-3'),
      claim(4, 'O-4'),
    ]),
  ).toEqual(['DONE', 'REPEAT', 'FAILED', 'DONE', 'OPEN']);
  expect(
    await metastore.claimForAggregation([
      claim(1, 'O-1'),
      claim(8, 'O-1'),
      claim(3, 'O-3'),
      claim(30, 'O-3', releaseOf(3, 1)),
    ]),
  ).toEqual(['COUNTS', 'REPEAT', 'REPEAT', 'TOO_LATE']);
  // What stands is found, whoever asks, and nothing is added beside it.
  expect(
    await metastore.recordStatuses([
      line('O-1', uuid, 'VALIDATED'),
      line('O-2', 'sixteen-bytes-id', 'ENRICHED'),
      line('O-1', 'M-2', 'VALIDATED'),
      line('O-3', 'M-6', 'VALIDATED'),
    ]),
  ).toMatchObject([
    { status: 'VALIDATED', detail: 'as it was' },
    { facts: '["a"]' },
    { status: 'REJECTED' },
    { status: 'REJECTED', detail: 'DUPLICATE_ORDER' },
  ]);
  expect(await history()).toHaveLength(earlier.length + 1);
  const story = await orderStory(pool, 'O-1');
  expect(story!.publications.map(({ messageId, isAccepted }) => [messageId, isAccepted])).toEqual([
    [uuid, true],
    ['M-2', false],
  ]);
  await metastore.parkDeliveries([parked('O-2', 0)]);
  expect(await metastore.leaseParkedDeliveries('P-1', 1, 1)).toMatchObject([{ orderId: 'O-2', end: 'FAILED' }]);
  await metastore.close();
});

test('takes what comes while it runs, from those who wait behind nobody', async () => {
  for (let n = 0; n < 50; n++) await write(pool, ...routed(`O-old-${n}`, `M-${n}`));
  const [reader, writer] = [await pool.connect(), await pool.connect()];
  sessions.push(reader, writer);
  // The last moment needs all tables for itself: not while one reads, and nobody waits behind it for that.
  await reader.query('BEGIN');
  await reader.query('SELECT FROM status_history LIMIT 1');
  await writer.query("SET lock_timeout = '10s'");
  const migrated = migrate(postgres.database);
  const isWaiting = async () =>
    (
      await pool.query(
        `SELECT FROM pg_stat_activity
         WHERE wait_event_type = 'Lock' AND query LIKE '%LOCK TABLE%'`,
      )
    ).rowCount === 1;
  // One who has written before, and goes on, too.
  await vi.waitUntil(isWaiting, { timeout: 60_000, interval: 20 });
  for (let n = 0; n < 50; n++) {
    await claimAll(writer, n, `O-new-${n}`, `M-new-${n}`);
    await write(writer, ...routed(`O-new-${n}`, `M-new-${n}`), [
      `O-old-${n}`,
      `M-${n}`,
      'DELIVERED',
      'external-processor',
    ]);
    await writer.query('UPDATE order_claims SET message_id = message_id WHERE order_id = $1', [`O-new-${n}`]);
    await writer.query('UPDATE delivery_claims SET is_done = true, is_failed = true WHERE order_id = $1', [
      `O-new-${n}`,
    ]);
  }
  await reader.query('COMMIT');
  expect(await migrated).toContain('0010_bytes');
  // Workers of the version before fail, and loudly, until they are submitted again.
  await expect(write(writer, ['O-1', 'M-1', 'CREATED', 'generator'])).rejects.toThrow();

  const { rows } = await pool.query<{ count: number }>('SELECT count(*)::int FROM status_history');
  expect(rows).toEqual([{ count: 50 * 3 + 50 * 4 }]);
  const metastore = createPostgresMetastore(postgres.database, { connections: 1 });
  const numbers = Array.from({ length: 50 }, (_, n) => n);
  const facts = await metastore.lookupForValidation(numbers.map((n) => query(n + 100, `O-new-${n}`, `M-new-${n}`)));
  expect(new Set(facts.map(({ claim: its }) => its))).toEqual(new Set(['REDELIVERY']));
  expect(new Set(await metastore.claimDeliveries(numbers.map((n) => claim(n, `O-new-${n}`))))).toEqual(
    new Set(['FAILED']),
  );
  const others = await metastore.recordStatuses(numbers.map((n) => line(`O-new-${n}`, `M-other-${n}`, 'VALIDATED')));
  expect(new Set(others.map((stands) => stands!.status))).toEqual(new Set(['REJECTED']));
  await metastore.close();
}, 120_000);
