/** Connections to a partner as they are elsewhere: closed at any moment, slow on purpose, to a machine that has moved. */
import dns from 'node:dns';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createPartnerClient, type PartnerClientOptions } from '../../../transforms/delivery/partner-client.js';

const DELIVERED = { kind: 'DELIVERED', status: 201 };

const requests = (count: number, padding = 0) =>
  Array.from({ length: count }, (_, n) => ({
    partnerId: 'P1',
    idempotencyKey: `k-${n}`,
    body: JSON.stringify({ orderId: `o-${n}`, padding: 'x'.repeat(padding) }),
  }));

function aClient(url: string, options: Partial<PartnerClientOptions> = {}) {
  const client = createPartnerClient({ url, timeoutMs: 1_500, concurrency: 8, attempts: 2, backoffMs: 1, ...options });
  onTestFinished(() => client.close());
  return client;
}

async function listening(server: Server, { host = '127.0.0.1', port = 0 } = {}): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A server that is told of each request's first bytes. */
async function aSocketServer(onRequest: (socket: Socket, head: string) => void): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {}).on('data', (data) => onRequest(socket, data.toString()));
    onTestFinished(() => void socket.destroy());
  });
  return `127.0.0.1:${await listening(server)}/orders`;
}

const keyIn = (head: string) => /^idempotency-key: (\S+)/m.exec(head)?.[1];

test('a partner that hangs up after each answer gets each order; what it closed on may come again, under its key', async () => {
  const taken: string[] = [];
  const address = await aSocketServer((socket, head) => {
    const key = keyIn(head);
    if (key === undefined) return;
    taken.push(key);
    // It does not say that it will: the next request may be on its way already.
    socket.write('HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n', () =>
      setTimeout(() => socket.destroy(), taken.length % 4),
    );
  });
  const client = aClient(`http://${address}`);
  const all = requests(400);
  const delivered = new Set<string>();
  await vi.waitUntil(async () => {
    const left = all.filter(({ idempotencyKey }) => !delivered.has(idempotencyKey));
    for (const [at, { kind }] of (await client.deliver(left)).entries())
      if (kind === 'DELIVERED') delivered.add(left[at]!.idempotencyKey);
    return delivered.size === all.length;
  }, 20_000);
  expect(new Set(taken)).toEqual(new Set(all.map(({ idempotencyKey }) => idempotencyKey)));
  expect(client.roomFor('P1')).toBe('ANY');
});

test('a name that moves is followed, though the machine of before goes on answering', async () => {
  const taken: string[] = [];
  const machine = (host: string) =>
    createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(201).end());
      taken.push(host);
    });
  const port = await listening(machine('before'), { host: '127.0.0.2' });
  await listening(machine('after'), { host: '127.0.0.3', port });
  let address = '127.0.0.2';
  const asked = vi
    .spyOn(dns, 'lookup')
    .mockImplementation(((_name: string, _options: object, answer: unknown) =>
      (answer as (error: null, all: object[]) => void)(null, [{ address, family: 4 }])) as never);
  onTestFinished(() => asked.mockRestore());
  const client = aClient(`http://partner.test:${port}/orders`, { connectionMs: 50 });
  expect(await client.deliver(requests(20))).toEqual(Array(20).fill(DELIVERED));
  address = '127.0.0.3';
  // Never idle: the connections of before would be used for ever.
  await vi.waitUntil(
    async () => {
      taken.length = 0;
      expect(await client.deliver(requests(20))).toEqual(Array(20).fill(DELIVERED));
      return taken.every((host) => host === 'after');
    },
    { timeout: 5_000, interval: 5 },
  );
});

test('of the addresses of a name, the one that answers is used', async () => {
  const taken: string[] = [];
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(201).end());
    taken.push(String(request.headers['idempotency-key']));
  });
  const port = await listening(server, { host: '127.0.0.2' });
  const all = ['127.0.0.4', '127.0.0.2', '127.0.0.5'].map((address) => ({ address, family: 4 }));
  const asked = vi
    .spyOn(dns, 'lookup')
    .mockImplementation(((_name: string, _options: object, answer: unknown) =>
      (answer as (error: null, all: object[]) => void)(null, all)) as never);
  onTestFinished(() => asked.mockRestore());
  expect(await aClient(`http://partner.test:${port}/orders`).deliver(requests(10))).toEqual(Array(10).fill(DELIVERED));
  expect(new Set(taken).size).toBe(10);
});

test('a partner that speaks no TLS, or with a certificate that is not good, is at fault, and no order', async () => {
  const port = await listening(createServer((_request, response) => void response.writeHead(201).end()));
  const [outcome] = await aClient(`https://127.0.0.1:${port}/orders`).deliver(requests(1));
  expect(outcome).toMatchObject({ why: 'EPROTO', blame: 'PARTNER' });
});

test('an answer that comes before the whole request was read, and closes, counts', async () => {
  const address = await aSocketServer((socket) =>
    socket.end('HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'),
  );
  const [outcome] = await aClient(`http://${address}`).deliver(requests(1, 1_000_000));
  expect(outcome).toEqual({ kind: 'REFUSED', status: 413, reason: '' });
});

test('an answer that comes byte by byte is none in time', async () => {
  const address = await aSocketServer((socket) => {
    const drip = setInterval(() => socket.write('H'), 5);
    socket.write('HTTP/1.1 201 Created\r\nx: ');
    socket.on('close', () => clearInterval(drip));
  });
  const [outcome] = await aClient(`http://${address}`, { timeoutMs: 100, attempts: 1 }).deliver(requests(1));
  expect(outcome).toMatchObject({ kind: 'UNAVAILABLE', why: 'no answer within 100 ms' });
});

test('the time-out of a request survives the garbage collector', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const address = await aSocketServer(() => {});
  const collecting = setInterval(collect, 10);
  onTestFinished(() => clearInterval(collecting));
  const outcomes = await aClient(`http://${address}`, { timeoutMs: 200, attempts: 1 }).deliver(requests(3));
  expect(outcomes.map((outcome) => 'why' in outcome && outcome.why)).toEqual(Array(3).fill('no answer within 200 ms'));
});
