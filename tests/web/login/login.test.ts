/** A login from its begin to its end, by a real provider: who may see what, and what ends it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Config, loadConfig } from '../../../config.js';
import type { Pool } from '../../../metastore/connection.js';
import { createServer } from '../../../web/server.js';
import { type Role, rightsOf } from '../../../web/shared/rights.js';
import { nothingRuns } from '../../cli/orderflow.js';
import { freePorts } from '../../free-ports.js';
import { type FakeDruid, startFakeDruid } from '../fake-druid.js';
import { datasources } from '../orders.js';
import { fakePool, fakeProgress } from '../page-server.js';
import { clientSecret, startProvider, type TestProvider } from './provider.js';
import { createVisitor, type Visitor } from './visitor.js';

const folder = mkdtempSync(join(tmpdir(), 'orderflow-login-'));
const secretFile = join(folder, 'secret');
let druid: FakeDruid;
let provider: TestProvider;
let settings: Record<string, string>;
let page: FastifyInstance;
let url: string;
/** What the page's clock says beyond this process's, in ms. */
let later = 0;

/** What came into the audit trail: who, and what of the page. */
const trail: { principal: unknown; subjects: unknown; details: unknown }[] = [];
function poolWithTrail(): Pool {
  const pool = fakePool();
  const query = (text: string, values: readonly unknown[] = []) => {
    if (text.includes('audit_append')) {
      const [principal, , , , subjects, , details] = values;
      trail.push({ principal, subjects, details: JSON.parse(String(details)) as unknown });
    }
    return pool.query(text, values as unknown[]);
  };
  return { ...pool, query } as unknown as Pool;
}

/** A page with these settings besides; it listens where its settings say. */
async function startPage(others: Record<string, string> = {}): Promise<FastifyInstance> {
  const config: Config = loadConfig({ ...settings, ...others });
  const now = () => performance.now() + later;
  const server = await createServer(config, { pool: poolWithTrail(), readProgress: fakeProgress(), now });
  await server.listen({ host: '127.0.0.1', port: config.cubes.port });
  return server;
}

beforeAll(async () => {
  writeFileSync(secretFile, `${clientSecret}\n`);
  druid = await startFakeDruid(datasources(Date.now()));
  const [port] = await freePorts(1);
  url = `http://127.0.0.1:${port}`;
  provider = await startProvider(url);
  settings = {
    ...nothingRuns,
    ORDERFLOW_DRUID_URL: druid.url,
    ORDERFLOW_CUBES_PORT: String(port),
    ORDERFLOW_CUBES_OIDC_ISSUER: provider.issuer,
    ORDERFLOW_CUBES_OIDC_CLIENT_ID: 'cubes',
    ORDERFLOW_CUBES_OIDC_CLIENT_SECRET_FILE: secretFile,
  };
  page = await startPage();
});
afterAll(async () => {
  await page.close();
  await provider.stop();
  await druid.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  later = 0;
});

/** Somebody who is logged in. */
async function loggedIn(person: string): Promise<Visitor> {
  const visitor = createVisitor();
  await visitor.logIn(`${url}/`, person);
  return visitor;
}
const problemIn = (body: string) => (JSON.parse(body) as { problem: string }).problem;

