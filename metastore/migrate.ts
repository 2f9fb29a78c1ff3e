/** Brings the metastore's schema up to date. */
import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { projectRoot } from '../config.js';
import { metastoreError } from './connection.js';

/**
 * Runs the migrations that are missing, all or none; the names of those that ran. May be called any number of times, and
 * by several at once: the others wait (advisory lock). Throws OperatorError when PostgreSQL cannot be reached.
 */
export async function migrate(postgresUrl: string): Promise<string[]> {
  const client = new pg.Client({
    connectionString: postgresUrl,
    connectionTimeoutMillis: 4_000,
    application_name: 'orderflow-migrate',
  });
  client.on('error', () => undefined); // the statement under way reports it
  try {
    await client.connect();
    const done = await runner({
      dbClient: client,
      dir: join(projectRoot, 'metastore', 'migrations'),
      migrationsTable: 'migrations',
      direction: 'up',
      singleTransaction: true,
      advisoryLockMode: 'wait',
      log: () => undefined,
    });
    return done.map((migration) => migration.name);
  } catch (error) {
    throw metastoreError(postgresUrl, error);
  } finally {
    await client.end();
  }
}
