import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { withinMillis } from '../../../model/deadline.js';
import { limits } from '../../../model/limits.js';
import { answerTable, type Verdict } from '../../../transforms/delivery/partner-answer.js';
import { createPartnerClient, type PartnerClientOptions } from '../../../transforms/delivery/partner-client.js';
import { aPartner } from '../../partner/process.js';

const DELIVERED = { kind: 'DELIVERED', status: 201 };
const notTaken = (why: string, blame: string, retryAfterMs = 0) => ({ kind: 'UNAVAILABLE', why, blame, retryAfterMs });
const NO_TIME = notTaken('no time was left in the batch', 'NOBODY');

const requests = (count: number, partnerId = 'P1') =>
  Array.from({ length: count }, (_, n) => ({
    partnerId,
    idempotencyKey: `k-${n}`,
    body: JSON.stringify({ orderId: `o-${n}` }),
  }));

/** A client that has all the time it needs, unless the test says otherwise. */
function aClient(url: string, options: Partial<PartnerClientOptions> = {}) {
  const client = createPartnerClient({
    url,
    timeoutMs: 10_000,
    concurrency: 4,
    attempts: 2,
    deadlineMs: 20_000,
    backoffMs: 1,
    ...options,
  });
  onTestFinished(() => client.close());
  return client;
}