describe('without a login', () => {
  it.each(['/', '/flow', '/?stream=raw_order&split=time'])('%s leads to the provider, and back to it', async (path) => {
    const visitor = createVisitor();
    const seen = await visitor.logIn(`${url}${path}`, 'olaf');
    expect({ url: seen.url, status: seen.status }).toEqual({ url: `${url}${path}`, status: 200 });
    expect(seen.body).toContain('<div id="page">');
    const [asked] = visitor.visited.filter((each) => each.startsWith(`${provider.issuer}/auth?`));
    expect(Object.fromEntries(new URL(asked!).searchParams)).toEqual({
      client_id: 'cubes',
      response_type: 'code',
      redirect_uri: `${url}/auth/callback`,
      scope: 'openid profile',
      state: expect.stringMatching(/^.{40,}$/) as string,
      nonce: expect.stringMatching(/^.{40,}$/) as string,
      code_challenge: expect.stringMatching(/^.{43}$/) as string,
      code_challenge_method: 'S256',
    });
  });

  it.each(['/api/me', '/api/state', '/api/cube', '/api/cube.csv', '/api/values', '/api/flow', '/api/order?id=O-1'])(
    '%s is refused, as JSON',
    async (path) => {
      for (const written of [path, path.replace('/api', '/%61pi'), path.replace('/api', 'http://127.0.0.1/api')]) {
        const answer = await page.inject({ url: written, headers: { host: 'localhost' } });
        expect([401, 404]).toContain(answer.statusCode);
        expect(answer.headers['content-type']).toMatch(/^application\/json/);
        expect(answer.body).not.toContain('O-1');
      }
      const { status, body } = await createVisitor().ask(`${url}${path}`);
      expect(status).toBe(401);
      expect(problemIn(body)).toBe('you are not logged in, or no longer: load this page again to log in');
      expect(druid.statements).toEqual([]);
    },
  );

  it('leads nowhere else than to its own documents', async () => {
    for (const to of [
      'https://evil.example/',
      '//evil.example/',
      '/\\evil.example',
      '/api/order?id=O-1',
      '/auth/login',
      'x:y',
    ]) {
      const visitor = createVisitor();
      const seen = await visitor.logIn(`${url}/auth/login?to=${encodeURIComponent(to)}`, 'ana');
      expect(seen.url).toBe(`${url}/`);
    }
  });
});

describe('by role', () => {
  const paths = {
    '/': 'role',
    '/flow': 'role',
    '/api/me': 'role',
    '/api/state': 'role',
    '/api/cube?split=order_type': 'cubes',
    '/api/cube.csv?split=order_type': 'cubes',
    '/api/values?dimension=currency': 'cubes',
    '/api/flow': 'flow',
    '/api/order?id=O-1': 'orders',
  } as const;

  it.each<[string, Role[]]>([
    ['ana', ['analyst']],
    ['olaf', ['operator']],
    ['aude', ['auditor']],
    ['both', ['analyst', 'auditor']],
  ])('%s, %s, sees what the table of rights says, and nothing else', async (person, roles) => {
    const visitor = await loggedIn(person);
    const rights = rightsOf(roles);
    const seen = await Promise.all(
      Object.keys(paths).map(async (path) => [path, (await visitor.ask(`${url}${path}`)).status] as const),
    );
    const wanted = Object.entries(paths).map(([path, needs]) => [
      path,
      needs === 'role' || rights.includes(needs) ? 200 : 403,
    ]);
    expect(seen).toEqual(wanted);
    const { body } = await visitor.ask(`${url}/api/me`);
    expect(JSON.parse(body)).toEqual({ name: `${person} <b>Test</b>`, rights });
  });

  it.each([
    '/api/cube?split=order_id',
    '/api/cube.csv?split=time&split=message_id',
    '/api/cube?is.order_id=O-1',
    '/api/cube?not.message_id=M-1',
    '/api/values?dimension=order_id',
    '/api/values?dimension=currency&is.order_id=O-1',
    '/api/state?split=order_id',
  ])('an analyst does not get at single orders by %s', async (path) => {
    druid.statements.length = 0;
    const { status, body } = await (await loggedIn('ana')).ask(`${url}${path}`);
    expect(status).toBe(403);
    expect(problemIn(body)).toMatch(/^(order|message)_id: your role does not show you single orders$/);
    expect(druid.statements).toEqual([]);
    expect((await (await loggedIn('olaf')).ask(`${url}${path}`)).status).toBe(200);
  });

  it('somebody without a role is told so, and may log out', async () => {
    const visitor = createVisitor();
    const { status, headers, body } = await visitor.logIn(`${url}/flow`, 'nobody');
    expect(status).toBe(403);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(body).toContain(
      'You are logged in as nobody &lt;b&gt;Test&lt;/b&gt;, who has no role here: ask for a group',
    );
    expect(body).toContain('id="log-out"');
    for (const path of ['/api/state', '/api/cube', '/api/flow', '/api/order?id=O-1']) {
      const answer = await visitor.ask(`${url}${path}`);
      expect({ path, status: answer.status }).toEqual({ path, status: 403 });
      expect(problemIn(answer.body)).toBe('your role does not show you this');
    }
    expect(JSON.parse((await visitor.ask(`${url}/api/me`)).body)).toMatchObject({ rights: [] });
  });

  it('comes from the ID token, where the provider puts it there, and by names that the settings say', async () => {
    const [port] = await freePorts(1);
    const other = await startProvider(`http://127.0.0.1:${port}`, { inIdToken: true });
    onTestFinished(() => other.stop());
    const second = await startPage({
      ORDERFLOW_CUBES_PORT: String(port),
      ORDERFLOW_CUBES_OIDC_ISSUER: other.issuer,
      ORDERFLOW_CUBES_AUDITORS: 'revision,staff',
      ORDERFLOW_CUBES_ANALYSTS: '',
    });
    onTestFinished(() => second.close());
    const visitor = createVisitor();
    await visitor.logIn(`http://127.0.0.1:${port}/`, 'ana');
    const { body } = await visitor.ask(`http://127.0.0.1:${port}/api/me`);
    expect(JSON.parse(body)).toMatchObject({ rights: rightsOf(['auditor']) });
  });
});

