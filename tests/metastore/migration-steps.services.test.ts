/** Migrations of a metastore that orders flow through: nobody waits for long, and a process that was killed is run again. */
import { rm } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { applicationName } from '../../metastore/connection.js';
import { migrate } from '../../metastore/migrate.js';
import { stepsOf } from '../../metastore/migration-steps.js';
import { untilUnlocked } from '../../metastore/schema-lock.js';
import { startPostgres, type TestPostgres } from '../postgres.js';
import { migrationsUpTo } from './migrations-up-to.js';

const days = ['2026-01-15', '2026-01-16'];
const partitions = ['status_history_20260115', 'status_history_20260116', 'status_history_default'];
const newKey = 'PRIMARY KEY (created_on, order_id, message_id, status, attempt, recorded_by)';

/** As node-postgres has it, before a test watches it. */
const pgQuery = pg.Client.prototype.query;

let postgres: TestPostgres;
let pool: pg.Pool;
let before: string;
let upTo6: string;
beforeAll(async () => {
  postgres = await startPostgres();
  pool = new pg.Pool({ connectionString: postgres.url, max: 4, application_name: 'test' });
  [before, upTo6] = await Promise.all([migrationsUpTo(5), migrationsUpTo(6)]);
});
/** A metastore of the fifth migration, with two days and lines in each partition. */
async function startAtFive(): Promise<void> {
  await pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  await migrate(postgres.database, before);
  for (const [index, day] of days.entries())
    await pool.query(
      `CREATE TABLE ${partitions[index]!} PARTITION OF status_history FOR VALUES FROM ('${day}') TO ('${day}'::date + 1)`,
    );
  await pool.query(
    `INSERT INTO status_history (created_on, order_id, message_id, status, created_at, recorded_by, detail)
     SELECT day, 'O-' || n, 'M', 'CREATED', now(), 'test', '' FROM unnest($1::date[]) day, generate_series(1, 20) n`,
    [[...days, '2020-01-01']],
  );
}
beforeEach(startAtFive);
const patience = { timeout: 20_000, interval: 20 };
const sessions: pg.PoolClient[] = [];
async function session(): Promise<pg.PoolClient> {
  const client = await pool.connect();
  sessions.push(client);
  return client;
}
afterEach(() => {
  vi.restoreAllMocks();
  for (const client of sessions.splice(0)) client.release(true);
});
afterAll(async () => {
  await pool.end();
  await postgres.stop();
  for (const folder of [before, upTo6]) await rm(folder, { recursive: true });
});

const write = (client: pg.Pool | pg.PoolClient, orderId: string, day = days[0]!) =>
  client.query(
    `INSERT INTO status_history (created_on, order_id, message_id, status, created_at, recorded_by, detail)
     VALUES ($1, $2, 'M', 'CREATED', now(), 'test', '') ON CONFLICT DO NOTHING`,
    [day, orderId],
  );

/** Each table's index of that name: its oid, and whether it is valid. */
async function indexes(suffix: '_next' | '_pkey') {
  const { rows } = await pool.query<{ table: string; oid: number; valid: boolean }>(
    `SELECT indrelid::regclass::text AS table, indexrelid::int AS oid, indisvalid AS valid
     FROM pg_index WHERE indexrelid::regclass::text = indrelid::regclass::text || $1 AND indrelid::regclass::text LIKE 'status_history%'
     ORDER BY 1`,
    [suffix],
  );
  return rows;
}

/** The primary key of each table. */
async function keys(): Promise<Record<string, string>> {
  const { rows } = await pool.query<{ table: string; key: string }>(
    `SELECT conrelid::regclass::text AS table, pg_get_constraintdef(oid) AS key FROM pg_constraint
     WHERE contype = 'p' AND conrelid::regclass::text ~ '^(status_history|parked)' ORDER BY 1`,
  );
  return Object.fromEntries(rows.map(({ table, key }) => [table, key]));
}

const isWaiting = async () =>
  (
    await pool.query(
      `SELECT FROM pg_stat_activity WHERE application_name = 'orderflow-migrate' AND wait_event_type = 'Lock'`,
    )
  ).rowCount === 1;

async function expectNewKeys(): Promise<void> {
  expect(await keys()).toEqual({
    parked_deliveries: 'PRIMARY KEY (order_id, attempt)',
    ...Object.fromEntries(['status_history', ...partitions].map((table) => [table, newKey])),
  });
  expect((await indexes('_pkey')).every(({ valid }) => valid)).toBe(true);
  expect(await indexes('_next')).toEqual([]);
}