/** A server that answers as the listener says. */
async function aServer(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`;
}

test('delivers every order once, and answers in the order of the requests', async () => {
  const partner = await aPartner();
  const outcomes = await aClient(partner.ordersUrl).deliver(requests(50));
  expect(outcomes).toEqual(Array(50).fill(DELIVERED));
  const entries = await partner.entries();
  expect(entries.map(({ idempotencyKey, orderId, outcome }) => [idempotencyKey, orderId, outcome]).sort()).toEqual(
    Array.from({ length: 50 }, (_, n) => [`k-${n}`, `o-${n}`, 'effect']).sort(),
  );
  expect(Buffer.from(entries[0]!.body, 'base64').toString()).toBe('{"orderId":"o-0"}');
});

test('answers nothing for nothing', async () => {
  const partner = await aPartner();
  expect(await aClient(partner.ordersUrl).deliver([])).toEqual([]);
});

test('has no more requests under way than it may, over all its calls', async () => {
  let underWay = 0;
  let most = 0;
  const url = await aServer((request, response) => {
    most = Math.max(most, ++underWay);
    request.resume().on('end', () => {
      setTimeout(() => {
        underWay -= 1;
        response.writeHead(201).end();
      }, 5);
    });
  });
  const client = aClient(url, { concurrency: 3 });
  await Promise.all([client.deliver(requests(20)), client.deliver(requests(20))]);
  expect(most).toBe(3);
});

test('an answer with endless headers is none, and the order goes through later', async () => {
  let isHostile = true;
  const url = await aServer((request, response) => {
    request.resume();
    if (isHostile)
      for (let n = 0; n < 100; n++) response.setHeader(`x-${n}`, 'x'.repeat(limits.answerHeaderBytes / 50));
    isHostile = false;
    response.writeHead(201).end();
  });
  const client = aClient(url, { attempts: 1 });
  expect(await client.deliver(requests(1))).toEqual([notTaken('HPE_HEADER_OVERFLOW', 'ORDER')]);
  expect(await client.deliver(requests(1))).toEqual([DELIVERED]);
});

describe('each answer of the table', () => {
  /** What is seen of an answer: is it tried again at once, and does it, alone, say that the partner is down? */
  const expected: Record<Verdict, object> = {
    DELIVERED: { kind: 'DELIVERED', requests: 1, room: 'ANY' },
    REFUSED: { kind: 'REFUSED', requests: 1, room: 'ANY' },
    ORDER: { kind: 'UNAVAILABLE', blame: 'ORDER', requests: 2, room: 'ANY' },
    EITHER: { kind: 'UNAVAILABLE', blame: 'ORDER', requests: 2, room: 'ANY' },
    PARTNER: { kind: 'UNAVAILABLE', blame: 'PARTNER', requests: 2, room: 'NONE' },
  };
  const classes: Record<string, number[]> = { '2xx': [200, 202, 204], '3xx': [301, 304, 307], '4xx': [400, 410, 413, 422, 451], '5xx': [500, 501, 507] }; // prettier-ignore
  const statuses = answerTable.flatMap(({ answer, verdict }) =>
    answer
      .split(', ')
      .filter((name) => /^\d/.test(name))
      .flatMap((name) => classes[name] ?? [Number(name)])
      .map((status) => ({ status, verdict })),
  );

  test.each(statuses)('$status: $verdict', async ({ status, verdict }) => {
    let made = 0;
    const url = await aServer((request, response) => {
      made += 1;
      request.resume().on('end', () => response.writeHead(status, { location: '/elsewhere' }).end());
    });
    const client = aClient(url, { breakAfter: 2, halfOpenAfterMs: 60_000 });
    const [outcome] = await client.deliver(requests(1));
    expect({ ...outcome, requests: made, room: client.roomFor('P1') }).toMatchObject(expected[verdict]);
  });

  test('409 to a key whose first request is still being worked on: delivered by a later one', async () => {
    const answers = [409, 409, 201];
    const url = await aServer((request, response) => {
      request.resume().on('end', () => response.writeHead(answers.shift()!).end());
    });
    const client = aClient(url);
    expect(await client.deliver(requests(1))).toEqual([notTaken('HTTP 409', 'ORDER')]);
    expect(await client.deliver(requests(1))).toEqual([DELIVERED]);
  });

  test('401 to all until the token is renewed: nothing is refused, and all is delivered then', async () => {
    const partner = await aPartner();
    await partner.behave({ status: 401 });
    const client = aClient(partner.ordersUrl, { halfOpenAfterMs: 20 });
    const kinds = (await client.deliver(requests(30))).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['UNAVAILABLE']));
    await partner.behave({});
    await vi.waitFor(async () => expect(await client.deliver(requests(30))).toEqual(Array(30).fill(DELIVERED)), 5_000);
    expect(await partner.summary()).toMatchObject({ effects: 30, distinctOrders: 30 });
  });
});

describe('what is final', () => {
  test('a 4xx is a refusal with its code, and is not tried again', async () => {
    const partner = await aPartner();
    await partner.behave({ status: 422 });
    const client = aClient(partner.ordersUrl);
    expect(await client.deliver(requests(1))).toEqual([{ kind: 'REFUSED', status: 422, reason: 'AS_TOLD' }]);
    expect(await partner.summary()).toMatchObject({ requests: 1 });
  });

  test('refusals do not open the circuit', async () => {
    const partner = await aPartner();
    await partner.behave({ status: 400 });
    const client = aClient(partner.ordersUrl, { breakAfter: 2 });
    await client.deliver(requests(10));
    expect([client.roomFor('P1'), await partner.summary()]).toMatchObject(['ANY', { requests: 10 }]);
  });

  test.each([201, 422])('a %i whose body breaks off is one all the same', async (status) => {
    const url = await aServer((request, response) => {
      request.resume();
      response.writeHead(status, { 'content-length': 100 }).write('{', () => response.destroy());
    });
    const [outcome] = await aClient(url).deliver(requests(1));
    expect(outcome).toMatchObject({ kind: status === 201 ? 'DELIVERED' : 'REFUSED', status });
  });

  test.each([201, 422])('a %i with an endless body is one all the same', async (status) => {
    const url = await aServer((request, response) => {
      request.resume();
      response.writeHead(status);
      const chunk = Buffer.alloc(32 * 1024);
      const write = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', write);
      write();
    });
    const [outcome] = await aClient(url).deliver(requests(1));
    expect(outcome).toMatchObject({ kind: status === 201 ? 'DELIVERED' : 'REFUSED', status });
  });
});

/** A server that sends these bytes for an answer, whatever it is asked, and reads on. */
async function aServerThatSends(answer: string) {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      if (chunk.toString().includes('"orderId"')) socket.write(answer);
    });
    onTestFinished(() => void socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`;
}