describe('a session', () => {
  it('is a cookie that scripts and other sites do not get, with no more than a name of it', async () => {
    const visitor = createVisitor();
    await visitor.logIn(`${url}/`, 'olaf');
    const cookies = (await visitor.jar.getCookies(url)).filter(({ key }) => key.startsWith('orderflow'));
    expect(cookies.map(({ key }) => key)).toEqual(['orderflow']);
    expect(cookies[0]).toMatchObject({ httpOnly: true, sameSite: 'lax', path: '/', secure: false, maxAge: 28_800 });
    expect(cookies[0]!.value).toMatch(/^[\w-]{43}$/);
  });

  it('ends when its time is over, used or not', async () => {
    const visitor = await loggedIn('olaf');
    later = 479 * 60_000;
    expect((await visitor.ask(`${url}/api/flow`)).status).toBe(200);
    later = 481 * 60_000;
    expect((await visitor.ask(`${url}/api/flow`)).status).toBe(401);
    const { status, headers } = await visitor.ask(`${url}/flow`);
    expect({ status, to: headers.get('location') }).toEqual({ status: 302, to: `${url}/auth/login?to=%2Fflow` });
  });

  it('ends with a logout, here and at the provider', async () => {
    const visitor = await loggedIn('olaf');
    const stolen = await visitor.jar.getCookieString(url);
    const { status, body } = await visitor.ask(`${url}/auth/logout`, { method: 'POST' });
    expect(status).toBe(200);
    const to = new URL((JSON.parse(body) as { url: string }).url);
    expect(`${to.origin}${to.pathname}`).toBe(`${provider.issuer}/session/end`);
    expect(to.searchParams.get('post_logout_redirect_uri')).toBe(`${url}/auth/logged-out`);
    expect(await visitor.jar.getCookieString(url)).toBe('');
    // Whoever has the cookie has nothing.
    const answer = await fetch(`${url}/api/flow`, { headers: { cookie: stolen } });
    expect(answer.status).toBe(401);
    // The provider asks, and comes back.
    const asked = await visitor.go(to.href);
    const [, xsrf] = /name="xsrf" value="(\w+)"/.exec(asked.body)!;
    const [, action] = /action="([^"]+)"/.exec(asked.body)!;
    const left = await visitor.go(action!, {
      method: 'POST',
      body: new URLSearchParams({ xsrf: xsrf!, logout: 'yes' }),
    });
    expect(left.url).toMatch(new RegExp(`^${url}/auth/logged-out`));
    expect(left.body).toContain('You are logged out of Orderflow.');
    // It does not know the person any more.
    expect((await visitor.go(`${url}/`)).body).toContain('<form');
  });

  it('does not end by another site, nor by a link', async () => {
    const visitor = await loggedIn('olaf');
    const cross = { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } };
    expect((await visitor.ask(`${url}/auth/logout`, cross)).status).toBe(403);
    expect((await visitor.ask(`${url}/auth/logout`)).status).toBe(404);
    expect((await visitor.ask(`${url}/api/flow`)).status).toBe(200);
  });

  it('gets another name with each login', async () => {
    const visitor = await loggedIn('olaf');
    const before = await visitor.jar.getCookieString(url);
    await visitor.go(`${url}/auth/login`);
    expect(await visitor.jar.getCookieString(url)).not.toBe(before);
    expect((await fetch(`${url}/api/flow`, { headers: { cookie: before } })).status).toBe(401);
  });

  it('is none by a name that somebody makes up', async () => {
    for (const value of ['x', '', 'a'.repeat(43), '__proto__', '%00']) {
      expect((await fetch(`${url}/api/flow`, { headers: { cookie: `orderflow=${value}` } })).status).toBe(401);
    }
  });
});

