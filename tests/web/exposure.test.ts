/** Where the page may listen, and under which names it is asked for. */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../config.js';
import { isLoopback } from '../../model/loopback.js';
import { checkExposure } from '../../web/exposure.js';
import { createServer } from '../../web/server.js';
import { nothingRuns } from '../cli/orderflow.js';
import { fakePool, fakeProgress } from './page-server.js';

const login = { ORDERFLOW_CUBES_OIDC_ISSUER: 'https://login.example.com', ORDERFLOW_CUBES_OIDC_CLIENT_ID: 'cubes' };
const https = { ORDERFLOW_CUBES_URL: 'https://cubes.example.com' };
const start = (settings: Record<string, string>) =>
  createServer(loadConfig({ ...nothingRuns, ...settings }), { pool: fakePool(), readProgress: fakeProgress() });

describe('the page', () => {
  it.each(['0.0.0.0', '::', '192.168.1.7', 'fe80::1', 'cubes.example.com', '128.0.0.1', '::ffff:192.168.1.7'])(
    'does not start at %s without a login',
    async (host) => {
      await expect(start({ ORDERFLOW_HOST: host })).rejects.toMatchObject({
        code: 'LOGIN_NEEDED',
        exitCode: 2,
        message: expect.stringMatching(
          /^the page would be open to everybody who reaches [^\n]+ORDERFLOW_HOST$/,
        ) as string,
      });
    },
  );

  it.each(['127.0.0.1', '127.7.7.7', 'localhost', '::1', '0:0:0:0:0:0:0:1'])('starts at %s without one', (host) => {
    expect(() => checkExposure(loadConfig({ ORDERFLOW_HOST: host }))).not.toThrow();
  });

  it('starts elsewhere with a login, by an address of HTTPS that browsers find', () => {
    const check = (settings: Record<string, string>) => () =>
      checkExposure(loadConfig({ ORDERFLOW_HOST: '0.0.0.0', ...login, ...settings }));
    expect(check(https)).not.toThrow();
    expect(check({})).toThrow('no browser finds http://0.0.0.0:8787: set ORDERFLOW_CUBES_URL');
    expect(check({ ORDERFLOW_CUBES_URL: 'http://cubes.example.com' })).toThrow(
      'a login at http://cubes.example.com could be read on its way',
    );
    expect(check({ ORDERFLOW_HOST: '192.168.1.7' })).toThrow('a login at http://192.168.1.7:8787 could be read');
  });
});

it.each(['::ffff:127.0.0.1', '[::1]', 'LOCALHOST'])('%s is this machine alone', (host) => {
  expect(isLoopback(host)).toBe(true);
});

it('is asked for under the names of the settings, and no others', async () => {
  const server = await start({ ...login, ...https, ORDERFLOW_CUBES_HOSTS: 'Cubes.internal, 2001:db8::7' });
  const status = async (host: string) =>
    (await server.inject({ url: '/assets/icon.svg', headers: { host } })).statusCode;
  for (const host of ['cubes.example.com', 'cubes.internal:8787', '[2001:db8::7]:8787', 'localhost'])
    expect({ host, status: await status(host) }).toEqual({ host, status: 200 });
  for (const host of ['internal', 'x.cubes.internal', 'cubes.example.com.evil.example', 'login.example.com'])
    expect({ host, status: await status(host) }).toEqual({ host, status: 403 });
  await server.close();
});

it.each([
  ['ORDERFLOW_CUBES_URL', 'https://cubes.example.com/cubes', 'expected a URL without a path'],
  ['ORDERFLOW_CUBES_URL', 'https://olaf:hush@cubes.example.com', 'expected a URL without user and password'],
  ['ORDERFLOW_CUBES_OIDC_ISSUER', 'http://login.example.com', 'expected https://'],
  ['ORDERFLOW_CUBES_OIDC_SCOPE', 'profile', 'expected scopes with spaces between, openid among them'],
  ['ORDERFLOW_CUBES_HOSTS', 'a.example,,b.example', 'expected a name or an address'],
  ['ORDERFLOW_CUBES_SESSION_MINUTES', '1441', 'Too big'],
  ['ORDERFLOW_CUBES_CERT_FILE', 'x', 'needs ORDERFLOW_CUBES_KEY_FILE'],
  ['ORDERFLOW_CUBES_OIDC_CLIENT_ID', 'x', 'needs ORDERFLOW_CUBES_OIDC_ISSUER'],
  ['ORDERFLOW_CUBES_OIDC_CLIENT_SECRET_FILE', 'x', 'needs ORDERFLOW_CUBES_OIDC_ISSUER'],
])('%s="%s" is refused', (name, text, problem) => {
  expect(() => loadConfig({ [name]: text })).toThrow(problem);
});

it.each([
  ['ORDERFLOW_DRUID_URL', 'https://olaf:hush@druid.example.com'],
  ['ORDERFLOW_DRUID_URL', 'olaf:hush@druid.example.com:8888'],
  ['ORDERFLOW_DRUID_URL', 'druid.example.com?password=hush'],
  ['ORDERFLOW_FLINK_URL', 'https://a@b:hush@flink.example.com'],
  ['ORDERFLOW_KAFKA', 'kafka-1:9092,olaf:hush@kafka-2:9092'],
  ['ORDERFLOW_POSTGRES_URL', 'postgresql//olaf:hush@db.example.com/orderflow'],
  ['ORDERFLOW_POSTGRES_URL', 'postgres://olaf:hu sh@db.example .com/orderflow'],
  ['ORDERFLOW_DRUID_URL', 'https://druid.example.com/?password=hush'],
  ['ORDERFLOW_FLINK_URL', 'https://flink.example.com/#hush'],
  ['ORDERFLOW_PARTNER_URL', 'partner.example.com/orders?key=hush'],
])('%s="%s" is refused without being shown', (name, text) => {
  const load = () => loadConfig({ [name]: text });
  expect(load).toThrow(`bad configuration:\n${name}="`);
  expect(load).not.toThrow(/hush|hu sh/);
});