describe('informational answers, which nobody asked for', () => {
  const created = 'HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n';
  const hints = 'HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n';
  const goOn = 'HTTP/1.1 100 Continue\r\n\r\n';

  test.each([
    ['100', goOn],
    ['102', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['103', hints],
    ['199, which nobody knows', 'HTTP/1.1 199 Later\r\nx-why: none\r\n\r\n'],
    ['many of them', (goOn + hints).repeat(20)],
  ])('%s: the answer is the one that comes after', async (_name, informational) => {
    const client = aClient(await aServerThatSends(informational + created), { attempts: 1 });
    expect(await client.deliver(requests(2))).toEqual([DELIVERED, DELIVERED]);
  });

  test('one with no other after it is no answer', async () => {
    const client = aClient(await aServerThatSends(goOn), { attempts: 1, timeoutMs: 50 });
    expect(await client.deliver(requests(1))).toEqual([notTaken('no answer within 50 ms', 'ORDER')]);
  });

  test('101 is an answer that is none: nobody asked for another protocol', async () => {
    const url = await aServerThatSends('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n');
    const [outcome] = await aClient(url, { attempts: 1 }).deliver(requests(1));
    expect(outcome).toMatchObject({ kind: 'UNAVAILABLE', blame: 'ORDER' });
  });
});

describe('what may go away', () => {
  test.each([408, 425, 429, 500, 503])('a %i is tried again', async (status) => {
    const partner = await aPartner();
    await partner.behave({ status, share: 0.5 });
    const client = aClient(partner.ordersUrl, { attempts: 3, concurrency: 1 });
    expect(await client.deliver(requests(4))).toEqual(Array(4).fill(DELIVERED));
    expect(await partner.summary()).toMatchObject({ requests: 7, effects: 4, repeats: 0 });
  });

  test('an order is given up after its tries, and says why', async () => {
    const partner = await aPartner();
    await partner.behave({ status: 503 });
    const client = aClient(partner.ordersUrl, { attempts: 3 });
    expect(await client.deliver(requests(1))).toEqual([notTaken('HTTP 503', 'PARTNER')]);
    expect(await partner.summary()).toMatchObject({ requests: 3 });
  });

  test('an answer that is lost after the effect is asked for again, and the effect stays one', async () => {
    const partner = await aPartner();
    await partner.behave({ drop: 'after', share: 0.5 });
    const client = aClient(partner.ordersUrl, { concurrency: 1, attempts: 3 });
    expect(await client.deliver(requests(4))).toEqual(Array(4).fill(DELIVERED));
    expect(await partner.summary()).toMatchObject({ effects: 4, repeats: 3, conflicts: 0, distinctOrders: 4 });
  });

  test('a connection that is cut before the effect is tried again', async () => {
    const partner = await aPartner();
    await partner.behave({ drop: 'before', share: 0.5 });
    const client = aClient(partner.ordersUrl, { concurrency: 1, attempts: 3 });
    expect(await client.deliver(requests(4))).toEqual(Array(4).fill(DELIVERED));
    expect(await partner.summary()).toMatchObject({ effects: 4, repeats: 0 });
  });

  test('a partner that does not answer in time is UNAVAILABLE, and the order goes through once later', async () => {
    const partner = await aPartner();
    await partner.behave({ delayMs: 2_000 });
    const hasty = aClient(partner.ordersUrl, { timeoutMs: 500, attempts: 1 });
    expect(await hasty.deliver(requests(2))).toEqual(Array(2).fill(notTaken('no answer within 500 ms', 'ORDER')));
    await vi.waitFor(async () => expect(await partner.summary()).toMatchObject({ effects: 2 }), 20_000);
    await partner.behave({});
    expect(await aClient(partner.ordersUrl).deliver(requests(2))).toEqual(Array(2).fill(DELIVERED));
    expect(await partner.summary()).toMatchObject({ effects: 2, repeats: 2, distinctOrders: 2 });
  });

  test('a partner that is not there is UNAVAILABLE', async () => {
    const partner = await aPartner();
    await partner.close();
    expect(await aClient(partner.ordersUrl).deliver(requests(1))).toEqual([notTaken('ECONNREFUSED', 'PARTNER')]);
  });
});

test('a partner whose name is not known is not there', async () => {
  const [outcome] = await aClient('http://partner.invalid/orders', { attempts: 1 }).deliver(requests(1));
  expect(outcome).toMatchObject({ why: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) as string, blame: 'PARTNER' });
});

