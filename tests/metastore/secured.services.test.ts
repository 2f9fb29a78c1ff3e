/** The secured local PostgreSQL: encrypted, a role for each principal, and what happens when passwords, certificates and rights are not as they should be. */
import { randomUUID } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import type { Config } from '../../config.js';
import { makeSecrets, renewCertificates, secretFile } from '../../local/authority.js';
import { runningProcess } from '../../local/pid-file.js';
import { postgresLogFolder, reloadPostgres } from '../../local/postgres.js';
import { up } from '../../local/up.js';
import { accountChanges } from '../../metastore/accounts.js';
import { checkServer, createPool, withPool } from '../../metastore/connection.js';
import { type Database, databaseOf } from '../../metastore/database.js';
import { applyGrants, grantChanges } from '../../metastore/grants.js';
import { createPostgresMetastore } from '../../metastore/postgres.js';
import { prepareSchema } from '../../metastore/prepare.js';
import { countStatuses } from '../../metastore/queries.js';
import { roles } from '../../metastore/roles.js';
import { rotatePassword } from '../../metastore/rotation.js';
import { ask } from '../../transforms/step/transient-error.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { line } from './orders.js';

let config: Config;
const as = (principal: Parameters<typeof databaseOf>[1]) => databaseOf(config, principal);
beforeAll(async () => {
  config = await localStack({ ORDERFLOW_PROFILE: 'secured' });
  await up(config, { only: ['postgres'], progress: 'silent' });
  await prepareSchema(config, Date.now());
}, 120_000);
afterAll(() => removeLocalStack(config));

