import { once } from 'node:events';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { RequiredAuth } from '../../partner/access.js';
import { readJournal } from '../../partner/journal.js';
import { aJournalPath, aPartner } from './process.js';

const post = (url: string, key: string | null, body: string | Uint8Array<ArrayBuffer>) =>
  fetch(url, { method: 'POST', headers: key === null ? {} : { 'idempotency-key': key }, body });

const order = (orderId: string, more: object = {}) => JSON.stringify({ orderId, ...more });

test('takes an order once, and answers a repeat as before', async () => {
  const partner = await aPartner();
  const first = await post(partner.ordersUrl, 'k-1', order('o-1'));
  const repeat = await post(partner.ordersUrl, 'k-1', order('o-1'));
  expect([first.status, repeat.status]).toEqual([201, 201]);
  expect(await first.text()).toBe(await repeat.text());
  expect(await partner.summary()).toEqual({ requests: 2, effects: 1, distinctOrders: 1, repeats: 1, conflicts: 0 });
});

test('does not forgive a key that comes with other bytes', async () => {
  const partner = await aPartner();
  await post(partner.ordersUrl, 'k-1', order('o-1'));
  const answer = await post(partner.ordersUrl, 'k-1', order('o-1', { changed: true }));
  expect([answer.status, await answer.json()]).toEqual([422, { code: 'KEY_USED_FOR_OTHER_BYTES' }]);
  expect(await partner.summary()).toMatchObject({ effects: 1, conflicts: 1 });
});

test('journals a second effect when an order comes under another key', async () => {
  const partner = await aPartner();
  await post(partner.ordersUrl, 'k-1', order('o-1'));
  await post(partner.ordersUrl, 'k-2', order('o-1'));
  expect(await partner.summary()).toMatchObject({ effects: 2, distinctOrders: 1 });
  expect(await readJournal(partner.journalPath)).toEqual(
    new Map([['o-1', { effects: 2, repeats: 0, conflicts: 0, refusals: 0 }]]),
  );
});

test('journals every request byte by byte, before the answer', async () => {
  const partner = await aPartner();
  const body = Buffer.from(order('o-ü', { bytes: '\u0000\n"' }));
  await post(partner.ordersUrl, 'k-1', body);
  expect(await partner.entries()).toEqual([
    {
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      sequence: 1,
      method: 'POST',
      path: '/orders',
      idempotencyKey: 'k-1',
      orderId: 'o-ü',
      body: body.toString('base64'),
      outcome: 'effect',
      status: 201,
    },
  ]);
});

test.each<[string, string | null, string | Uint8Array<ArrayBuffer>, number, string]>([
  ['without a key', null, order('o-1'), 400, 'NO_IDEMPOTENCY_KEY'],
  ['without an order id', 'k-1', '{}', 400, 'NO_ORDER_ID'],
  ['that is no JSON', 'k-1', '<order>', 400, 'NO_ORDER_ID'],
  ['that is too large', 'k-1', new Uint8Array(2 * 1024 * 1024 + 1), 413, 'TOO_LARGE'],
])('refuses a request %s', async (_what, key, body, status, code) => {
  const partner = await aPartner();
  const answer = await post(partner.ordersUrl, key, body);
  expect([answer.status, await answer.json()]).toEqual([status, { code }]);
  expect((await partner.entries()).map((entry) => [entry.outcome, entry.status])).toEqual([['refused', status]]);
});

test('remembers its keys over a restart, even when a line was torn', async () => {
  const before = await aPartner();
  await post(before.ordersUrl, 'k-1', order('o-1'));
  await before.close();
  await appendFile(before.journalPath, '{"time":"2025-06-01T12:00:00.000Z","sequ');
  const after = await aPartner(before.journalPath);
  await post(after.ordersUrl, 'k-1', order('o-1'));
  await post(after.ordersUrl, 'k-1', order('o-1', { changed: true }));
  expect((await after.entries()).map(({ sequence, outcome }) => [sequence, outcome])).toEqual([
    [1, 'effect'],
    [2, 'repeat'],
    [3, 'conflict'],
  ]);
  expect((await readFile(after.journalPath, 'utf8')).split('\n')).toHaveLength(4);
  expect(await after.summary()).toEqual({ requests: 3, effects: 1, distinctOrders: 1, repeats: 1, conflicts: 1 });
});

