/** Makes the metastore ready for orders: tables and partitions. */
import { withPool } from './connection.js';
import { migrate } from './migrate.js';
import { ensurePartitions } from './partitions.js';
import { daysOfPartitions } from './upkeep.js';

export interface Prepared {
  /** The migrations that ran. */
  readonly migrations: readonly string[];
  /** The days (UTC) that a partition was made for. */
  readonly partitions: readonly string[];
}

/**
 * Runs the migrations that are missing, and makes the partitions from a week ago to a month ahead. `now` is in ms since the epoch. Safe to
 * call again; the upkeep makes the later ones (upkeep.ts). Fails as `migrate` and `withPool` do.
 */
export async function prepareSchema(postgresUrl: string, now: number): Promise<Prepared> {
  const migrations = await migrate(postgresUrl);
  const partitions = await withPool(postgresUrl, (pool) => ensurePartitions(pool, { ...daysOfPartitions, now }));
  return { migrations, partitions };
}
