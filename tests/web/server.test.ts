/** The server's routes, what it refuses, and what it tells a browser. */
import { createHash } from 'node:crypto';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { vendorModules } from '../../web/document.js';
import { createServer } from '../../web/server.js';
import type { CubeAnswer, FlowAnswer } from '../../web/shared/answers.js';
import { type FakeDruid, startFakeDruid } from './fake-druid.js';
import { datasources } from './orders.js';
import { configFor, fakePool, fakeProgress, startFakeFlink } from './page-server.js';

let druid: FakeDruid;
let flink: Awaited<ReturnType<typeof startFakeFlink>>;
let server: FastifyInstance;
beforeAll(async () => {
  druid = await startFakeDruid();
  flink = await startFakeFlink();
  server = await createServer(configFor(druid, flink.url), { pool: fakePool(), readProgress: fakeProgress() });
  await server.listen({ host: '127.0.0.1', port: 0 });
});
beforeEach(() => {
  druid.datasources = datasources(Date.now());
  druid.refusal = undefined;
  druid.statements.length = 0;
});
afterAll(async () => {
  await server.close();
  await flink.stop();
  await druid.stop();
});

/** A request as it stands, which clients would bring into their own form. */
async function raw(target: string, { method = 'GET', ...headers }: Record<string, string> = {}) {
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
  const lines = Object.entries({ host: 'localhost', connection: 'close', 'content-length': '0', ...headers });
  socket.write(
    [`${method} ${target} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n'),
  );
  const [head, body] = (await text(socket)).split('\r\n\r\n') as [string, string];
  return { status: Number(head.split(' ')[1]), head, body };
}

const get = (url: string, rest: InjectOptions = {}) =>
  server.inject({ method: 'GET', url, headers: { host: 'localhost:8787' }, ...rest });

describe('the document', () => {
  it.each(['/', '/?stream=raw_order', '/flow'])(
    'is served at %s, with an import map that its policy allows',
    async (url) => {
      const { statusCode, headers, body } = await get(url);
      expect(statusCode).toBe(200);
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      const [, importMap] = /<script type="importmap">(.*)<\/script>/.exec(body)!;
      const hash = createHash('sha256').update(importMap!).digest('base64');
      expect(headers['content-security-policy']).toContain(`script-src 'self' 'sha256-${hash}';`);
      expect(JSON.parse(importMap!)).toEqual({
        imports: Object.fromEntries(Object.entries(vendorModules).map(([name, { path }]) => [name, path])),
      });
      expect(body).not.toMatch(/https?:|style=|onclick=/);
    },
  );

  it('has everything that it names', async () => {
    const files = ['/assets/style.css', '/assets/icon.svg', '/page/main.js', '/shared/model.js'];
    const paths = [...files, ...Object.values(vendorModules).map(({ path }) => path)];
    for (const path of paths) {
      const { statusCode, headers } = await get(path);
      expect({ path, statusCode }).toEqual({ path, statusCode: 200 });
      if (path.endsWith('.js')) expect(headers['content-type']).toMatch(/^(text|application)\/javascript/);
    }
  });

  it('has every module that another one imports', async () => {
    const paths = new Set(['/page/main.js']);
    // A set gives what is added to it on the way, too.
    for (const path of paths) {
      const { statusCode, body } = await get(path);
      expect({ path, statusCode }).toEqual({ path, statusCode: 200 });
      for (const [, imported] of body.matchAll(/from '(\.[^']+)'/g))
        paths.add(new URL(imported!, `http://localhost${path}`).pathname);
    }
    expect(paths.size).toBeGreaterThan(10);
  });
});

it('lets a browser load nothing from elsewhere, and nobody frame or embed it', async () => {
  for (const url of ['/', '/api/state', '/page/main.js', '/nowhere', '/vendor/preact.js']) {
    const { headers } = await get(url);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    const policy = headers['content-security-policy'] as string;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
  }
});