describe('the way back from the provider', () => {
  /** Goes as far as the provider's answer; the address that it leads to. */
  async function callback(visitor: Visitor): Promise<URL> {
    await visitor.logIn(`${url}/`, 'olaf');
    const [back] = visitor.visited.filter((each) => each.includes('/auth/callback?'));
    return new URL(back!);
  }

  it('is taken once', async () => {
    const visitor = createVisitor();
    const back = await callback(visitor);
    await visitor.jar.removeAllCookies();
    const { status, body } = await visitor.ask(back.href);
    expect(status).toBe(400);
    expect(body).toContain('this login was not begun here, or took too long: begin it anew');
  });

  it('is not taken in a browser that did not begin it, nor with another state', async () => {
    const back = await callback(createVisitor());
    const other = createVisitor();
    await other.ask(`${url}/auth/login`);
    const { status, body } = await other.ask(back.href);
    expect(status).toBe(400);
    expect(body).toContain('the login is not valid (OAUTH_INVALID_RESPONSE): begin it anew');
    expect((await other.ask(`${url}/api/flow`)).status).toBe(401);
  });

  it('is not taken by a cookie that was changed, or is too old', async () => {
    for (const change of [(value: string) => `x${value}`, (value: string) => value.replace(/\.[^.]*$/, '.forged')]) {
      const visitor = createVisitor();
      await visitor.ask(`${url}/auth/login`);
      const [pending] = await visitor.jar.getCookies(url);
      await visitor.jar.setCookie(`${pending!.key}=${change(pending!.value)}; path=/`, url);
      expect((await visitor.ask(`${url}/auth/callback?code=x&state=x`)).status).toBe(400);
    }
    const visitor = createVisitor();
    const { headers } = await visitor.ask(`${url}/auth/login`);
    const { state } = Object.fromEntries(new URL(headers.get('location')!).searchParams);
    later = 601_000;
    const { body } = await visitor.ask(`${url}/auth/callback?code=x&state=${state}`);
    expect(body).toContain('took too long');
  });

  it('says what the provider says of a refusal, and nothing that is not a code', async () => {
    for (const [error, said] of [
      ['access_denied', 'access_denied'],
      ['<script>alert(1)</script>', 'no code'],
    ]) {
      const visitor = createVisitor();
      const { headers } = await visitor.ask(`${url}/auth/login`);
      const { state } = Object.fromEntries(new URL(headers.get('location')!).searchParams);
      const answer = new URLSearchParams({ error: error!, state: state!, iss: provider.issuer });
      const { status, body } = await visitor.ask(`${url}/auth/callback?${answer}`);
      expect(status).toBe(403);
      expect(body).toContain(`the login&#39;s provider refused the login (${said}): ask whoever runs it`);
      expect(body).not.toContain('<script>');
    }
  });

  it('leads to the page where another tab was faster', async () => {
    const visitor = createVisitor();
    const back = await callback(visitor);
    const { status, headers } = await visitor.ask(back.href);
    expect({ status, to: headers.get('location') }).toEqual({ status: 302, to: `${url}/` });
  });
});

