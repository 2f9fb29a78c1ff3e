/** The metastore's daily upkeep: partitions for the days to come, and orders forgotten. Each run leaves a line, which `orderflow status` shows. */
import { describeError } from '../errors.js';
import { type Pool, withPool } from './connection.js';
import type { Database } from './database.js';
import { type Forgotten, forgetOrders } from './forget.js';
import { ensurePartitions } from './partitions.js';

/** How many days of partitions there are to be, from today on (UTC). */
export const daysOfPartitions = { daysBack: 7, daysAhead: 30 } as const;

/** A run that is not over is taken for dead after this time, and one that failed is tried again; in ms. */
const tryAgainMs = 3_600_000;

export interface Upkeep extends Forgotten {
  /** The days (UTC) that a partition was made for. */
  readonly made: readonly string[];
}

export interface UpkeepOptions {
  /** How many days an order is kept after its last line: see forget.ts. */
  readonly keepDays: number;
  /** Who runs it, for the line. */
  readonly by: string;
}

/**
 * Runs the upkeep, and says in `upkeep_runs` how it went. Safe to be killed and called again, by several at once, and while orders flow. Rejects
 * as its parts do: METASTORE_BUSY where somebody holds the tables.
 */
export async function runUpkeep(pool: Pool, options: UpkeepOptions): Promise<Upkeep> {
  const { rows } = await pool.query<{ id: string }>('INSERT INTO upkeep_runs (started_by) VALUES ($1) RETURNING id', [
    options.by,
  ]);
  return work(pool, rows[0]!.id, options);
}

/**
 * The same, if none of today's (UTC) runs has ended well; null otherwise, and while one is under way. To be called by anyone, as often as they
 * like: one that failed is tried again after an hour.
 */
export async function runUpkeepIfDue(database: Database, options: UpkeepOptions): Promise<Upkeep | null> {
  return withPool(database, async (pool) => {
    const id = await beginIfDue(pool, options);
    return id === undefined ? null : work(pool, id, options);
  });
}

/** Of two who ask at the same time one runs it, as a rule: both do no harm. */
async function beginIfDue(pool: Pool, { by }: UpkeepOptions): Promise<string | undefined> {
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO upkeep_runs (started_by)
     SELECT $1
     WHERE pg_try_advisory_xact_lock(hashtext('orderflow upkeep')) AND NOT EXISTS (
       SELECT FROM upkeep_runs
       WHERE started_at > now() - $2 * interval '1 ms'
          OR ended_at IS NOT NULL AND problem = '' AND started_at >= date_trunc('day', now(), 'UTC')
     )
     RETURNING id`,
    [by, tryAgainMs],
  );
  return rows[0]?.id;
}

/** The metastore's clock, in ms since the epoch: what is old is deleted by it, and a machine's own may be years ahead. */
async function timeOf(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ now: Date }>('SELECT now()');
  return rows[0]!.now.getTime();
}

async function work(pool: Pool, id: string, { keepDays }: UpkeepOptions): Promise<Upkeep> {
  try {
    const now = await timeOf(pool);
    const made = await ensurePartitions(pool, { ...daysOfPartitions, now });
    const done = { made, ...(await forgetOrders(pool, keepDays, now)) };
    await end(pool, id, done, '');
    return done;
  } catch (error) {
    // Where that cannot be said either, the line stays without an end, and status takes it for dead.
    await end(pool, id, { made: [], partitions: [], lines: 0, claims: 0 }, describeError(error)).catch(() => undefined);
    throw error;
  }
}

async function end(pool: Pool, id: string, done: Upkeep, problem: string): Promise<void> {
  await pool.query(
    `UPDATE upkeep_runs SET ended_at = clock_timestamp(), problem = $2,
       partitions_made = $3, partitions_dropped = $4, lines_deleted = $5, claims_deleted = $6
     WHERE id = $1`,
    [id, problem, done.made.length, done.partitions.length, done.lines, done.claims],
  );
  await pool.query("DELETE FROM upkeep_runs WHERE started_at < now() - interval '1 year'");
}

/** A run of the upkeep. Times are milliseconds since the epoch. */
export interface UpkeepRun {
  readonly startedBy: string;
  readonly startedAt: number;
  /** Null while it runs, and for ever if it died. */
  readonly endedAt: number | null;
  readonly partitionsMade: number;
  readonly partitionsDropped: number;
  readonly linesDeleted: number;
  readonly claimsDeleted: number;
  /** Empty unless it failed: why. */
  readonly problem: string;
}

/** The newest run, and the newest that ended well; null where there was none. */
export async function lastUpkeep(pool: Pool): Promise<{ last: UpkeepRun | null; lastGood: UpkeepRun | null }> {
  const newest = async (condition: string) => {
    const { rows } = await pool.query<UpkeepRun>(
      `SELECT
         started_by AS "startedBy", round(extract(epoch FROM started_at) * 1000)::float8 AS "startedAt",
         round(extract(epoch FROM ended_at) * 1000)::float8 AS "endedAt", partitions_made AS "partitionsMade",
         partitions_dropped AS "partitionsDropped", lines_deleted::float8 AS "linesDeleted",
         claims_deleted::float8 AS "claimsDeleted", problem
       FROM upkeep_runs WHERE ${condition} ORDER BY id DESC LIMIT 1`,
    );
    return rows[0] ?? null;
  };
  return { last: await newest('true'), lastGood: await newest("ended_at IS NOT NULL AND problem = ''") };
}