test('reads a step between empty lines, and leaves comments out', () => {
  expect(stepsOf('-- In steps\n\n-- why\nSELECT 1;\nSELECT 2;\n  \n\n-- only this\n\nSELECT 3\n\\gexec\n')).toEqual([
    'SELECT 1;\nSELECT 2;',
    'SELECT 3\n\\gexec',
  ]);
});

test('gives the history its new key while one reads and others write, and builds nothing under the lock', async () => {
  const [reader, writer] = [await session(), await session()];
  await reader.query('BEGIN');
  await reader.query('SELECT FROM status_history LIMIT 1');
  // Somebody who would wait for the reader's end, which comes after the last line.
  await writer.query("SET lock_timeout = '10s'");
  const migrated = migrate(postgres.database, upTo6);
  const next = await vi.waitUntil(async () => {
    const made = await indexes('_next');
    return (await isWaiting()) && made.length === 3 && made;
  }, patience);
  for (let n = 100; n < 200; n++) await write(writer, `O-${n}`, n % 2 === 0 ? days[0] : '2020-01-01');
  await reader.query('COMMIT');
  expect(await migrated).toEqual(['0006_releases']);
  await expectNewKeys();
  // The indexes are those that stood there, valid, before the lock was had.
  expect(next.every(({ valid }) => valid)).toBe(true);
  const oids = (await indexes('_pkey')).filter(({ table }) => table !== 'status_history');
  expect(oids).toEqual(next);
  expect((await pool.query('SELECT FROM status_history')).rowCount).toBe(60 + 100);
});

test('drops the INVALID index that was left over, and makes it again', async () => {
  const writer = await session();
  await writer.query('BEGIN');
  await write(writer, 'O-open');
  const killed = migrate(postgres.database, upTo6);
  const failed = expect(killed).rejects.toThrow();
  const isInvalid = async () => (await indexes('_next')).some(({ valid }) => !valid);
  await vi.waitUntil(isInvalid, patience);
  await pool.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'orderflow-migrate'",
  );
  await failed;
  expect(await isInvalid()).toBe(true);
  await writer.query('COMMIT');
  expect(await migrate(postgres.database, upTo6)).toEqual(['0006_releases']);
  await expectNewKeys();
});

test('goes on after a kill at any statement, and comes to what a run without one comes to', async () => {
  const schema = async () => {
    const { rows } = await pool.query<{ what: string }>(
      `SELECT format('%s %s', indexrelid::regclass, pg_get_indexdef(indexrelid)) AS what FROM pg_index
       WHERE indexrelid::regclass::text !~ '^pg_' AND indisvalid
       UNION ALL
       SELECT format('%s.%s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull) FROM pg_attribute
       JOIN pg_class c ON c.oid = attrelid
       WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0
       ORDER BY 1`,
    );
    return rows.map(({ what }) => what);
  };
  let count = 0;
  let cutAt = Infinity;
  const cut = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]) {
    const sent = (pgQuery as (...args: unknown[]) => unknown).apply(this, args);
    const { connection, connectionParameters } = this as unknown as {
      connection: { stream: { destroy(): void } };
      connectionParameters: { application_name?: string };
    };
    if (connectionParameters.application_name === applicationName && ++count === cutAt)
      setImmediate(() => connection.stream.destroy());
    return sent;
  } as never);
  await migrate(postgres.database);
  const whole = await schema();
  for (let n = 1, wasCut = true; wasCut; n++) {
    await startAtFive();
    [count, cutAt] = [0, n];
    await migrate(postgres.database).catch(() => undefined);
    wasCut = count >= n;
    cutAt = Infinity;
    await migrate(postgres.database);
    expect(await schema()).toEqual(whole);
  }
  cut.mockRestore();
}, 400_000);

test('leaves a metastore alone that has the migration already', async () => {
  await migrate(postgres.database, upTo6);
  const oids = await indexes('_pkey');
  expect(await migrate(postgres.database, upTo6)).toEqual([]);
  expect(await indexes('_pkey')).toEqual(oids);
});

test('says who holds the tables when it cannot have them', async () => {
  const [holder, client] = [await session(), await session()];
  await holder.query('BEGIN; LOCK TABLE status_history');
  await client.query("SET lock_timeout = '1ms'");
  await expect(untilUnlocked(client, () => write(client, 'O-1'), 1)).rejects.toMatchObject({
    code: 'METASTORE_BUSY',
    message: expect.stringMatching(
      /others hold them: process \d+ of PostgreSQL \(test, idle in transaction, \d+ s\); end that, or wait/,
    ) as string,
  });
});
