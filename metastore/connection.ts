/** Connections to PostgreSQL: a pool of a stated size, calls that end in time, and errors a person can act on. */
import pg from 'pg';
import { isConnectionError, OperatorError } from '../errors.js';
import { DeadlineError, millisLeft, orDeadline } from '../model/deadline.js';
import { parameterOf } from './array-text.js';
import { connectionOptions, placeOf, type Database } from './database.js';
import { LimitedPool, runLimited } from './limited-pool.js';
import { refusalOf } from './refusals.js';

/** Connections to the metastore, for those who ask it: `pg` is imported in metastore/ alone. */
export type Pool = pg.Pool;
export type PoolClient = pg.PoolClient;

/** What our sessions are called in pg_stat_activity. */
export const applicationName = 'orderflow';

export interface PoolOptions {
  /** The most connections that are open at once. */
  readonly connections: number;
  /** How long a call waits for a connection, in milliseconds. */
  readonly connectionTimeoutMs?: number;
  /** How long a statement may run, in milliseconds; 0 for no limit. The server ends it. */
  readonly queryTimeoutMs?: number;
}

/**
 * A pool that connects when it is first asked. A connection that breaks is left out and replaced by the next call: the
 * process goes on, and the pool works again when PostgreSQL does.
 */
export function createPool(database: Database, options: PoolOptions): pg.Pool {
  const config = {
    max: options.connections,
    connectionTimeoutMillis: options.connectionTimeoutMs ?? 4_000,
    keepAlive: true,
    application_name: applicationName,
  };
  const pool = new LimitedPool(database, config, options.queryTimeoutMs ?? 0);
  // Without a listener, an idle connection that breaks would end the process. The next call reports what is wrong.
  pool.on('error', () => undefined);
  // The pool listens to idle connections only: one that breaks between two queries of a call would end the process, too.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** One statement with its parameters, in one round trip; the answer's rows. */
export type RunStatement = <Row extends object>(text: string, values: readonly unknown[]) => Promise<Row[]>;

/**
 * Runs statements on the pool. A call settles within `callTimeoutMs`, and within what is left of its batch's time
 * (model/deadline.ts), the wait for a connection included and whatever state the server is in. The connection of a call
 * that failed is closed, since an answer may still be under way on it.
 */
export function statementRunner(pool: pg.Pool, callTimeoutMs: number): RunStatement {
  return async <Row extends object>(text: string, values: readonly unknown[]) => {
    const time = Math.min(callTimeoutMs, millisLeft());
    if (time <= 0) throw new DeadlineError();
    const deadline = performance.now() + time;
    const client = await orDeadline(time, pool.connect(), (late) => late.release());
    try {
      // node-postgres ends a query itself after `query_timeout`.
      const query_timeout = Math.max(1, deadline - performance.now());
      const rows = await runLimited<Row>(pool, client, { text, values: values.map(parameterOf), query_timeout });
      client.release();
      return rows;
    } catch (error) {
      client.release(true);
      throw error;
    }
  };
}

/** node-postgres' own words, which have no code. */
const lostConnection =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered)/;

/** The error for a person at the command line: where the metastore is and what to do, without the password. */
export function metastoreError(database: Database, error: unknown): unknown {
  if (error instanceof OperatorError) return error;
  const { code, message } = error as { code?: string; message?: string };
  const where = placeOf(database);
  const known = refusalOf(error);
  if (known) return new OperatorError(known.code, `PostgreSQL at ${where} ${known.problem}`, { cause: error });
  // What is no failure of a connection is for whoever made it.
  if (!isConnectionError(error) && !lostConnection.test(message ?? '')) return error;
  const reason = code ?? message ?? 'no answer';
  return new OperatorError(
    'METASTORE_UNREACHABLE',
    `PostgreSQL at ${where} cannot be reached (${reason}): start it with \`orderflow up\`, or set ORDERFLOW_POSTGRES_URL`,
    { cause: error },
  );
}

/**
 * Runs the work in a transaction on a connection of its own, which begins with the statement `first`, if there is one. What fails is rolled back: its connection is closed.
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
  first = '',
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query(`BEGIN; ${first}`);
    const result = await work(client);
    await client.query('COMMIT');
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/** One question to the server. Rejects when it refuses, or does not let us in within `patienceMs`. */
export async function checkServer(database: Database, patienceMs: number): Promise<void> {
  const client = new pg.Client({ ...(await connectionOptions(database)), connectionTimeoutMillis: patienceMs });
  // A server that goes away while we are asking is no reason to crash.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
  } finally {
    await client.end();
  }
}

/** Opens a pool for a command, hands it to the work, closes it. Failures of the connection are OperatorErrors. */
export async function withPool<T>(database: Database, work: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const pool = createPool(database, { connections: 2 });
  try {
    return await work(pool);
  } catch (error) {
    throw metastoreError(database, error);
  } finally {
    await pool.end();
  }
}