/** What a command says. */
const said = (database: Database) =>
  withPool(database, (pool) => pool.query('SELECT 1')).then(
    () => 'nothing',
    ({ message }: Error) => message.replace(/^PostgreSQL at [^ ]*\/orderflow \(as /, '('),
  );

/** What the server has written down of refusals, by SQLSTATE and user. */
async function refusals(): Promise<string[]> {
  const folder = postgresLogFolder(config);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  const lines = texts.join('').split('\n').filter(Boolean);
  return lines.map((text) => {
    const { state_code, user } = JSON.parse(text) as { state_code?: string; user?: string };
    return `${state_code} ${user}`;
  });
}

test('lets each role in, encrypted, and finds each as it should be', async () => {
  for (const principal of roles)
    await withPool(as(principal), async (pool) => {
      const { rows } = await pool.query(
        'SELECT current_user AS name, ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
      );
      expect(rows).toEqual([{ name: `orderflow_${principal}`, ssl: true, version: 'TLSv1.3' }]);
    });
  await withPool(as('owner'), async (pool) => {
    expect(await accountChanges(pool, config)).toEqual([]);
    expect(await grantChanges(pool, config)).toEqual([]);
  });
});

test('refuses a connection that is not encrypted, and writes that down', async () => {
  expect(await said({ url: config.postgresUrl, user: 'orderflow_page', tls: 'disable' })).toBe(
    '(orderflow_page) refuses this user, from here or without TLS; check ORDERFLOW_POSTGRES_URL and ORDERFLOW_POSTGRES_CA_FILE, or its pg_hba.conf',
  );
  await vi.waitFor(async () => expect(await refusals()).toContain('28000 orderflow_page'), 10_000);
});

test('goes on with no server whose certificate is of an authority that it does not know', async () => {
  const { url, user, passwordFile } = as('page') as Required<Database>;
  expect(await said({ url, user, passwordFile, tls: 'verify-full' })).toBe(
    '(orderflow_page) shows a certificate of an authority that we do not know; put that into ORDERFLOW_POSTGRES_CA_FILE',
  );
});

test('an account that is not there, a wrong password, a password that cannot be read: a sentence each', async () => {
  expect(await said({ ...as('page'), user: 'nobody' })).toBe(
    '(nobody) refuses this user or password; check ORDERFLOW_POSTGRES_URL, or the file that ORDERFLOW_POSTGRES_PASSWORD_FILE names',
  );
  const wrong = join(config.home, 'wrong');
  await writeFile(wrong, 'wrong');
  expect(await said({ ...as('page'), passwordFile: wrong })).toBe(
    '(orderflow_page) refuses this user or password; check ORDERFLOW_POSTGRES_URL, or the file that ORDERFLOW_POSTGRES_PASSWORD_FILE names',
  );
  expect(await said({ ...as('page'), passwordFile: `${wrong}2` })).toBe(
    `the password for PostgreSQL cannot be read from ${wrong}2 (ENOENT): make the file, or let the setting name another`,
  );
  await vi.waitFor(
    async () => expect(await refusals()).toEqual(expect.arrayContaining(['28P01 nobody', '28P01 orderflow_page'])),
    10_000,
  );
});

/** A stage's metastore, and a call that records a line with it, of another order each time. */
function aStage(stage: 'enricher' | 'router') {
  const metastore = createPostgresMetastore(as(stage), { connections: 2 });
  return {
    record: () => {
      const id = randomUUID();
      return ask(metastore.recordStatuses([{ ...line(id, id, 'CREATED'), recordedBy: 'generator' }]));
    },
    close: () => metastore.close(),
  };
}

test('a right that is missing: the stage waits, with a sentence, and goes on when it is given', async () => {
  const { record, close } = aStage('enricher');
  onTestFinished(close);
  await record();
  await withPool(as('owner'), (pool) => pool.query('REVOKE INSERT ON status_lines FROM orderflow_enricher'));
  await expect(record()).rejects.toThrow(
    'the metastore does not let this user do that; run `orderflow schema roles apply`, or make it the owner of the tables (42501)',
  );
  await vi.waitFor(async () => expect(await refusals()).toContain('42501 orderflow_enricher'), 10_000);
  const { done } = await withPool(as('owner'), (pool) => applyGrants(pool, config));
  expect(done.map(({ statement }) => statement)).toEqual([
    'GRANT INSERT ON TABLE status_lines TO "orderflow_enricher"',
  ]);
  await record();
});

test('a certificate that ran out: named, and when a new one is there all go on, without a restart of the server', async () => {
  const server = runningProcess(config, 'postgres')!;
  const pool = createPool(as('page'), { connections: 1 });
  onTestFinished(() => pool.end());
  await pool.query('SELECT 1');
  await renewCertificates(config, ['postgres'], -0.01);
  reloadPostgres(config);
  await vi.waitFor(
    async () =>
      expect(await said(as('page'))).toBe(
        '(orderflow_page) shows a certificate that is not valid now; renew it on the server, or set the clock right',
      ),
    10_000,
  );
  // What is connected stays.
  await pool.query('SELECT 1');
  // As the next `orderflow up` does.
  await makeSecrets(config);
  reloadPostgres(config);
  await vi.waitFor(async () => expect(await said(as('page'))).toBe('nothing'), 10_000);
  expect(runningProcess(config, 'postgres')).toEqual(server);
});

test('passwords change while stages work, and connections come and go: no call fails, and nothing is lost', async () => {
  const stages = ['enricher', 'router'] as const;
  const before = (await withPool(as('page'), countStatuses)).CREATED;
  let recorded = 0;
  let isOver = false;
  const work = async (stage: (typeof stages)[number]) => {
    while (!isOver) {
      const { record, close } = aStage(stage);
      for (let call = 0; call < 3; call++, recorded++) await record();
      await close();
    }
  };
  const working = Promise.all(stages.flatMap((stage) => [work(stage), work(stage), work(stage)]));
  const passwords = new Set<string>();
  for (let round = 0; round < 6; round++)
    for (const stage of stages) {
      await rotatePassword(config, stage);
      passwords.add(await readFile(secretFile(config, 'postgres', `${stage}.password`), 'utf8'));
      const then = recorded;
      await Promise.race([vi.waitUntil(() => recorded > then + 12, 60_000), working]);
    }
  isOver = true;
  await working;
  expect(passwords.size).toBe(12);
  expect((await withPool(as('page'), countStatuses)).CREATED - before).toBe(recorded);
});

test('who reads a password a moment before it is changed tries once more', async () => {
  const old = join(config.home, 'old');
  await writeFile(old, 'old');
  let reads = 0;
  const { passwordFile, ...database } = as('page');
  const changing = {
    ...database,
    get passwordFile() {
      return reads++ === 0 ? old : passwordFile!;
    },
  };
  expect(await said(changing)).toBe('nothing');
  expect(reads).toBeGreaterThan(1);
});

test('a rotation that was cut off before its file was in place goes on with the next one', async () => {
  const file = secretFile(config, 'postgres', 'generator.password');
  const old = await readFile(file, 'utf8');
  await rotatePassword(config, 'generator');
  // The server has the new password, which is still beside its file.
  await writeFile(`${file}.new`, await readFile(file, 'utf8'));
  await writeFile(file, old);
  await rotatePassword(config, 'generator');
  await checkServer(as('generator'), 5_000);
  expect(await readFile(file, 'utf8')).not.toBe(old);
  expect((await readdir(join(config.secrets, 'postgres'))).filter((name) => name.endsWith('.new'))).toEqual([]);
});

test('what the server writes down holds no password, no statement and no value', async () => {
  const folder = postgresLogFolder(config);
  const texts = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
  const text = texts.join('');
  expect(text).toContain('permission denied');
  expect(text).not.toMatch(/SCRAM-SHA-256\$|INSERT|\$1/);
});
