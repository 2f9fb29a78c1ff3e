/** A PostgreSQL of a test's own: the local stack's, on a free port, in a temporary folder, without its supervisor. */
import { startService, stopService } from '../local/lifecycle.js';
import type { Database } from '../metastore/database.js';
import { localStack, removeLocalStack } from './local-stack.js';

export interface TestPostgres {
  /** Of an empty database; the same after a restart. */
  readonly url: string;
  /** The same, as one who may do everything in it. */
  readonly database: Database;
  /** Ends the server and deletes its data. */
  stop(): Promise<void>;
  /** Ends the server, and every connection to it, at once; the data stay. */
  shutDown(): Promise<void>;
  /** Starts it again, on the same port. */
  start(): Promise<void>;
}

/** Resolves when the server answers; rejects with the end of its log where it does not start. */
export async function startPostgres(): Promise<TestPostgres> {
  const config = await localStack();
  const start = async () => void (await startService(config, 'postgres'));
  await start();
  return {
    url: config.postgresUrl,
    database: { url: config.postgresUrl },
    start,
    shutDown: async () => void (await stopService(config, 'postgres')),
    stop: () => removeLocalStack(config),
  };
}
