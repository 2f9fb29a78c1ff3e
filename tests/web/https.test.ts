/** The page by HTTPS: with the certificate that its file holds, and with cookies that are for HTTPS alone. */
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { type Config, loadConfig } from '../../config.js';
import { createServer } from '../../web/server.js';
import { anAuthority } from '../certificates.js';
import { nothingRuns } from '../cli/orderflow.js';
import { freePorts } from '../free-ports.js';
import { startLyingProvider } from './login/lying-provider.js';
import { fakePool, fakeProgress } from './page-server.js';

let authority: { ca: string; issue(): { cert: string; key: string } };
let folder: string;
let settings: Record<string, string>;
const write = ({ cert, key }: { cert: string; key: string }) => {
  writeFileSync(join(folder, 'key'), key);
  writeFileSync(join(folder, 'cert'), cert);
};
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'orderflow-https-'));
  const { caFile, write: issue } = anAuthority(folder);
  authority = {
    ca: readFileSync(caFile, 'utf8'),
    issue: () => {
      const { certFile, keyFile } = issue('issued');
      return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
    },
  };
  const [port] = await freePorts(1);
  settings = {
    ...nothingRuns,
    ORDERFLOW_CUBES_PORT: String(port),
    ORDERFLOW_CUBES_CERT_FILE: join(folder, 'cert'),
    ORDERFLOW_CUBES_KEY_FILE: join(folder, 'key'),
  };
});
afterAll(() => rmSync(folder, { recursive: true }));

async function startPage(others: Record<string, string> = {}): Promise<Config> {
  const config = loadConfig({ ...settings, ...others });
  const server = await createServer(config, { pool: fakePool(), readProgress: fakeProgress() });
  onTestFinished(() => server.close());
  await server.listen({ host: '127.0.0.1', port: config.cubes.port });
  return config;
}

/** The fingerprint of what the server shows at a new connection. */
const shown = ({ cubes }: Config) =>
  new Promise<string>((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: cubes.port, ca: authority.ca }, () => {
      resolve(socket.getPeerX509Certificate()!.fingerprint256);
      socket.destroy();
    });
    socket.once('error', reject);
  });
const fingerprint = ({ cert }: { cert: string }) => new X509Certificate(cert).fingerprint256;

it('shows the certificate of the file, and another one when that changes; a broken one changes nothing', async () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  onTestFinished(() => said.mockRestore());
  const [first, second, third] = [authority.issue(), authority.issue(), authority.issue()];
  write(first);
  const config = await startPage();
  expect(config.cubes.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  expect(await shown(config)).toBe(fingerprint(first));
  write(second);
  await vi.waitFor(async () => expect(await shown(config)).toBe(fingerprint(second)), { timeout: 60_000 });
  writeFileSync(join(folder, 'cert'), 'no certificate');
  await vi.waitFor(() => expect(said.mock.lastCall?.[0]).toContain('the page keeps its certificate'), {
    timeout: 60_000,
  });
  expect(await shown(config)).toBe(fingerprint(second));
  write(third);
  await vi.waitFor(async () => expect(await shown(config)).toBe(fingerprint(third)), { timeout: 60_000 });
});

it('gives cookies that go by HTTPS to this very host alone', async () => {
  const provider = await startLyingProvider();
  onTestFinished(() => provider.stop());
  write(authority.issue());
  const { cubes } = await startPage({
    ORDERFLOW_CUBES_OIDC_ISSUER: provider.issuer,
    ORDERFLOW_CUBES_OIDC_CLIENT_ID: 'cubes',
  });
  const dispatcher = new Agent({ connect: { ca: authority.ca } });
  const ask = (url: string, cookie = '') => request(url, { dispatcher, headers: { cookie } });
  const begun = await ask(`${cubes.url}/auth/login?to=/flow`);
  const [pending] = [begun.headers['set-cookie']].flat();
  expect(pending).toMatch(/^__Host-orderflow-login=[^;]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  const { state, nonce } = Object.fromEntries(new URL(String(begun.headers.location)).searchParams);
  provider.nonce = nonce!;
  const back = await ask(`${cubes.url}/auth/callback?code=x&state=${state}`, pending!.split(';')[0]!);
  expect(back.headers.location).toBe(`${cubes.url}/flow`);
  const session = [back.headers['set-cookie']].flat().find((each) => each!.startsWith('__Host-orderflow='));
  expect(session).toMatch(/; Max-Age=28800; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  const me = await ask(`${cubes.url}/api/me`, session!.split(';')[0]!);
  expect(await me.body.json()).toMatchObject({ name: 'olaf' });
});

it('does not start with files that are no certificate and its key, and says which', async () => {
  const [first, second] = [authority.issue(), authority.issue()];
  const start = () => createServer(loadConfig(settings), { pool: fakePool(), readProgress: fakeProgress() });
  write({ cert: first.cert, key: second.key });
  await expect(start()).rejects.toThrow(
    / are no certificate and its key, as PEM \(\w+\): correct ORDERFLOW_CUBES_CERT_FILE/,
  );
  rmSync(join(folder, 'key'));
  await expect(start()).rejects.toThrow(
    `the key of the page's certificate cannot be read from ${join(folder, 'key')} (ENOENT)`,
  );
});
