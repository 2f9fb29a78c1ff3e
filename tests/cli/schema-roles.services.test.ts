/** `orderflow schema roles` and `schema rotate-password`, on a server that others run. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { loadConfig } from '../../config.js';
import { checkServer } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import { adminPassword, adminUser, type RoleDatabase, startRoleDatabase } from '../role-database.js';
import { linesHere } from './here.js';

let database: RoleDatabase;
let asAdmin: string[];
beforeAll(async () => {
  database = await startRoleDatabase();
  const file = join(database.secrets, 'admin');
  await writeFile(file, adminPassword);
  asAdmin = ['--user', adminUser, '--password-file', file];
});
beforeEach(() => {
  const { postgresUrl, postgres } = database.config;
  vi.stubEnv('ORDERFLOW_POSTGRES_URL', postgresUrl);
  vi.stubEnv('ORDERFLOW_POSTGRES_USER', postgres.user);
  vi.stubEnv('ORDERFLOW_POSTGRES_PASSWORD_FILE', postgres.passwordFile);
});
afterEach(() => {
  vi.unstubAllEnvs();
  process.exitCode = undefined;
});
afterAll(() => database.stop());

/** What the command prints, and its exit status. */
async function orderflow(...words: string[]) {
  const lines = await linesHere(...words);
  const code = process.exitCode ?? 0;
  process.exitCode = undefined;
  return { text: lines.join('\n'), code };
}

test('says that each role is as it should be', async () => {
  expect(await orderflow('schema', 'roles', 'plan')).toEqual({ text: 'each role is as it should be', code: 0 });
  expect(await orderflow('schema', 'roles', 'apply')).toEqual({ text: 'nothing had to be done', code: 0 });
});

test('shows a role that is missing, that may too much, and a password that is another one; mends what it may', async () => {
  const { admin, config } = database;
  await admin.query(`
    REVOKE ALL ON ALL TABLES IN SCHEMA public FROM "shop auditor";
    REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM "shop auditor";
    REVOKE ALL ON SCHEMA public FROM "shop auditor";
    REVOKE ALL ON DATABASE shop FROM "shop auditor";
    DROP ROLE "shop auditor";
    GRANT "shop owner" TO "shop router";
    ALTER ROLE "shop enricher" CREATEDB;
    GRANT SELECT ON locations TO "shop router"`);
  await writeFile(join(database.secrets, 'page.password'), 'another');
  const { text, code } = await orderflow('schema', 'roles', 'plan');
  expect(code).toBe(1);
  for (const line of [
    `ALTER ROLE "shop enricher" NOCREATEDB; -- enricher has CREATEDB`,
    `REVOKE "shop owner" FROM "shop router"; -- router is a member of shop owner`,
    `CREATE ROLE "shop auditor" LOGIN PASSWORD '…'; -- auditor is missing`,
    `REVOKE SELECT ON TABLE locations FROM "shop router";`,
  ])
    expect(text.split('\n')).toContain(line);
  expect(text).toMatch(
    /^ALTER ROLE "shop page" PASSWORD '…'; -- page does not get in with the password in .*page\.password$/m,
  );
  expect(text).not.toContain('SCRAM-SHA-256');

  // The owner may do what concerns its tables alone.
  const byOwner = JSON.parse((await orderflow('schema', 'roles', 'apply', '--json')).text) as {
    accounts: { left: { principal: string }[] };
    grants: { done: { statement: string }[] };
  };
  expect(byOwner.accounts.left.map(({ principal }) => principal).sort()).toEqual([
    'auditor',
    'enricher',
    'page',
    'router',
  ]);
  expect(byOwner.grants.done.map(({ statement }) => statement)).toContain(
    'REVOKE SELECT ON TABLE locations FROM "shop router"',
  );

  expect((await orderflow('schema', 'roles', 'apply', ...asAdmin)).code).toBe(0);
  expect(await orderflow('schema', 'roles', 'plan')).toEqual({ text: 'each role is as it should be', code: 0 });
  for (const name of ['auditor', 'page'] as const) await checkServer(databaseOf(config, name), 5_000);
});

test('gives roles new passwords, in their files', async () => {
  const file = join(database.secrets, 'validator.password');
  const old = await readFile(file, 'utf8');
  expect(await orderflow('schema', 'rotate-password', 'validator')).toEqual({
    text: 'validator has a new password',
    code: 0,
  });
  expect(await readFile(file, 'utf8')).toMatch(/^[\w-]{43}$/);
  expect(await readFile(file, 'utf8')).not.toBe(old);
  expect((await orderflow('schema', 'rotate-password', 'all')).text.split('\n')).toHaveLength(10);
  expect(await orderflow('schema', 'roles', 'plan')).toEqual({ text: 'each role is as it should be', code: 0 });
});

test('refuses where all log in as one', async () => {
  vi.stubEnv('ORDERFLOW_POSTGRES_USER', '');
  expect(loadConfig().postgres.user).toBe('');
  for (const words of [
    ['roles', 'plan'],
    ['roles', 'apply'],
    ['rotate-password', 'page'],
  ])
    await expect(orderflow('schema', ...words)).rejects.toMatchObject({ code: 'ONE_ROLE' });
});
