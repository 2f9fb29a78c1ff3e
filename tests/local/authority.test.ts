import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Config, loadConfig } from '../../config.js';
import { certificateHolders, expiryOf, makeSecrets, renewCertificates, secretFile } from '../../local/authority.js';
import {
  containersLog,
  containerSecretsFolder,
  containersPartners,
  copiedSecrets,
  copySecrets,
  superuserPassword,
} from '../../local/container-secrets.js';
import { parsePartners } from '../../transforms/delivery/partners-file.js';

let config: Config;
const text = (...names: string[]) => readFile(secretFile(config, ...names), 'utf8');
const certificate = async (name: string) => new X509Certificate(await text(`${name}.crt`));

beforeAll(async () => {
  config = loadConfig({ ORDERFLOW_PROFILE: 'secured', ORDERFLOW_HOME: await mkdtemp(join(tmpdir(), 'secrets-')) });
  await makeSecrets(config);
}, 120_000);
afterAll(() => rm(join(config.home, '..'), { recursive: true, force: true }));

it('makes a certificate for each holder, which the authority has signed, for its name and this host', async () => {
  const authority = await certificate('ca');
  expect(authority.ca).toBe(true);
  for (const holder of certificateHolders) {
    const made = await certificate(holder);
    expect(made.verify(authority.publicKey)).toBe(true);
    expect(made.checkIssued(authority)).toBe(true);
    expect(made.subject).toBe(`CN=${holder}`);
    expect(made.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(made.checkHost(holder)).toBe(holder);
    expect(made.checkPrivateKey(createPrivateKey(await text(`${holder}.key`)))).toBe(true);
  }
});

it('makes serial numbers that every reader takes: positive, and without a needless byte in front', async () => {
  for (const name of ['ca', ...certificateHolders]) expect((await certificate(name)).serialNumber).toMatch(/^01/);
});

it('lets nobody else read them', async () => {
  expect((await stat(config.secrets)).mode & 0o777).toBe(0o700);
  for (const names of [['ca.key'], ['ca.p12'], ['kafka.key'], ['kafka.p12'], ['kafka', 'operator.password']])
    expect((await stat(secretFile(config, ...names))).mode & 0o777).toBe(0o600);
});

it('makes passwords that fit into a JAAS line, and leaves everything as it is the next time', async () => {
  const before = [await text('kafka', 'operator.password'), await text('kafka.crt'), await text('ca.crt')];
  expect(before[0]).toMatch(/^[\w-]{32}$/);
  await makeSecrets(config);
  expect([await text('kafka', 'operator.password'), await text('kafka.crt'), await text('ca.crt')]).toEqual(before);
});

it('makes a certificate anew that runs out soon, and others when told so', async () => {
  await renewCertificates(config, ['partner'], 1);
  const soon = (await expiryOf(config, 'partner'))!;
  expect(soon.getTime()).toBeLessThan(Date.now() + 2 * 86_400_000);
  await makeSecrets(config);
  expect((await expiryOf(config, 'partner'))!.getTime()).toBeGreaterThan(soon.getTime() + 80 * 86_400_000);
}, 30_000);

it('makes nothing for the open profile', async () => {
  const open = loadConfig({ ORDERFLOW_HOME: join(config.home, 'open') });
  await makeSecrets(open);
  await expect(stat(open.home)).rejects.toThrow('ENOENT');
});

it('copies for the containers what they need, which their users read, in a folder that only its owner enters', async () => {
  await copySecrets(config);
  const folder = containerSecretsFolder(config);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const found = files.map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
  expect(found.sort()).toEqual([...copiedSecrets, containersLog, containersPartners, superuserPassword].sort());
  for (const name of found) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o444);
  for (const name of copiedSecrets)
    expect(await readFile(join(folder, name))).toEqual(await readFile(secretFile(config, name)));
  const partners = parsePartners(await readFile(join(folder, containersPartners), 'utf8'), containersPartners);
  expect(partners.get('*')).toMatchObject({ url: 'https://partner:8090/orders', privateNetworks: true });

  const superuser = await readFile(join(folder, superuserPassword), 'utf8');
  await renewCertificates(config, ['kafka']);
  await copySecrets(config);
  expect(await readFile(join(folder, 'kafka.pem'), 'utf8')).toBe(await text('kafka.pem'));
  expect(await readFile(join(folder, superuserPassword), 'utf8')).toBe(superuser);
});

it('names the containers in the certificates of those that have several, or another name', async () => {
  for (const [holder, host] of [
    ['flink', 'jobmanager'],
    ['worker-pool', 'pod'],
    ['druid', 'druid-router'],
  ] as const)
    expect((await certificate(holder)).checkHost(host)).toBe(host);
  expect((await certificate('kafka')).checkHost('jobmanager')).toBeUndefined();
});