describe('what is said', () => {
  it('of a provider that does not answer is one sentence, until it does', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    onTestFinished(() => said.mockRestore());
    const [port, silent] = await freePorts(2);
    const other = await startPage({
      ORDERFLOW_CUBES_PORT: String(port),
      ORDERFLOW_CUBES_OIDC_ISSUER: `http://127.0.0.1:${silent}`,
    });
    onTestFinished(() => other.close());
    const { status, body } = await createVisitor().go(`http://127.0.0.1:${port}/`);
    expect(status).toBe(503);
    expect(body).toContain(
      `the login&#39;s provider does not answer at http://127.0.0.1:${silent} as one does (ECONNREFUSED): try again in a while`,
    );
    expect(said.mock.calls.join()).toMatch(/^orderflow: the login's provider does not answer at [^\n]+$/);
  });

  it("of a wrong secret is which settings to check; nobody sees the secret, and the file's new content counts", async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    onTestFinished(() => said.mockRestore());
    writeFileSync(secretFile, 'wrong-hush');
    const visitor = createVisitor();
    const { status, body } = await visitor.logIn(`${url}/`, 'olaf');
    expect(status).toBe(503);
    expect(body).toContain(
      'the login&#39;s provider refused this page (invalid_client): check ORDERFLOW_CUBES_OIDC_CLIENT_ID',
    );
    rmSync(secretFile);
    const gone = await createVisitor().logIn(`${url}/`, 'olaf');
    expect(gone.body).toContain('the login is not configured as it should be: the terminal says why');
    expect(gone.body).not.toContain(folder);
    expect(said.mock.calls.join()).toContain(
      `the client's secret for the login's provider cannot be read from ${secretFile} (ENOENT)`,
    );
    writeFileSync(secretFile, clientSecret);
    expect((await createVisitor().logIn(`${url}/`, 'olaf')).status).toBe(200);
    expect([body, gone.body, said.mock.calls.join()].join()).not.toContain('hush');
    expect(visitor.visited.join()).not.toContain('hush');
  });

  it('of too many logins is that they are', async () => {
    const [port] = await freePorts(1);
    const busy = await startPage({ ORDERFLOW_CUBES_PORT: String(port) });
    onTestFinished(() => busy.close());
    const ask = () => busy.inject({ url: '/auth/login', headers: { host: 'localhost' } });
    for (let count = 0; count < 300; count += 1) expect((await ask()).statusCode).toBe(302);
    const { statusCode, body } = await ask();
    expect(statusCode).toBe(429);
    expect(problemIn(body)).toBe('too many logins at once: try again in a minute');
  });
});

it('writes down in the audit trail who was refused what, and logins that failed', async () => {
  // What was refused before in this minute, is in the trail already, and counted now.
  const ana = await loggedIn('ana');
  expect((await ana.ask(`${url}/api/order?id=O-1`)).status).toBe(403);
  const nobody = createVisitor();
  expect((await nobody.ask(`${url}/api/flow`)).status).toBe(401);
  expect((await nobody.ask(`${url}/api/me`, { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403);
  expect((await nobody.go(`${url}/auth/callback?code=x&state=y`)).status).toBe(400);
  const event = (principal: string, path: string, status: string) =>
    expect.objectContaining({
      ...{ principal, subjects: [path] },
      details: expect.objectContaining({ source: 'page', status }) as unknown,
    }) as unknown;
  await vi.waitFor(
    () =>
      expect(trail).toEqual(
        expect.arrayContaining([
          event('ana <b>Test</b>', '/api/order', '403'),
          event('', '/api/flow', '401'),
          event('', '/api/me', '403'),
          event('', '/auth/callback', '400'),
        ]),
      ),
    { timeout: 10_000 },
  );
});
