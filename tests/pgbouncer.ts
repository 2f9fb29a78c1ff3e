/** A PgBouncer of a test's own before a PostgreSQL, in transaction mode: each transaction gets whatever connection is free. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { checkServer } from '../metastore/connection.js';
import { unprivileged } from '../local/postgres.js';
import { freePorts } from './free-ports.js';

/** Debian has it where only root looks for programs. */
function pgBouncerPath(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
  return folders.map((folder) => join(folder, 'pgbouncer')).find((path) => existsSync(path));
}

/** For the name of tests that are skipped without it. */
export const pgBouncerIsMissing = pgBouncerPath() === undefined;
export const skippedBecause = pgBouncerIsMissing ? ' (skipped: PgBouncer is not installed)' : '';

export interface TestPgBouncer {
  /** The database behind it, as `postgresUrl` has it. */
  readonly url: string;
  stop(): Promise<void>;
}

/** `settings` over its defaults. Rejects with what it said when it does not start. */
export async function startPgBouncer(
  postgresUrl: string,
  settings: Record<string, string | number> = {},
): Promise<TestPgBouncer> {
  const { hostname, port: serverPort, username, password, pathname } = new URL(postgresUrl);
  const database = pathname.slice(1);
  const [port] = await freePorts(1);
  const folder = await mkdtemp(join(tmpdir(), 'orderflow-pgbouncer-'));
  const all = {
    listen_addr: hostname,
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'plain',
    auth_file: join(folder, 'users'),
    pool_mode: 'transaction',
    default_pool_size: 3,
    // A server that was away is asked again at once.
    server_login_retry: 0,
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`);
  const server = `${database} = host=${hostname} port=${serverPort} user=${username} password=${password}`;
  await writeFile(join(folder, 'users'), `"${username}" "${password}"\n`);
  await writeFile(join(folder, 'ini'), ['[databases]', server, '[pgbouncer]', ...lines, ''].join('\n'));
  // It refuses to be root, as PostgreSQL does.
  const { file, args } = unprivileged(pgBouncerPath()!, [join(folder, 'ini')]);
  const child = spawn(file, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const ended = once(child, 'exit');
  const url = new URL(postgresUrl);
  url.port = String(port);
  const answers = async () => {
    for (;;) {
      if (child.exitCode !== null) throw new Error(`PgBouncer does not start: ${log}`);
      const refused = await checkServer({ url: url.href }, 3_000).catch((error: { code?: string }) => error);
      if (!refused) return;
      if (refused.code !== 'ECONNREFUSED') throw new Error('PgBouncer lets nobody in', { cause: refused });
    }
  };
  const stop = async () => {
    child.kill('SIGINT');
    if (child.exitCode === null) child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  await answers().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { url: url.href, stop };
}