test('takes many requests at once, each with a line of its own in order', async () => {
  const partner = await aPartner();
  await Promise.all(Array.from({ length: 200 }, (_, n) => post(partner.ordersUrl, `k-${n}`, order(`o-${n}`))));
  expect((await partner.entries()).map(({ sequence }) => sequence)).toEqual(
    Array.from({ length: 200 }, (_, n) => n + 1),
  );
  expect(await partner.summary()).toMatchObject({ effects: 200, distinctOrders: 200 });
});

test('answers a share of the requests with a status, with Retry-After', async () => {
  const partner = await aPartner();
  await partner.behave({ status: 429, share: 0.5, retryAfterSeconds: 3 });
  const answers = [];
  for (const n of [1, 2, 3, 4]) answers.push(await post(partner.ordersUrl, `k-${n}`, order(`o-${n}`)));
  expect(answers.map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual([
    [201, null],
    [429, '3'],
    [201, null],
    [429, '3'],
  ]);
  expect((await partner.entries()).map(({ outcome }) => outcome)).toEqual(['effect', 'failed', 'effect', 'failed']);
});

test('misbehaves to some orders, or to those for some partners, and takes the others', async () => {
  const partner = await aPartner();
  const statusOf = async (orderId: string, partnerId: string) =>
    (await post(partner.ordersUrl, `k-${orderId}`, order(orderId, { partnerId }))).status;
  const statuses = async () => [await statusOf('o-1', 'P1'), await statusOf('o-2', 'P1'), await statusOf('o-3', 'P2')];
  await partner.behave({ status: 500, orders: ['o-2'] });
  expect(await statuses()).toEqual([201, 500, 201]);
  await partner.behave({ status: 503, partners: ['P1'] });
  expect(await statuses()).toEqual([503, 503, 201]);
});

test.each([
  ['before', 'dropped', 0],
  ['after', 'effect', 1],
] as const)('cuts the connection %s the effect', async (drop, outcome, effects) => {
  const partner = await aPartner();
  await partner.behave({ drop });
  await expect(post(partner.ordersUrl, 'k-1', order('o-1'))).rejects.toThrow();
  expect((await partner.entries()).map((entry) => [entry.outcome, entry.status])).toEqual([[outcome, 0]]);
  expect(await partner.summary()).toMatchObject({ effects });
});

test('is not there for orders while it is down, and comes back when told', async () => {
  const partner = await aPartner();
  await partner.behave({ down: true });
  await expect(post(partner.ordersUrl, 'k-1', order('o-1'))).rejects.toThrow();
  await partner.behave({});
  expect((await post(partner.ordersUrl, 'k-1', order('o-1'))).status).toBe(201);
  expect(await partner.summary()).toMatchObject({ requests: 1, effects: 1 });
});

test('refuses a behaviour that it does not know', async () => {
  const partner = await aPartner();
  expect((await partner.behave({ mood: 'bad' } as object)).status).toBe(400);
  expect((await partner.behave({ share: 2 })).status).toBe(400);
});

test('says that it is up, and what it has where there is nothing', async () => {
  const { url } = await aPartner();
  expect(await (await fetch(`${url}/_health`)).json()).toEqual({ status: 'up' });
  expect((await fetch(`${url}/`)).status).toBe(404);
});

test('survives a client that hangs up in the middle of its request', async () => {
  const partner = await aPartner();
  const socket = connect(Number(new URL(partner.url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"orderId"');
  socket.destroy();
  await once(socket, 'close');
  expect((await post(partner.ordersUrl, 'k-1', order('o-1'))).status).toBe(201);
  expect((await partner.entries()).map(({ orderId }) => orderId)).toEqual(['o-1']);
});

describe('a partner that requires credentials', () => {
  async function aGuardedPartner(auth: (file: string) => RequiredAuth) {
    const journalPath = await aJournalPath();
    await mkdir(dirname(journalPath), { recursive: true });
    const file = `${journalPath}.secret`;
    await writeFile(file, 'MARK-1\n');
    return { file, partner: await aPartner(journalPath, { auth: auth(file) }) };
  }
  const send = (url: string, authorization?: string, key = 'k-1') =>
    fetch(url, {
      method: 'POST',
      headers: { 'idempotency-key': key, ...(authorization !== undefined && { authorization }) },
      body: order(`o-${key}`),
    });

  test('takes no order without them, says which it wants, and journals none of them', async () => {
    const { file, partner } = await aGuardedPartner((tokenFile) => ({ kind: 'bearer', tokenFile }));
    for (const wrong of [undefined, '', 'Bearer', 'Bearer MARK-2', 'Basic MARK-1', 'bearer MARK-1'])
      expect((await send(partner.ordersUrl, wrong)).status).toBe(401);
    const refused = await send(partner.ordersUrl);
    expect([refused.headers.get('www-authenticate'), await refused.json()]).toEqual([
      'Bearer realm="orders"',
      { code: 'UNAUTHORIZED' },
    ]);
    expect((await send(partner.ordersUrl, 'Bearer MARK-1')).status).toBe(201);
    await writeFile(file, 'MARK-3');
    expect((await send(partner.ordersUrl, 'Bearer MARK-1', 'k-2')).status).toBe(401);
    expect((await send(partner.ordersUrl, 'Bearer MARK-3', 'k-2')).status).toBe(201);
    const entries = await partner.entries();
    expect(entries.filter(({ status }) => status === 401).every(({ outcome }) => outcome === 'refused')).toBe(true);
    expect(JSON.stringify(entries)).not.toContain('MARK');
  });

  test('keeps its behaviour and its counts to those who have them', async () => {
    const { partner } = await aGuardedPartner((tokenFile) => ({ kind: 'bearer', tokenFile }));
    const statusOf = async (path: string, init?: RequestInit) => (await fetch(`${partner.url}${path}`, init)).status;
    expect(await statusOf('/_summary')).toBe(401);
    expect(await statusOf('/_behaviour', { method: 'POST', body: '{}' })).toBe(401);
    expect(await statusOf('/_health')).toBe(200);
    expect(await statusOf('/token', { method: 'POST' })).toBe(404);
  });

  test('takes a user with a password', async () => {
    const { partner } = await aGuardedPartner((passwordFile) => ({ kind: 'basic', user: 'shop', passwordFile }));
    const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
    for (const wrong of ['shop:MARK-2', 'other:MARK-1', 'shop'])
      expect((await send(partner.ordersUrl, basic(wrong))).status).toBe(401);
    expect((await send(partner.ordersUrl, basic('shop:MARK-1'))).status).toBe(201);
  });

  test('gives tokens to the client it knows, which are good until they run out or are revoked', async () => {
    const { partner } = await aGuardedPartner((clientSecretFile) => ({
      kind: 'oauth',
      clientId: 'shop',
      clientSecretFile,
      lifetimeSeconds: 5,
    }));
    const ask = async (fields: Record<string, string>) => {
      const answer = await fetch(`${partner.url}/token`, { method: 'POST', body: new URLSearchParams(fields) });
      return [answer.status, (await answer.json()) as { access_token: string }] as const;
    };
    const grant = { grant_type: 'client_credentials', client_id: 'shop', client_secret: 'MARK-1' };
    expect(await ask({ ...grant, client_secret: 'MARK-2' })).toEqual([401, { error: 'invalid_client' }]);
    expect(await ask({ ...grant, grant_type: 'password' })).toEqual([400, { error: 'unsupported_grant_type' }]);
    const [, { access_token: first }] = await ask(grant);
    expect((await send(partner.ordersUrl, `Bearer ${first}`)).status).toBe(201);
    await vi.waitFor(async () => expect((await send(partner.ordersUrl, `Bearer ${first}`)).status).toBe(401), 20_000);
    const [, { access_token: second }] = await ask(grant);
    partner.revokeTokens();
    expect((await send(partner.ordersUrl, `Bearer ${second}`)).status).toBe(401);
  });
});
