/**
 * Changes of tables that orders flow through. A lock that nothing else goes with is asked for only for a moment: all who come later wait
 * behind whoever waits for it.
 */
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import type pg from 'pg';
import { codeOf, OperatorError } from '../errors.js';
import { alone } from './lock.js';

/** How long a change waits for its lock, and so the longest that others wait behind it, in ms. Then it tries again. */
export const lockWaitMs = 200;
/** How long a short transaction may take in all, in ms: what it does under its locks does not depend on the tables' size. */
const transactionMs = 1_000;

/** Runs the work while no other process changes tables or partitions; waits for one that does. See `alone`. */
export const aloneInPool = <T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
  alone(pool, { name: 'orderflow status_history partitions', session: 'orderflow-migrate' }, work);

/** A transaction of statements without parameters, in one round trip, that wait for locks for `lockWaitMs` at most. */
export const briefly = (statements: string) => `BEGIN; SET LOCAL lock_timeout = ${lockWaitMs}; ${statements}; COMMIT`;

const busyCodes: readonly (string | undefined)[] = [
  '55P03', // lock_timeout
  '40P01', // a deadlock, which costs us our locks
  '57014', // statement_timeout: never under a lock for longer
];
const isBusy = (error: Error) => busyCodes.includes(codeOf(error));

const backoff = new ExponentialBackoff({ initialDelay: 100, maxDelay: 2_000 });
/** About a minute. */
const patience = 40;

/**
 * Runs the work again and again, with pauses in which those who waited behind it go on, while it cannot have its locks. What it did in a
 * transaction is rolled back in between; what it did outside, it must be able to find done. After `maxAttempts`, about a minute, it fails with the
 * OperatorError METASTORE_BUSY, which says who holds the tables.
 */
export async function untilUnlocked<T>(
  client: pg.ClientBase,
  work: () => Promise<T>,
  maxAttempts = patience,
): Promise<T> {
  const policy = retry(handleWhen(isBusy), { maxAttempts, backoff });
  try {
    return await policy.execute(async () => {
      try {
        return await work();
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined); // the error says why that could not be
        throw error;
      }
    });
  } catch (error) {
    if (!isBusy(error as Error)) throw error;
    const holder = await oldestHolder(client).catch(() => undefined);
    const who = holder ?? 'sessions that PostgreSQL does not name';
    throw new OperatorError(
      'METASTORE_BUSY',
      `the metastore's tables could not be changed, since others hold them: ${who}; end that, or wait for it, and run this again`,
      { cause: error },
    );
  }
}

/** A transaction that is over at once, by `untilUnlocked`: what it holds meanwhile may be all of a table. */
export async function inShortTransaction<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  return untilUnlocked(client, async () => {
    await client.query(`BEGIN; SET LOCAL lock_timeout = ${lockWaitMs}; SET LOCAL statement_timeout = ${transactionMs}`);
    const result = await work();
    await client.query('COMMIT');
    return result;
  });
}

/** Who has held tables of ours for the longest time: what a person needs to find it, nothing of what it asks. */
async function oldestHolder(client: pg.ClientBase): Promise<string | undefined> {
  const { rows } = await client.query<{ who: string }>(
    `SELECT format('process %s of PostgreSQL (%s, %s, %s s)', a.pid, coalesce(nullif(a.application_name, ''), a.backend_type, '?'),
       coalesce(a.state, 'at work'), round(extract(epoch FROM clock_timestamp() - a.xact_start))) AS who
     FROM pg_stat_activity a
     WHERE a.pid <> pg_backend_pid() AND a.xact_start IS NOT NULL AND EXISTS (
       SELECT FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
       WHERE l.pid = a.pid AND l.granted AND c.relnamespace = current_schema()::regnamespace
     )
     ORDER BY a.xact_start
     LIMIT 1`,
  );
  return rows[0]?.who;
}
