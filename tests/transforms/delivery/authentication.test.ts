/** Who we are to a partner: each kind of credentials, what is said when they are not good, and that work goes on once they are. */
import dns from 'node:dns';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { RequiredAuth } from '../../../partner/access.js';
import { createPoster } from '../../../transforms/delivery/http-post.js';
import { aPartner } from '../../partner/process.js';
import { aClientOf, aFolder, DELIVERED, requests } from './partner-access.js';

/** Planted in the secrets' files: no outcome and no output may hold any of them. */
const marks = { token: 'tok-MARK-1', password: 'pass-MARK-2', secret: 'sec-MARK-3._~/+ %' };

async function aServer(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that takes each order, and what it was sent. */
async function aRecorder() {
  const seen: { url: string; headers: IncomingHttpHeaders }[] = [];
  const url = await aServer((request, response) => {
    seen.push({ url: request.url!, headers: request.headers });
    request.resume().on('end', () => response.writeHead(201).end());
  });
  return { url, seen };
}

const deadUrl = 'http://127.0.0.1:9/orders';
const pending = (why: string | RegExp) => ({
  kind: 'UNAVAILABLE',
  blame: 'PARTNER',
  retryAfterMs: 0,
  why: typeof why === 'string' ? why : expect.stringMatching(why),
});

/** A partner that requires a kind of credentials, and a client with an entry for it. */
async function aPair(kind: 'bearer' | 'basic' | 'oauth', clientSecretIn = 'header', lifetimeSeconds = 600) {
  const folder = aFolder();
  const tokenFile = folder.put('token', `${marks.token}\n`);
  const passwordFile = folder.put('password', `${marks.password}\n`);
  const clientSecretFile = folder.put('secret', marks.secret);
  const required: Record<string, RequiredAuth> = {
    bearer: { kind, tokenFile } as RequiredAuth,
    basic: { kind, user: 'shop', passwordFile } as RequiredAuth,
    oauth: { kind, clientId: 'shop-1', clientSecretFile, lifetimeSeconds } as RequiredAuth,
  };
  const partner = await aPartner(undefined, { auth: required[kind]! });
  const auth = {
    bearer: { kind, tokenFile: 'token' },
    basic: { kind, user: 'shop', passwordFile: 'password' },
    oauth: {
      kind,
      tokenUrl: `${partner.url}/token`,
      clientId: 'shop-1',
      clientSecretFile: 'secret',
      clientSecretIn,
      scope: 'orders',
    },
  }[kind];
  const client = aClientOf(folder, { P1: { url: partner.ordersUrl, auth, privateNetworks: true } });
  return { folder, partner, client };
}

describe.each([
  ['bearer', 'header'],
  ['basic', 'header'],
  ['oauth', 'header'],
  ['oauth', 'body'],
] as const)('%s (%s)', (kind, clientSecretIn) => {
  const file = { bearer: 'token', basic: 'password', oauth: 'secret' }[kind];

  test('delivers', async () => {
    const { partner, client } = await aPair(kind, clientSecretIn);
    expect(await client.deliver(requests(20))).toEqual(Array(20).fill(DELIVERED));
    expect((await partner.entries()).map(({ outcome }) => outcome)).toEqual(Array(20).fill('effect'));
  });

  test('a secret that is not good is told, holds up the partner, and is mended without a restart', async () => {
    const { folder, client } = await aPair(kind, clientSecretIn);
    // What the partner knows is in the same file: so ours has to be another one.
    folder.put('other', 'wrong-MARK-4');
    const entries = readFileSync(folder.at('partners.json'), 'utf8');
    folder.put('partners.json', entries.replaceAll(`"${file}"`, '"other"'));
    const orders = requests(12);
    const outcomes = await client.deliver(orders);
    const why =
      kind === 'oauth'
        ? /^the token endpoint: HTTP 401: it does not accept our credentials: .* \(invalid_client\)$/
        : 'HTTP 401: it does not accept our credentials: put good ones into their file';
    expect(outcomes[0]).toEqual(pending(why));
    expect(outcomes.every(({ kind: is }) => is === 'UNAVAILABLE')).toBe(true);
    expect(client.roomFor('P1')).not.toBe('ANY');
    expect(JSON.stringify(outcomes)).not.toContain('MARK');
    folder.put('partners.json', entries);
    await vi.waitFor(async () => expect(await client.deliver(orders)).toEqual(Array(12).fill(DELIVERED)), 10_000);
  });

  test.each([
    ['is missing', undefined],
    ['is empty', '\n'],
    ['holds more than a line: it has to be the secret alone', 'one-MARK\ntwo-MARK\n'],
    ['is no text in UTF-8', '\xff\xfe\xfd'],
  ])('a file that %s is told, and mended without a restart', async (problem, text) => {
    const { folder, client } = await aPair(kind, clientSecretIn);
    const good = { token: marks.token, password: marks.password, secret: marks.secret }[file]!;
    if (text === undefined) folder.remove(file);
    else writeFileSync(folder.at(file), Buffer.from(text, 'latin1'));
    const orders = requests(1);
    const field = { bearer: 'tokenFile', basic: 'passwordFile', oauth: 'clientSecretFile' }[kind];
    expect(await client.deliver(orders)).toEqual([pending(`auth.${field} ${folder.at(file)} ${problem}`)]);
    folder.put(file, good);
    await vi.waitFor(async () => expect(await client.deliver(orders)).toEqual([DELIVERED]), 5_000);
  });

  test('one that changes counts at once, and costs no order', async () => {
    const { folder, client, partner } = await aPair(kind, clientSecretIn);
    expect(await client.deliver(requests(5))).toEqual(Array(5).fill(DELIVERED));
    for (const n of [1, 2, 3]) {
      folder.put(file, `new-${n}`);
      if (kind === 'oauth') partner.revokeTokens();
      const outcomes = await client.deliver(requests(8));
      if (kind !== 'oauth') expect(outcomes).toEqual(Array(8).fill(DELIVERED));
      // A token that was got a moment ago is not asked for anew at once.
      else expect(outcomes.every(({ kind: is }) => is === 'UNAVAILABLE' || is === 'DELIVERED')).toBe(true);
    }
  });
});

test('no credentials are sent without an entry that names some, and none of another partner', async () => {
  const folder = aFolder();
  const recorder = await aRecorder();
  folder.put('token', marks.token);
  const client = aClientOf(
    folder,
    {
      P1: { url: `${recorder.url}/one`, auth: { kind: 'bearer', tokenFile: 'token' }, privateNetworks: true },
      '*': { url: `${recorder.url}/others`, privateNetworks: true },
    },
    { url: `${recorder.url}/plain` },
  );
  expect(await client.deliver([...requests(1), ...requests(1, 'P2')])).toEqual([DELIVERED, DELIVERED]);
  folder.put('partners.json', '{}');
  await vi.waitUntil(async () => {
    await client.deliver(requests(1, 'P3'));
    return recorder.seen.some(({ url }) => url === '/plain');
  }, 5_000);
  const sent = new Map(recorder.seen.map(({ url, headers }) => [url, headers.authorization]));
  expect([sent.get('/one'), sent.get('/others'), sent.get('/plain')]).toEqual([
    `Bearer ${marks.token}`,
    undefined,
    undefined,
  ]);
});

describe('a redirect', () => {
  test.each([301, 302, 303, 307, 308])('%i is not followed, and nothing is sent there', async (status) => {
    const folder = aFolder();
    folder.put('token', marks.token);
    const elsewhere = await aRecorder();
    const url = await aServer((request, response) => {
      const there = request.url === '/same' ? '/orders' : `${elsewhere.url}/orders`;
      request.resume().on('end', () => response.writeHead(status, { location: there }).end());
    });
    const auth = { kind: 'bearer', tokenFile: 'token' };
    const client = aClientOf(folder, {
      P1: { url: `${url}/orders`, auth, privateNetworks: true },
      P2: { url: `${url}/same`, auth, privateNetworks: true },
    });
    const why = `HTTP ${status}: a redirect, which is never followed: set the address that it has moved to`;
    expect(await client.deliver([...requests(1), ...requests(1, 'P2')])).toEqual([pending(why), pending(why)]);
    expect(elsewhere.seen).toEqual([]);
  });

  test('of a token endpoint is not followed either', async () => {
    const folder = aFolder();
    folder.put('secret', marks.secret);
    const elsewhere = await aRecorder();
    const url = await aServer((request, response) => {
      request.resume().on('end', () => response.writeHead(307, { location: `${elsewhere.url}/token` }).end());
    });
    const auth = { kind: 'oauth', tokenUrl: `${url}/token`, clientId: 'c', clientSecretFile: 'secret' };
    const client = aClientOf(folder, { P1: { url: deadUrl, auth, privateNetworks: true } });
    expect(await client.deliver(requests(1))).toEqual([
      pending(
        'the token endpoint: HTTP 307: a redirect, which is never followed: set the address that it has moved to',
      ),
    ]);
    expect(elsewhere.seen).toEqual([]);
  });
});

describe('an OAuth token', () => {
  test('is asked for once for many orders, and kept', async () => {
    let asked = 0;
    const folder = aFolder();
    folder.put('secret', marks.secret);
    const url = await aServer((request, response) => {
      request.resume().on('end', () => {
        if (request.url !== '/token') return void response.writeHead(201).end();
        const answer = JSON.stringify({ access_token: `t-${++asked}`, token_type: 'Bearer', expires_in: 600 });
        response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
      });
    });
    const auth = { kind: 'oauth', tokenUrl: `${url}/token`, clientId: 'c', clientSecretFile: 'secret' };
    const client = aClientOf(folder, { P1: { url, auth, privateNetworks: true } }, { concurrency: 50 });
    expect(await client.deliver(requests(100))).toEqual(Array(100).fill(DELIVERED));
    expect(await client.deliver(requests(100))).toEqual(Array(100).fill(DELIVERED));
    expect(asked).toBe(1);
  });

  const json = { 'content-type': 'application/json' };
  test.each<[string, number, Record<string, string>, string, RegExp]>([
    ['that is no JSON', 200, json, `<${marks.token}>`, /^the token endpoint: what it answers is no token$/],
    ['without a token', 200, json, '{}', /^the token endpoint: what it answers is no token$/],
    ['of another kind', 200, json, `{"access_token":"${marks.token}","token_type":"mac"}`, /no token$/],
    ['bound to a key', 200, json, `{"access_token":"${marks.token}","token_type":"DPoP"}`, /no bearer token$/],
    ['that no header takes', 200, json, '{"access_token":"a\\r\\nMARK","token_type":"Bearer"}', /no bearer token$/],
    ['that has failed', 500, json, `{"error":"${marks.secret}"}`, /^the token endpoint: HTTP 500$/],
    ['with an error', 400, json, '{"error":"invalid_scope"}', /^the token endpoint: HTTP 400 \(invalid_scope\)$/],
    ['that repeats us', 400, json, `{"error":"${marks.token}"}`, /^the token endpoint: HTTP 400$/],
    ['with a challenge', 401, { 'www-authenticate': 'Basic realm="MARK"' }, '', /^the token endpoint: HTTP 401: .*$/],
    ['that says nothing', 204, {}, '', /^the token endpoint: HTTP 204$/],
  ])('from an answer %s is none', async (_what, status, headers, body, why) => {
    const folder = aFolder();
    folder.put('secret', marks.secret);
    const url = await aServer((request, response) => {
      request.resume().on('end', () => response.writeHead(status, headers).end(body));
    });
    const auth = { kind: 'oauth', tokenUrl: `${url}/token`, clientId: 'c', clientSecretFile: 'secret' };
    const client = aClientOf(folder, { P1: { url: deadUrl, auth, privateNetworks: true } });
    const outcomes = await client.deliver(requests(1));
    expect(outcomes).toEqual([pending(why)]);
    expect(JSON.stringify(outcomes)).not.toContain('MARK');
  });

  test('from nobody, or from one who says nothing, is none; the partner is at fault, and no order', async () => {
    const folder = aFolder();
    folder.put('secret', marks.secret);
    const silent = await aServer((request) => void request.resume());
    const entry = (tokenUrl: string) => ({
      url: deadUrl,
      auth: { kind: 'oauth', tokenUrl, clientId: 'c', clientSecretFile: 'secret' },
      privateNetworks: true,
    });
    const entries = { P1: entry('http://127.0.0.1:1/token'), P2: entry(silent) };
    const client = aClientOf(folder, entries, { timeoutMs: 1_000 });
    expect(await client.deliver([...requests(1), ...requests(1, 'P2')])).toEqual([
      pending('the token endpoint: ECONNREFUSED'),
      pending('the token endpoint: no answer within 1000 ms'),
    ]);
  });
});

test.each([
  ['a token', { kind: 'bearer', tokenFile: 'secret' }, (authorization: string) => authorization.replace('Bearer ', '')],
  ['a password', { kind: 'basic', user: 'u', passwordFile: 'secret' }, () => 'MARK-in-the-code'],
])('a partner that answers with %s of ours is not quoted', async (_what, auth, codeOf) => {
  const folder = aFolder();
  folder.put('secret', 'MARK-in-the-code');
  const url = await aServer((request, response) => {
    const code = codeOf(request.headers.authorization!);
    request.resume().on('end', () => response.writeHead(422).end(JSON.stringify({ code })));
  });
  const client = aClientOf(folder, { P1: { url, auth, privateNetworks: true } });
  expect(await client.deliver(requests(1))).toEqual([{ kind: 'REFUSED', status: 422, reason: '' }]);
});

describe('a private address', () => {
  test.each(['127.0.0.1', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', '[::1]'])(
    'that is written as %s is not connected to, though no name is looked up',
    async (host) => {
      const recorder = await aRecorder();
      const poster = createPoster(`http://${host}:${new URL(recorder.url).port}/orders`, {
        connectMs: 1_000,
        connectionMs: 1_000,
        privateNetworks: false,
      });
      onTestFinished(() => poster.close());
      await expect(poster.post({}, '{}', new AbortController().signal)).rejects.toMatchObject({
        code: 'ERR_PRIVATE_ADDRESS',
      });
      expect(recorder.seen).toEqual([]);
    },
  );

  test.each(['http://localhost', 'https://localhost'])('behind the name of %s is not connected to', async (origin) => {
    const recorder = await aRecorder();
    const { port } = new URL(recorder.url);
    const folder = aFolder();
    // The file refuses localhost by its name; another name that leads there is found out when it is connected to.
    const { lookup } = dns;
    const asked = vi
      .spyOn(dns, 'lookup')
      .mockImplementation(((_name: string, ...rest: unknown[]) => (lookup as never as (...all: unknown[]) => void)('localhost', ...rest)) as never); // prettier-ignore
    onTestFinished(() => asked.mockRestore());
    const url = `${origin.replace('localhost', 'partner.test')}:${port}/orders`;
    const client = aClientOf(folder, { P1: { url } });
    const why =
      'ERR_PRIVATE_ADDRESS: its address is in a private or special network, and "privateNetworks" does not allow that';
    expect(await client.deliver(requests(2))).toEqual([pending(why), pending(why)]);
    expect(recorder.seen).toEqual([]);
  });
});
