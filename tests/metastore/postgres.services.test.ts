/** What PostgreSQL may do to the metastore: be away, come back, be slow, say nothing. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createPool, statementRunner } from '../../metastore/connection.js';
import type { Metastore } from '../../metastore/metastore.js';
import { createPostgresMetastore } from '../../metastore/postgres.js';
import { withinMillis } from '../../model/deadline.js';
import { startDatabase } from './implementations.js';
import { claim, line } from './orders.js';

describe('the metastore in PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof startDatabase>>;
  let metastore: Metastore;
  beforeAll(async () => {
    database = await startDatabase();
    metastore = createPostgresMetastore(database.postgres.database, { connections: 2, queryTimeoutMs: 2_000 });
  });
  afterAll(async () => {
    await metastore.close();
    await database.pool.end();
    await database.postgres.stop();
  });

  test('rejects while the server is away, and works again when it is back', async () => {
    const ask = () => metastore.claimForAggregation([claim(1, 'O-1')]);
    expect(await ask()).toEqual(['COUNTS']);
    await database.postgres.shutDown();
    await expect(ask()).rejects.toThrow();
    await expect(ask()).rejects.toThrow();
    await database.postgres.start();
    expect(await ask()).toEqual(['COUNTS']);
  });

  test('rejects a call that is under way when the server goes', async () => {
    // Not behind a lock: who holds it may go first, and the call would end well in its last moment.
    await database.pool.query(`
      CREATE FUNCTION sleep_long() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END';
      CREATE TRIGGER sleeps BEFORE INSERT ON aggregation_claims FOR EACH ROW EXECUTE FUNCTION sleep_long()`);
    const patient = createPostgresMetastore(database.postgres.database, { connections: 1 });
    const outcome = expect(patient.claimForAggregation([claim(2, 'O-2')])).rejects.toThrow();
    const asleep = () => database.pool.query("SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
    await vi.waitUntil(async () => (await asleep()).rowCount, { timeout: 10_000 });
    await database.postgres.shutDown();
    await outcome;
    await database.postgres.start();
    await database.pool.query('DROP TRIGGER sleeps ON aggregation_claims; DROP FUNCTION sleep_long');
    expect(await patient.claimForAggregation([claim(2, 'O-2')])).toEqual(['COUNTS']);
    await patient.close();
  });

  test('a connection that breaks between two queries of a call leaves the process and the pool at work', async () => {
    const pool = createPool(database.postgres.database, { connections: 1 });
    const client = await pool.connect();
    const broken = new Promise((resolve) => client.once('end', resolve));
    await database.postgres.shutDown();
    await broken;
    client.release(true);
    await database.postgres.start();
    const { rows } = await pool.query<{ answer: number }>('SELECT 1 AS answer');
    expect(rows).toEqual([{ answer: 1 }]);
    await pool.end();
  });

  test('ends a statement that takes too long, and goes on with the next', async () => {
    const locker = await lockTable('status_lines');
    await expect(metastore.recordStatuses([line('O-1', 'M-1', 'CREATED')])).rejects.toThrow('statement timeout');
    await locker.end();
    await metastore.recordStatuses([line('O-1', 'M-1', 'CREATED')]);
    const { rows } = await database.pool.query('SELECT order_id, status FROM status_history');
    expect(rows).toEqual([{ order_id: 'O-1', status: 'CREATED' }]);
  });

  test('has each statement parsed once for a connection', async () => {
    const pool = createPool(database.postgres.database, { connections: 1, queryTimeoutMs: 1_000 });
    const run = statementRunner(pool, 1_000);
    for (const answer of [1, 2, 3]) expect(await run('SELECT $1::int AS answer', [answer])).toEqual([{ answer }]);
    const { rows } = await pool.query(
      "SELECT statement, generic_plans + custom_plans AS times FROM pg_prepared_statements WHERE statement LIKE '%answer%'",
    );
    expect(rows).toEqual([{ statement: 'SELECT $1::int AS answer', times: '3' }]);
    await pool.end();
  });

  test('goes on where a pooler has taken the names of statements away', async () => {
    const pool = createPool(database.postgres.database, { connections: 1, queryTimeoutMs: 1_000 });
    const run = statementRunner(pool, 1_000);
    const ask = () => run('SELECT 1 AS answer', []);
    expect(await ask()).toEqual([{ answer: 1 }]);
    await pool.query('DEALLOCATE ALL');
    await expect(ask()).rejects.toMatchObject({ code: '26000' });
    for (let times = 0; times < 2; times++) {
      expect(await ask()).toEqual([{ answer: 1 }]);
      await pool.query('DEALLOCATE ALL');
    }
    await pool.end();
  });

  test('opens no more connections than it may', async () => {
    const asks = Array.from({ length: 20 }, (_, n) => metastore.claimForAggregation([claim(n, `O-many-${n}`)]));
    expect((await Promise.all(asks)).flat()).toEqual(asks.map(() => 'COUNTS'));
    const { rows } = await database.pool.query<{ count: number }>(
      "SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'orderflow' AND pid <> pg_backend_pid()",
    );
    expect(rows[0]!.count).toBeLessThanOrEqual(2 + 1); // the test's own pool has two, and asks on one
  });

  test.each(['UPDATE status_lines SET detail = $1', "DELETE FROM status_lines WHERE $1 <> ''"])(
    'refuses to change the history: %s',
    async (statement) => {
      await metastore.recordStatuses([line('O-1', 'M-1', 'CREATED')]);
      await expect(database.pool.query(statement, ['changed'])).rejects.toThrow('the status history is append-only');
      await expect(
        database.pool.query(statement.replace('status_lines', 'status_lines_default'), ['changed']),
      ).rejects.toThrow('the status history is append-only');
      await expect(database.pool.query('TRUNCATE status_lines')).rejects.toThrow('the status history is append-only');
    },
  );

  /** Another session that holds a table until it ends; its connection may break. */
  async function lockTable(table: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: database.postgres.url });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('BEGIN');
    await client.query(`LOCK TABLE ${table}`);
    return client;
  }
});

describe('a server that accepts and never answers', () => {
  let server: Server;
  beforeAll(async () => {
    server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => server.close());

  test('makes a call reject in the time it has', async () => {
    const { port } = server.address() as AddressInfo;
    const metastore = createPostgresMetastore(
      { url: `postgres://u:p@127.0.0.1:${port}/d` },
      {
        connections: 1,
        connectionTimeoutMs: 200,
      },
    );
    await expect(metastore.claimForAggregation([claim(1, 'O-1')])).rejects.toThrow('timeout');
    await metastore.close();
  });

  test('makes a call reject when the time of its batch is over, and one that has none left asks nothing', async () => {
    const { port } = server.address() as AddressInfo;
    const metastore = createPostgresMetastore(
      { url: `postgres://u:p@127.0.0.1:${port}/d` },
      {
        connections: 1,
        connectionTimeoutMs: 3_600_000,
      },
    );
    const connections: Socket[] = [];
    server.on('connection', (socket) => connections.push(socket));
    const ask = () => metastore.claimForAggregation([claim(1, 'O-1')]);
    await expect(withinMillis(0, ask)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(connections).toEqual([]);
    await expect(withinMillis(100, ask)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    for (const socket of connections) socket.destroy();
    await metastore.close();
  });
});
