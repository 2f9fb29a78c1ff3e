/** Brings the metastore's schema up to date. */
import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import type pg from 'pg';
import { projectRoot } from '../config.js';
import { createPool, metastoreError } from './connection.js';
import type { Database } from './database.js';
import { loadMigrations } from './migration-steps.js';
import { aloneInPool, untilUnlocked } from './schema-lock.js';

/**
 * Runs the migrations that are missing, one after the other; the names of those that ran. May be called any number of times, while orders
 * flow, and by several at once: the others wait. One that was killed goes on where it was when it is called again: each migration is a
 * transaction, or made of steps that find what was done (migration-steps.ts). Throws OperatorError when PostgreSQL cannot be reached,
 * or when somebody holds the tables for longer than a minute.
 */
export async function migrate(
  database: Database,
  folder = join(projectRoot, 'metastore', 'migrations'),
): Promise<string[]> {
  const pool = createPool(database, { connections: 2 });
  const done: string[] = [];
  try {
    await aloneInPool(pool, (client) =>
      untilUnlocked(client, async () => {
        while (await runNext(client, folder, done));
      }),
    );
    return done;
  } catch (error) {
    throw metastoreError(database, error);
  } finally {
    await pool.end();
  }
}

/** Runs one migration, so that each is counted that ran before one that has to wait. False when there was none. */
async function runNext(client: pg.ClientBase, dir: string, done: string[]): Promise<boolean> {
  const [migration] = await runner({
    dbClient: client,
    dir,
    migrationsTable: 'migrations',
    migrationLoaderStrategies: [{ extensions: ['.sql'], loader: loadMigrations }],
    direction: 'up',
    count: 1,
    noLock: true, // aloneInPool has one, which the upkeep of the partitions respects, too
    log: () => undefined,
  });
  if (!migration) return false;
  done.push(migration.name);
  return true;
}