describe('Retry-After', () => {
  test('is waited for', async () => {
    const partner = await aPartner();
    await partner.behave({ status: 429, share: 0.5, retryAfterSeconds: 1 });
    const client = aClient(partner.ordersUrl, { concurrency: 1 });
    expect(await client.deliver(requests(2))).toEqual([DELIVERED, DELIVERED]);
    const [, busy, again] = (await partner.entries()).map(({ time }) => Date.parse(time));
    expect(again! - busy!).toBeGreaterThanOrEqual(990);
  });

  test('is not waited for when the batch would have ended before', async () => {
    const partner = await aPartner();
    await partner.behave({ status: 429, retryAfterSeconds: 60 });
    expect(await aClient(partner.ordersUrl).deliver(requests(1))).toEqual([notTaken('HTTP 429', 'PARTNER', 60_000)]);
    expect(await partner.summary()).toMatchObject({ requests: 1 });
  });
});

describe('the circuit', () => {
  test('opens after orders in a row that were not taken, so that most of a batch is not even tried', async () => {
    const partner = await aPartner();
    await partner.behave({ status: 500 });
    const client = aClient(partner.ordersUrl, { breakAfter: 3, concurrency: 2, halfOpenAfterMs: 60_000 });
    const outcomes = await client.deliver(requests(100));
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['UNAVAILABLE']));
    expect(outcomes[99]).toEqual(notTaken('the partner takes no orders now', 'NOBODY'));
    expect(client.roomFor('P1')).toBe('NONE');
    const { requests: tried } = (await partner.summary()) as { requests: number };
    expect(tried).toBeLessThanOrEqual(4);
  });

  test('closes again when one request gets through', async () => {
    const partner = await aPartner();
    await partner.behave({ drop: 'before' });
    const client = aClient(partner.ordersUrl, { breakAfter: 1, halfOpenAfterMs: 20 });
    await client.deliver(requests(1));
    expect(client.roomFor('P1')).not.toBe('ANY');
    await partner.behave({});
    await vi.waitFor(async () => expect(await client.deliver(requests(20))).toEqual(Array(20).fill(DELIVERED)), 5_000);
    expect(client.roomFor('P1')).toBe('ANY');
    expect(await partner.summary()).toMatchObject({ effects: 20, distinctOrders: 20 });
  });

  test('is not opened by one order that fails whenever it is tried', async () => {
    const partner = await aPartner();
    await partner.behave({ status: 500 });
    const client = aClient(partner.ordersUrl, { breakAfter: 3 });
    for (let n = 0; n < 5; n++) expect(await client.deliver(requests(2))).toEqual(Array(2).fill(notTaken('HTTP 500', 'ORDER'))); // prettier-ignore
    expect([client.roomFor('P1'), await partner.summary()]).toMatchObject(['ANY', { requests: 20 }]);
  });

  test("is each partner's own, and so are the requests under way", async () => {
    const waiting = new Set<string>();
    const url = await aServer((request, response) => {
      const key = request.headers['idempotency-key'] as string;
      request.resume().on('end', () => {
        if (key !== 'k-0') return void response.writeHead(201).end();
        waiting.add(key);
      });
    });
    const client = aClient(url, {
      breakAfter: 1,
      attempts: 1,
      concurrency: 1,
      timeoutMs: 60_000,
      halfOpenAfterMs: 60_000,
    });
    const [first] = requests(1, 'P1');
    const slow = client.deliver([first!]);
    await vi.waitUntil(() => waiting.size === 1, 5_000);
    // The only request that P1 may have is under way.
    expect(await client.deliver(requests(3, 'P2').slice(1))).toEqual([DELIVERED, DELIVERED]);
    await client.close();
    expect(await slow).toMatchObject([{ kind: 'UNAVAILABLE' }]);
    expect([client.roomFor('P1'), client.roomFor('P2')]).toEqual(['NONE', 'ANY']);
  });

  test('opens at once for the time that a partner asks for', async () => {
    const partner = await aPartner();
    await partner.behave({ status: 429, retryAfterSeconds: 60 });
    const client = aClient(partner.ordersUrl, { concurrency: 1 });
    const outcomes = await client.deliver(requests(5));
    expect(outcomes.slice(0, 2)).toEqual([
      notTaken('HTTP 429', 'PARTNER', 60_000),
      notTaken('the partner takes no orders now', 'NOBODY'),
    ]);
    expect(await partner.summary()).toMatchObject({ requests: 1 });
  });
});

