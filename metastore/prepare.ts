/** Makes the metastore ready for orders: tables, partitions, reference data. */
import { withPool } from './connection.js';
import { loadReferenceData } from './load-reference-data.js';
import { migrate } from './migrate.js';
import { dropOldPartitions, ensurePartitions } from './partitions.js';
import type { ReferenceData } from './reference-data.js';

export interface Prepared {
  /** The migrations that ran. */
  readonly migrations: readonly string[];
  /** The days (UTC) that a partition was made for. */
  readonly partitions: readonly string[];
  readonly referenceRows: number;
  /** What was forgotten, where `keepDays` is given. */
  readonly dropped?: { readonly partitions: readonly string[]; readonly claims: number };
}

/**
 * Runs the migrations that are missing, makes partitions from a week ago to a month ahead, loads the reference data, and
 * forgets orders older than `keepDays`, if that is given. Safe to call again. Fails as `migrate` and `withPool` do.
 */
export async function prepareMetastore(
  postgresUrl: string,
  data: ReferenceData,
  { keepDays, now }: { keepDays?: number; now: number },
): Promise<Prepared> {
  const migrations = await migrate(postgresUrl);
  return withPool(postgresUrl, async (pool) => {
    const dropped = keepDays === undefined ? undefined : await dropOldPartitions(pool, keepDays, now);
    const partitions = await ensurePartitions(pool, { daysBack: Math.min(7, keepDays ?? 7), daysAhead: 30, now });
    const referenceRows = await loadReferenceData(pool, data);
    return { migrations, partitions, referenceRows, ...(dropped && { dropped }) };
  });
}
