/** A PostgreSQL of a test's own in which each principal has a role, as one sets up a server that others run: nothing of the local stack's accounts is used. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, loadConfig } from '../config.js';
import { startService, stopService } from '../local/lifecycle.js';
import { initPostgres, programs, unprivileged } from '../local/postgres.js';
import { applyAccounts } from '../metastore/accounts.js';
import { createPool, type Pool } from '../metastore/connection.js';
import { applyGrants } from '../metastore/grants.js';
import { type Prepared, prepareSchema } from '../metastore/prepare.js';
import { roles } from '../metastore/roles.js';
import { localStack, removeLocalStack } from './local-stack.js';

export interface RoleDatabase {
  /** The metastore's settings: a role for each principal. */
  readonly config: Config;
  /** As a superuser. */
  readonly admin: Pool;
  /** Where the principals' passwords are. */
  readonly secrets: string;
  /** What `prepareSchema` said when the tables were made. */
  readonly prepared: Prepared;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The superuser. */
export const adminUser = 'the_admin';
export const adminPassword = 'of-the-admin';

/** Runs statements as the server itself, which must not run. */
async function alone(config: Config, statements: readonly string[]): Promise<void> {
  const { postgres } = await programs();
  const data = join(config.home, 'postgres', 'data');
  const { file, args } = unprivileged(postgres, ['--single', '-D', data, 'postgres']);
  const child = execFile(file, args);
  child.stdin!.end(`${statements.join('\n')}\n`);
  await once(child, 'exit');
}

/** `settings` over those that there are for the metastore. */
export async function startRoleDatabase(settings: Record<string, string> = {}): Promise<RoleDatabase> {
  const local = await localStack();
  await initPostgres(local);
  await alone(local, [`create role ${adminUser} superuser login password '${adminPassword}'`, 'create database shop']);
  await startService(local, 'postgres');
  const secrets = await mkdtemp(join(tmpdir(), 'orderflow-secrets-'));
  await mkdir(secrets, { recursive: true });
  for (const principal of roles) await writeFile(join(secrets, `${principal}.password`), `of-${principal}`);
  const url = `postgres://${local.host}:${local.ports.postgres}/shop`;
  const config = loadConfig({
    ORDERFLOW_POSTGRES_URL: url,
    ORDERFLOW_POSTGRES_USER: 'shop {principal}',
    ORDERFLOW_POSTGRES_PASSWORD_FILE: join(secrets, '{principal}.password'),
    ...settings,
  });
  const pool = createPool({ url: url.replace('//', `//${adminUser}:${adminPassword}@`) }, { connections: 2 });
  await applyAccounts(pool, config);
  await applyGrants(pool, config);
  return {
    config,
    admin: pool,
    secrets,
    prepared: await prepareSchema(config, Date.now()),
    restart: async () => {
      await stopService(local, 'postgres');
      await startService(local, 'postgres');
    },
    stop: async () => {
      await pool.end();
      await removeLocalStack(local);
      await rm(secrets, { recursive: true });
    },
  };
}
