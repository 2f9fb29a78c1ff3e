/** What PostgreSQL refuses while all goes on: a failover, a password that changes, sessions that it ends. Each is named, and recovered from. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { cancelOrders } from '../../metastore/cancellations.js';
import { withPool } from '../../metastore/connection.js';
import { migrate } from '../../metastore/migrate.js';
import { createPostgresMetastore } from '../../metastore/postgres.js';
import { aloneWithReleases } from '../../metastore/releases.js';
import { ask, TransientError } from '../../transforms/step/transient-error.js';
import { startPostgres, type TestPostgres } from '../postgres.js';
import { claim } from './orders.js';

let postgres: TestPostgres;
let admin: pg.Pool;
beforeAll(async () => {
  postgres = await startPostgres();
  await migrate(postgres.database);
  admin = new pg.Pool({ connectionString: postgres.url, max: 1, application_name: 'admin' });
  admin.on('error', () => undefined);
  await admin.query('SELECT 1');
});
afterAll(async () => {
  await admin.end();
  await postgres.stop();
});

/** A stage's metastore, which has asked before. */
async function aMetastore(url = postgres.url) {
  const metastore = createPostgresMetastore({ url }, { connections: 2 });
  onTestFinished(() => metastore.close());
  const claims = () => ask(metastore.claimForAggregation([claim(1, 'O-1')]));
  expect(await claims()).toEqual(['COUNTS']);
  return claims;
}

/** Ends all sessions but the admin's, as a failover does. */
const endSessions = () =>
  admin.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE pid <> pg_backend_pid() AND datname = current_database() AND backend_type = 'client backend'`,
  );

/** What a stage says, once the session that was ended is no longer what it speaks of. */
async function saysThen(claims: () => Promise<unknown>, sentence: string): Promise<void> {
  await vi.waitFor(async () => {
    const error = await claims().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TransientError);
    expect((error as Error).message).toBe(`the metastore ${sentence}`);
  }, 10_000);
}

const recovers = (claims: () => Promise<unknown>) =>
  vi.waitFor(async () => expect(await claims()).toEqual(['COUNTS']), 10_000);

test('a primary that takes no changes any more: stages and commands say so, and go on when it does', async () => {
  const claims = await aMetastore();
  await admin.query('ALTER DATABASE orderflow SET default_transaction_read_only = on');
  await endSessions();
  const problem = 'takes no changes, as a standby does, or a primary after a failover; wait, or let ORDERFLOW_POSTGRES_URL name the primary'; // prettier-ignore
  await saysThen(claims, `${problem} (25006)`);
  const { host } = new URL(postgres.url);
  await expect(withPool(postgres.database, (pool) => cancelOrders(pool, ['O-1']))).rejects.toMatchObject({
    code: 'METASTORE_READ_ONLY',
    message: `PostgreSQL at ${host}/orderflow ${problem}`,
  });
  await admin.query('SET default_transaction_read_only = off; ALTER DATABASE orderflow RESET default_transaction_read_only'); // prettier-ignore
  await recovers(claims);
});

test('a password that changed: named at the next connection, and taken from the file of passwords without a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'orderflow-pgpass-'));
  const passwordFile = join(folder, 'pgpass');
  vi.stubEnv('PGPASSFILE', passwordFile);
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });
  const keep = async (password: string) => {
    await writeFile(passwordFile, `*:*:*:orderflow:${password}\n`);
    await chmod(passwordFile, 0o600);
  };
  await keep('orderflow');
  const [ofUrl, ofFile] = [await aMetastore(), await aMetastore(postgres.url.replace(':orderflow@', '@'))];
  await admin.query("ALTER ROLE orderflow PASSWORD 'another'");
  // Sessions that are open stay.
  expect(await ofUrl()).toEqual(['COUNTS']);
  await endSessions();
  const problem =
    'refuses this user or password; check ORDERFLOW_POSTGRES_URL, or the file that ORDERFLOW_POSTGRES_PASSWORD_FILE names';
  for (const claims of [ofUrl, ofFile]) await saysThen(claims, `${problem} (28P01)`);
  await expect(withPool(postgres.database, (pool) => cancelOrders(pool, ['O-1']))).rejects.toMatchObject({
    code: 'METASTORE_REFUSED',
  });
  await keep('another');
  await recovers(ofFile);
  await admin.query("ALTER ROLE orderflow PASSWORD 'orderflow'");
  await recovers(ofUrl);
});

test('a server that ends idle transactions lets commands that wait for others finish', async () => {
  await admin.query("ALTER ROLE orderflow SET idle_in_transaction_session_timeout = '30ms'");
  const answer = await withPool(postgres.database, (pool) =>
    aloneWithReleases(
      pool,
      async (client) => {
        // As a command that waits for Kafka.
        await admin.query('SELECT pg_sleep(0.3)');
        return (await client.query<{ answer: number }>('SELECT 7 AS answer')).rows[0]!.answer;
      },
      () => undefined,
    ),
  );
  expect(answer).toBe(7);
  expect(await migrate(postgres.database)).toEqual([]);
});

test('a session that was ended in a transaction is named', async () => {
  await admin.query("ALTER ROLE orderflow SET idle_in_transaction_session_timeout = '30ms'");
  const idle = withPool(postgres.database, async (pool) => {
    const client = await pool.connect();
    const ended = new Promise((_resolve, reject) => client.once('error', reject));
    await client.query('BEGIN');
    await ended.finally(() => client.release(true));
  });
  await expect(idle).rejects.toMatchObject({
    code: 'METASTORE_UNREACHABLE',
    message: expect.stringContaining('has ended a session that was idle for too long') as string,
  });
  await admin.query('ALTER ROLE orderflow RESET idle_in_transaction_session_timeout');
});

test('work whose lock is lost rejects, and what it asks is broken off', async () => {
  const lost = withPool(postgres.database, (pool) =>
    aloneWithReleases(
      pool,
      (client) => client.query('SELECT pg_sleep(600)'),
      () => undefined,
    ),
  );
  const holder = "application_name = 'orderflow' AND state = 'idle in transaction'";
  const refused = expect(lost).rejects.toMatchObject({ code: 'METASTORE_UNREACHABLE' });
  await vi.waitUntil(async () => {
    const { rows } = await admin.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity
       WHERE ${holder} AND EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'orderflow-release' AND state = 'active')`,
    );
    if (rows.length === 0) return false;
    await admin.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid]);
    return true;
  }, 10_000);
  await refused;
});
