/** The metastore behind a connection pooler that gives each transaction another connection: the real PgBouncer. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../config.js';
import { readAccountRows } from '../../metastore/account-rows.js';
import { cancelOrders } from '../../metastore/cancellations.js';
import { connectionBudget } from '../../metastore/connection-budget.js';
import { createPool, withPool } from '../../metastore/connection.js';
import { loadReferenceData } from '../../metastore/load-reference-data.js';
import type { Metastore } from '../../metastore/metastore.js';
import { createPostgresMetastore } from '../../metastore/postgres.js';
import { prepareSchema } from '../../metastore/prepare.js';
import { aloneWithReleases } from '../../metastore/releases.js';
import { forgetOrders } from '../../metastore/forget.js';
import { runUpkeep } from '../../metastore/upkeep.js';
import { pgBouncerIsMissing, skippedBecause, startPgBouncer, type TestPgBouncer } from '../pgbouncer.js';
import { startPostgres, type TestPostgres } from '../postgres.js';
import { claim, line, reference } from './orders.js';

const day = 86_400_000;
const now = Date.UTC(2026, 0, 15, 12);
const limitMs = 2_000;
const at = (url: string) => loadConfig({ ORDERFLOW_POSTGRES_URL: url });

describe.skipIf(pgBouncerIsMissing)(`behind PgBouncer in transaction mode${skippedBecause}`, () => {
  let postgres: TestPostgres;
  let pooler: TestPgBouncer;
  /** Of PostgreSQL itself. */
  let direct: pg.Pool;
  let metastore: Metastore;
  beforeAll(async () => {
    postgres = await startPostgres();
    pooler = await startPgBouncer(postgres.url);
    direct = new pg.Pool({ connectionString: postgres.url, max: 4, application_name: 'direct' });
    direct.on('error', () => undefined);
    const prepared = await Promise.all([prepareSchema(at(pooler.url), now), prepareSchema(at(pooler.url), now)]);
    expect(new Set(prepared.flatMap(({ migrations }) => migrations)).size).toBeGreaterThan(8);
    await withPool({ url: pooler.url }, (pool) => loadReferenceData(pool, reference));
    metastore = createPostgresMetastore({ url: pooler.url }, { connections: 4, queryTimeoutMs: limitMs });
  });
  afterAll(async () => {
    await metastore.close();
    await direct.end();
    await pooler.stop();
    await postgres.stop();
  });

  /** What is left on the connections that the pooler keeps: nothing of ours may be. */
  async function leftBehind(): Promise<object[]> {
    const { rows } = await direct.query<object>(
      `SELECT state, locktype FROM pg_stat_activity a LEFT JOIN pg_locks l ON l.pid = a.pid AND l.locktype = 'advisory'
       WHERE datname = current_database() AND application_name <> 'direct'
         AND (state <> 'idle' OR l.locktype IS NOT NULL)`,
    );
    const settings = "SELECT name FROM pg_settings WHERE source = 'session' AND name NOT IN ('application_name', 'client_encoding')"; // prettier-ignore
    const sessions = Array.from({ length: 3 }, () => new pg.Client({ connectionString: pooler.url }));
    try {
      for (const client of sessions) await client.connect();
      // Each holds a connection of its own, so that all are seen.
      for (const client of sessions) await client.query('BEGIN');
      for (const client of sessions) rows.push(...(await client.query<object>(settings)).rows);
    } finally {
      for (const client of sessions) await client.end();
    }
    return rows;
  }
  const isClean = () => vi.waitFor(async () => expect(await leftBehind()).toEqual([]), 10_000);

  test('makes the tables, by two at once, and leaves nothing on the connections', isClean);

  test('answers the stages, twenty calls at once', async () => {
    const asks = Array.from({ length: 20 }, (_, n) => metastore.claimForAggregation([claim(n, `O-many-${n}`)]));
    expect((await Promise.all(asks)).flat()).toEqual(asks.map(() => 'COUNTS'));
    await metastore.recordStatuses([line('O-1', 'M-1', 'CREATED'), line('O-1', 'M-1', 'VALIDATED')]);
    expect(await metastore.claimDeliveries([{ ...claim(1, 'O-1') }])).toEqual(['OPEN']);
    expect(await withPool({ url: pooler.url }, (pool) => cancelOrders(pool, ['O-1', 'O-2']))).toBe(2);
    await isClean();
  });

  async function endsWhatTakesTooLong(asked: Metastore): Promise<void> {
    const locker = await direct.connect();
    await locker.query('BEGIN; LOCK TABLE status_lines');
    await expect(asked.recordStatuses([line('O-slow', 'M-1', 'CREATED')])).rejects.toThrow('statement timeout');
    // Now, and not when the server has heard that the connection has gone.
    await locker.query('ROLLBACK');
    locker.release(true);
    expect(await asked.recordStatuses([line('O-slow', 'M-1', 'CREATED')])).toMatchObject([{ status: 'CREATED' }]);
    await isClean();
  }

  test('the server ends a statement that takes too long, and the limit is nobody else’s', () => endsWhatTakesTooLong(metastore)); // prettier-ignore

  test('also where the pooler takes the limit and forgets it', async () => {
    const forgetful = await startPgBouncer(postgres.url, { ignore_startup_parameters: 'statement_timeout' });
    const asked = createPostgresMetastore({ url: forgetful.url }, { connections: 2, queryTimeoutMs: limitMs });
    await endsWhatTakesTooLong(asked);
    await asked.close();
    await forgetful.stop();
  });

  test('the upkeep forgets what is old, and the account reads what is left', async () => {
    await metastore.recordStatuses([line('O-old', 'M-1', 'CREATED', { createdAt: 0 })]);
    const kept = await withPool({ url: pooler.url }, (pool) => runUpkeep(pool, { keepDays: 45, by: 'test' }));
    expect(kept).toMatchObject({ lines: 0 });
    const later = now + 3_650 * day;
    const { lines } = await withPool({ url: pooler.url }, (pool) => forgetOrders(pool, 45, later));
    expect(lines).toBeGreaterThan(0);
    await isClean();
  }, 60_000);

  test('one command at a time releases dead letters, and the account reads all rows meanwhile', async () => {
    await metastore.recordStatuses([line('O-row', 'M-1', 'CREATED')]);
    const pools = [1, 2].map(() => createPool({ url: pooler.url }, { connections: 2 }));
    const events: string[] = [];
    let goOn = () => {};
    const first = aloneWithReleases(
      pools[0]!,
      async (client) => {
        events.push('first begins');
        await client.query('SELECT 1');
        await new Promise<void>((resolve) => (goOn = resolve));
        events.push('first ends');
      },
      () => undefined,
    );
    await vi.waitUntil(() => events.length === 1, 5_000);
    const second = aloneWithReleases(
      pools[1]!,
      async () => events.push('second'),
      () => events.push('second waits'),
    );
    await vi.waitUntil(() => events.length === 2, 5_000);
    let rows = 0;
    const onRow = () => void (rows += 1);
    await withPool({ url: pooler.url }, (pool) =>
      readAccountRows(pool, {}, { onStatus: onRow, onClaim: onRow, onParked: onRow }),
    );
    expect(rows).toBeGreaterThan(0);
    goOn();
    await Promise.all([first, second]);
    expect(events).toEqual(['first begins', 'second waits', 'first ends', 'second']);
    await Promise.all(pools.map((pool) => pool.end()));
    await isClean();
  });

  test('says how many connections there are', async () => {
    const { forWorkers } = await withPool({ url: pooler.url }, connectionBudget);
    expect(forWorkers).toBeGreaterThan(0);
  });

  test.each([
    ['a wrong password', (url: string) => url.replace(':orderflow@', ':wrong@'), 'refuses this user or password; check ORDERFLOW_POSTGRES_URL, or the file that ORDERFLOW_POSTGRES_PASSWORD_FILE names'], // prettier-ignore
    ['an unknown user', (url: string) => url.replace('//orderflow:', '//nobody:'), 'refuses this user or password; check ORDERFLOW_POSTGRES_URL, or the file that ORDERFLOW_POSTGRES_PASSWORD_FILE names'], // prettier-ignore
    ['a database that is not there', (url: string) => `${url}2`, 'has no such database; create it, or check ORDERFLOW_POSTGRES_URL'], // prettier-ignore
  ])('%s is refused once, in one sentence', async (_name, change, problem) => {
    const { host, pathname } = new URL(change(pooler.url));
    await expect(prepareSchema(at(change(pooler.url)), now)).rejects.toMatchObject({
      code: 'METASTORE_REFUSED',
      message: `PostgreSQL at ${host}${pathname} ${problem}`,
    });
  });

  test('a call rejects in its time while the server behind the pooler is away, and works when it is back', async () => {
    const ask = () => metastore.claimForAggregation([claim(1, 'O-away')]);
    expect(await ask()).toEqual(['COUNTS']);
    await postgres.shutDown();
    await expect(ask()).rejects.toThrow();
    await postgres.start();
    await vi.waitFor(async () => expect(await ask()).toEqual(['COUNTS']), 30_000);
  }, 60_000);
});
