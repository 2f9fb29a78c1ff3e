/** Makes the metastore ready for orders: tables, partitions, and the roles' rights. */
import type { Config } from '../config.js';
import { withPool } from './connection.js';
import { databaseOf, hasRoles } from './database.js';
import { type AppliedGrants, applyGrants } from './grants.js';
import { migrate } from './migrate.js';
import { ensurePartitions } from './partitions.js';
import { daysOfPartitions } from './upkeep.js';

export interface Prepared {
  /** The migrations that ran. */
  readonly migrations: readonly string[];
  /** The days (UTC) that a partition was made for. */
  readonly partitions: readonly string[];
  /** What was granted and revoked, where each principal has a role; what was not to be is for an administrator. */
  readonly grants: AppliedGrants;
}

/**
 * Runs the migrations that are missing, makes the partitions from a week ago to a month ahead, and grants what new tables need. `now` is in ms since the epoch. Safe to
 * call again; the upkeep makes the later ones (upkeep.ts). Fails as `migrate` and `withPool` do.
 */
export async function prepareSchema(config: Pick<Config, 'postgresUrl' | 'postgres'>, now: number): Promise<Prepared> {
  const owner = databaseOf(config, 'owner');
  const migrations = await migrate(owner);
  const partitions = await withPool(owner, (pool) => ensurePartitions(pool, { ...daysOfPartitions, now }));
  const grants = hasRoles(config) ? await withPool(owner, (pool) => applyGrants(pool, config)) : { done: [], left: [] };
  return { migrations, partitions, grants };
}