describe('refuses', () => {
  it.each([
    '/package.json',
    '/page/../server.js',
    '/page/%2e%2e/server.js',
    '/page/main.js.map',
    '/page/tsconfig.json',
    '/shared/..%2fserver.js',
    '/vendor/echarts/package.json',
    '/assets/.hidden',
    '/api/sql',
  ])('%s, which is not served', async (url) => {
    const { statusCode, body } = await get(url);
    expect([400, 403, 404]).toContain(statusCode);
    expect(body).not.toMatch(/ at |node_modules|\/tmp/);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)('%s, on every route', async (method) => {
    for (const url of ['/', '/api/cube', '/nowhere']) {
      const { statusCode, headers, json } = await get(url, { method });
      expect(statusCode).toBe(405);
      expect(headers.allow).toBe('GET, HEAD');
      expect(json()).toEqual({ problem: 'this server only reads: use GET' });
    }
  });

  it.each(['evil.example', 'evil.example:8787', 'localhost.evil.example', '127.0.0.1.evil.example:80'])(
    'the name "%s"',
    async (host) => {
      const { statusCode, json } = await get('/api/cube', { headers: { host } });
      expect(statusCode).toBe(403);
      expect(json()).toEqual({ problem: 'this name is not served: use localhost, or set ORDERFLOW_CUBES_HOSTS' });
      expect(druid.statements).toEqual([]);
    },
  );

  it.each(['localhost', 'LOCALHOST:8787', '127.0.0.1:1', '[::1]:8787'])('not the name "%s"', async (host) => {
    expect((await get('/api/state', { headers: { host } })).statusCode).toBe(200);
  });

  it('what another site asks for', async () => {
    const headers = { host: 'localhost', 'sec-fetch-site': 'cross-site' };
    expect((await get('/api/cube', { headers })).statusCode).toBe(403);
    expect((await get('/', { headers })).statusCode).toBe(200);
    expect((await get('/api/state', { headers: { ...headers, 'sec-fetch-site': 'same-origin' } })).statusCode).toBe(
      200,
    );
  });

  it.each([
    '/%61pi/cube',
    '/api/%63ube?split=order_type',
    'http://localhost/api/cube',
    'http://evil.example/api/cube',
    '/API/cube',
    '//api/cube',
    '/api//cube',
    '/api/cube/',
    '/api/cube;x',
    '/api%2fcube',
  ])('what another site asks for, however it writes it: %s', async (target) => {
    for (const method of ['GET', 'HEAD', 'POST']) {
      const answer = await raw(target, { method, 'sec-fetch-site': 'cross-site' });
      expect([403, 404, 405], `${method} ${answer.status}`).toContain(answer.status);
    }
    expect(druid.statements).toEqual([]);
  });

  it('a method that a header puts in place of another', async () => {
    expect((await raw('/api/cube', { method: 'POST', 'x-http-method-override': 'GET' })).status).toBe(405);
    expect(druid.statements).toEqual([]);
  });

  it('a name that is not its own in the request line, too', async () => {
    expect((await raw('http://evil.example/api/state')).status).toBe(403);
    expect((await raw('http://localhost:8787/api/state')).status).toBe(200);
  });

  it('a path that cannot be read, with the same headers and one sentence', async () => {
    const { status, head, body } = await raw('/api/%zz');
    expect(status).toBe(400);
    expect(head).toContain("default-src 'none'");
    expect(JSON.parse(body)).toEqual({ problem: 'the request is not understood' });
  });

  it.each([
    ['/api/cube?split=colour', /^split: the dimensions of raw_order are /],
    ['/api/cube.csv?last=1y', /^last: expected one of /],
    ['/api/state?colour=red', 'colour: there is no such parameter'],
    ['/api/values?dimension=colour', 'dimension: raw_order has no such dimension'],
    ['/api/values', 'dimension: raw_order has no such dimension'],
    ['/api/order', 'id: expected an order id of at most 500 characters'],
    ['/api/order?id=%00', 'id: expected an order id of at most 500 characters'],
  ])('%s, in one sentence', async (url, problem) => {
    const { statusCode, json } = await get(url);
    expect(statusCode).toBe(400);
    expect(json()).toEqual({ problem: expect.stringMatching(problem) as string });
    expect(druid.statements).toEqual([]);
  });
});

describe('answers', () => {
  it('the state that a query string means', async () => {
    expect((await get('/api/state?split=time')).json()).toMatchObject({
      state: { stream: 'raw_order', splits: ['time'] },
    });
  });

  it('a cube', async () => {
    const answer = (await get('/api/cube?split=order_type')).json<CubeAnswer>();
    expect(answer.rows).toContainEqual({ keys: ['EXPRESS'], values: { orders: 2 } });
  });

  it('a cube as a CSV file to save', async () => {
    const { headers, body } = await get('/api/cube.csv?split=order_type');
    expect(headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(headers['content-disposition']).toMatch(/^attachment; filename="raw_order-\d{4}-\d\d-\d\dT[\d-]+\.csv"$/);
    expect(body).toBe('order type,orders\r\nEXPRESS,2\r\nSTANDARD,2\r\nWHOLESALE,1\r\n');
  });

  it('no file where Druid does not have it', async () => {
    druid.refusal = 'no';
    const { statusCode, json } = await get('/api/cube.csv');
    expect(statusCode).toBe(503);
    expect(json()).toEqual({ problem: 'Druid answered /druid/v2/sql with 500: no' });
  });

  it('the values of a dimension', async () => {
    expect((await get('/api/values?dimension=currency')).json()).toEqual({
      stream: 'raw_order',
      values: ['EUR', 'JPY'],
    });
  });

  it("an order's story, and that nothing is known of one", async () => {
    expect((await get('/api/order?id=O-1')).json()).toMatchObject({
      orderId: 'O-1',
      publications: [{ messageId: 'M-O-1', isAccepted: true }],
    });
    const { statusCode, json } = await get('/api/order?id=O-9');
    expect(statusCode).toBe(404);
    expect(json()).toEqual({ problem: 'nothing is known of order O-9: check the id, or it came in too recently' });
  });

  it('the flow', async () => {
    const flow = (await get('/api/flow')).json<FlowAnswer>();
    expect(flow.problems).toEqual([]);
    expect(flow.stages?.map(({ name }) => name)).toContain('validator');
    expect(flow.rejects?.map(({ reason, orders }) => [reason, orders])).toEqual([
      ['FRAUD_IP', 2],
      ['PAYMENT_DEFAULTER', 1],
    ]);
    expect(flow.deadLetters).toEqual([
      { step: 'enricher', reason: 'UNKNOWN_LOCATION', recent: 1, all: 1 },
      { step: 'validator', reason: 'UNDECODABLE', recent: 1, all: 2 },
    ]);
    expect(flow.jobs?.find(({ name }) => name === 'router')).toMatchObject({ state: 'RESTARTING', restarts: 2 });
    expect(flow.jobs?.find(({ name }) => name === 'aggregator')).toMatchObject({ state: null });
    expect(flow.parked?.deliveries).toBe(2);
  });
});

it('names each part that does not answer, and has the rest', async () => {
  const config = configFor({ url: 'http://127.0.0.1:1' });
  const away = await createServer(config, {
    readProgress: () => Promise.reject(new Error('This server does not host this topic-partition')),
  });
  try {
    const ask = async (url: string) => (await away.inject({ url, headers: { host: 'localhost' } })).json<FlowAnswer>();
    const flow = await ask('/api/flow');
    expect(flow).toMatchObject({ stages: null, rejects: null, deadLetters: null, jobs: null, parked: null });
    expect(flow.problems.map((problem) => problem.split(' ')[0]).sort()).toEqual([
      'Druid',
      'Flink',
      'Kafka',
      'PostgreSQL',
    ]);
    for (const problem of flow.problems) expect(problem).toMatch(/^[^\n]{20,200}$/);
    expect(await ask('/api/order?id=O-1')).toEqual({
      problem: expect.stringMatching(/^PostgreSQL at 127.0.0.1:1\/orderflow cannot be reached/) as string,
    });
  } finally {
    await away.close();
  }
});