describe('the deadline', () => {
  test('ends the call, aborts what is under way and starts nothing more', async () => {
    let started = 0;
    let aborted = 0;
    const url = await aServer((request) => {
      started += 1;
      request.socket.once('close', () => (aborted += 1));
    });
    const client = aClient(url, { deadlineMs: 1_000, concurrency: 3 });
    expect(await client.deliver(requests(10))).toEqual(Array(10).fill(NO_TIME));
    await vi.waitFor(() => expect(aborted).toBe(3), 5_000);
    expect(started).toBe(3);
    expect(client.roomFor('P1')).toBe('ANY');
  });

  test('keeps what was delivered before it', async () => {
    const url = await aServer((request, response) => {
      const isFirst = request.headers['idempotency-key'] === 'k-0';
      request.resume().on('end', () => isFirst && response.writeHead(201).end());
    });
    const client = aClient(url, { deadlineMs: 2_000, concurrency: 2 });
    expect(await client.deliver(requests(3))).toEqual([DELIVERED, NO_TIME, NO_TIME]);
  });

  test('ends a pause between two requests too, and what the first one got counts', async () => {
    const partner = await aPartner();
    await partner.behave({ status: 503 });
    const client = aClient(partner.ordersUrl, { deadlineMs: 500, backoffMs: 60_000 });
    expect(await client.deliver(requests(1))).toEqual([notTaken('HTTP 503', 'PARTNER')]);
    expect(await partner.summary()).toMatchObject({ requests: 1 });
  });

  test('is that of the batch where this has less left, and leaves time for what is recorded afterwards', async () => {
    const url = await aServer((request) => void request.resume());
    const client = aClient(url, { deadlineMs: 60_000, timeoutMs: 60_000, reserveMs: 1_000 });
    expect(await withinMillis(1_100, () => client.deliver(requests(2)))).toEqual([NO_TIME, NO_TIME]);
    expect(await withinMillis(900, () => client.deliver(requests(2)))).toEqual([NO_TIME, NO_TIME]);
  });

  test('leaves nothing behind that the next call would have to wait for', async () => {
    let isHanging = true;
    const url = await aServer((request, response) => {
      request.resume().on('end', () => isHanging || response.writeHead(201).end());
    });
    const client = aClient(url, { concurrency: 2, reserveMs: 0 });
    expect(await withinMillis(100, () => client.deliver(requests(40)))).toEqual(Array(40).fill(NO_TIME));
    isHanging = false;
    expect(await client.deliver(requests(40))).toEqual(Array(40).fill(DELIVERED));
  });
});
