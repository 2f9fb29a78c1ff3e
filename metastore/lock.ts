/**
 * Work that one process does at a time, by a lock of PostgreSQL's. It ends with its connection, also that of a process that was killed.
 *
 * A transaction on a connection of its own holds it: a lock of a session would stay with a connection that a pooler gives to others, and what
 * the session asks next would go elsewhere. A transaction that does nothing has no snapshot, and keeps neither vacuum nor CREATE INDEX
 * CONCURRENTLY waiting.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/** How often one that waits for another looks whether it is done, in ms. */
const pollMs = 100;

/** Servers that end idle transactions leave this one alone. Not all of them know each of these. */
const mayIdle = `
SELECT set_config(name, '0', true) FROM pg_settings
WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')`;

export interface Lock {
  /** Never another one for the same work: processes of different versions have to agree. */
  readonly name: string;
  /** What the session that does the work is called in pg_stat_activity. */
  readonly session: string;
}

/**
 * Runs the work on a connection of the pool, which has to have two, while no other process has the lock; waits for one that has it (`onWait` is
 * told once), and for what the server still does for one that was killed. Rejects, and breaks off what the work asks, when the lock is lost with
 * its connection. Both connections are closed.
 */
export async function alone<T>(
  pool: pg.Pool,
  lock: Lock,
  work: (client: pg.PoolClient) => Promise<T>,
  onWait: () => void = () => undefined,
): Promise<T> {
  const holder = await take(pool, lock, onWait);
  try {
    const isLost = new Promise<never>((_resolve, reject) => {
      holder.once('error', reject).once('end', () => reject(new Error('Connection terminated: the lock is lost')));
    });
    isLost.catch(() => undefined);
    const client = await pool.connect();
    try {
      // Poolers keep this setting with the client.
      await client.query(`SET application_name = ${client.escapeLiteral(lock.session)}`);
      return await Promise.race([work(client), isLost]);
    } finally {
      client.release(true);
    }
  } finally {
    holder.release(true);
  }
}

/** The connection that has the lock. One that waits has none meanwhile: who has the lock may need it, of the same pool. */
async function take(pool: pg.Pool, lock: Lock, onWait: () => void): Promise<pg.PoolClient> {
  for (let hasWaited = false; ; hasWaited = true) {
    const holder = await pool.connect();
    try {
      if (await tryToTake(holder, lock)) return holder;
      holder.release();
    } catch (error) {
      holder.release(true);
      throw error;
    }
    if (!hasWaited) onWait();
    await sleep(pollMs);
  }
}

/**
 * Not by a statement that waits: an index that is made CONCURRENTLY would wait for that one's end, and it for the index. Nor by one with
 * parameters, whose portal keeps its snapshot to the transaction's end.
 */
async function tryToTake(holder: pg.PoolClient, { name, session }: Lock): Promise<boolean> {
  const isTrue = async (condition: string) =>
    (await holder.query<{ answer: boolean }>(`SELECT ${condition} AS answer`)).rows[0]!.answer;
  const tryLock = `pg_try_advisory_xact_lock(hashtext(${holder.escapeLiteral(name)}))`;
  const isAtWork = `EXISTS (
    SELECT FROM pg_stat_activity
    WHERE application_name = ${holder.escapeLiteral(session)} AND state <> 'idle' AND pid <> pg_backend_pid()
      AND datname = current_database()
  )`;
  // In one go: the transaction may idle from its beginning.
  await holder.query(`BEGIN; ${mayIdle}`);
  // The look at others' work is to come after the lock: each is a statement.
  if ((await isTrue(tryLock)) && !(await isTrue(isAtWork))) return true;
  await holder.query('ROLLBACK');
  return false;
}
