/** A PostgreSQL of a test's own: the local stack's, on a free port, in a temporary folder, without its supervisor. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { initPostgres, postgresServer } from '../local/postgres.js';
import { checkServer } from '../metastore/connection.js';
import { localStack } from './local-stack.js';

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
  const config = await localStack();
  const log: string[] = [];
  let server: ChildProcess | undefined;
  const start = async () => {
    // Nothing here outlives the test: no waiting for the disk.
    const { file, args } = await postgresServer(config, { fsync: 'off' });
    const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.on('data', (chunk) => log.push(String(chunk)));
    server = child;
    while (!(await answers(config.postgresUrl))) {
      if (child.exitCode !== null) throw new Error(`PostgreSQL did not start:\n${log.join('')}`);
      await sleep(20);
    }
  };
  const shutDown = async () => {
    if (!server || server.exitCode !== null) return;
    const end = once(server, 'exit');
    server.kill('SIGINT');
    await end;
  };
  await initPostgres(config);
  await start();
  return {
    url: config.postgresUrl,
    start,
    shutDown,
    stop: async () => {
      await shutDown();
      await rm(config.home, { recursive: true, force: true });
    },
  };
}

const answers = (url: string) =>
  checkServer(url, 1_000).then(
    () => true,
    () => false,
  );
