/** `parked list`, `retry` and `give-up` as a person calls them, and what the external-processor makes of it, against a PostgreSQL. */
import { userInfo } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { withPool } from '../../metastore/connection.js';
import type { Metastore } from '../../metastore/metastore.js';
import { migrate } from '../../metastore/migrate.js';
import { createPostgresMetastore } from '../../metastore/postgres.js';
import { orderStory } from '../../metastore/queries.js';
import { deadLetterCodec, v1 } from '../../proto/messages.js';
import { createRedeliverer } from '../../transforms/delivery/redelivery.js';
import { createExternalProcessor } from '../../transforms/external-processor.js';
import type { StepOutput } from '../../transforms/step/step.js';
import { startPostgres, type TestPostgres } from '../postgres.js';
import { aPartnerThat, notTaken, retryPolicy, routed } from '../transforms/delivery-fixtures.js';
import { EMPTY, anOrder, counting, externalRecord } from '../transforms/fixtures.js';
import { linesHere } from './here.js';
import { plainVault } from '../transforms/vaults.js';

let postgres: TestPostgres;
let metastore: Metastore;
const context = counting().context;
const confirmMs = 10_000;
/** An hour passes before anything is due by itself. */
const retry = { ...retryPolicy, retryMs: 3_600_000, retryMaxMs: 3_600_000 };
const partner = aPartnerThat(() => ({ kind: 'DELIVERED', status: 201 }));
const askedFor = () => partner.requests.map(({ body }) => (JSON.parse(body) as { orderId: string }).orderId);
/** A worker process; by its clock, nothing is safe before `confirmMs` have passed. */
const aWorker = (time = { now: 0 }) =>
  createRedeliverer({ vault: plainVault, metastore, partner, clock: () => time.now, retry, leaseMs: 0, confirmMs });

beforeAll(async () => {
  postgres = await startPostgres();
  await migrate(postgres.database);
  metastore = createPostgresMetastore(postgres.database, { connections: 2 });
  const orders = ['o-1', 'o-2', 'o-3', '007'].map((orderId) => anOrder({ orderId, messageId: `m-${orderId}` }));
  await routed(metastore, orders);
  const failing = aPartnerThat(() => notTaken('HTTP 500', { blame: 'ORDER' }));
  const deliver = createExternalProcessor({ metastore, partner: failing, retry, vault: plainVault });
  for (const [offset, order] of orders.entries()) await deliver([externalRecord(order, offset)], context);
});
afterAll(async () => {
  await metastore.close();
  await postgres.stop();
});
beforeEach(() => {
  process.exitCode = undefined;
  partner.requests.length = 0;
  vi.stubEnv('ORDERFLOW_POSTGRES_URL', postgres.url);
});
afterEach(() => {
  process.exitCode = undefined;
  vi.unstubAllEnvs();
});

const orderflow = async (...words: string[]) => (await linesHere('parked', ...words)).join('\n');
const orderSaid = async (...words: string[]) => (await linesHere('order', ...words)).join('\n');
const parked = async () => (JSON.parse(await orderflow('list', '--json')) as { parked: { orderId: string }[] }).parked;
const errorsOf = (outputs: readonly StepOutput[]) =>
  outputs.map(({ dead_letter: letter }) => deadLetterCodec.decode(letter?.value ?? EMPTY).error);

test('lists who waits for whom, since when, how often tried, when next and why', async () => {
  const anyTime = expect.any(Number) as number;
  const first = { orderId: 'o-1', attempt: 1, partnerId: 'P1', since: anyTime, tries: 1, nextTryAt: anyTime, lastAnswer: 'HTTP 500', givenUp: '' }; // prettier-ignore
  const all = await parked();
  expect(all[0]).toEqual(first);
  expect(all.map(({ orderId }) => orderId)).toEqual(['o-1', 'o-2', 'o-3', '007']);
  expect(await orderflow('list', '--limit', '1')).toMatch(
    /^order +partner +since +tries +next try +last answer\no-1 +P1 +\d{4}-\S+Z +1 +\d{4}-\S+Z +HTTP 500\nthese are the first 1: --limit shows more$/,
  );
  expect(await orderflow('list', '--partner', 'P-OTHER')).toBe('no orders wait for a partner');
});

test('shows of one order what `parked list` says of it', async () => {
  const [first] = await parked();
  expect(JSON.parse(await orderSaid('o-1', '--json'))).toMatchObject({ orderId: 'o-1', waiting: [first] });
  expect(await orderSaid('o-1')).toMatch(
    /\nwaits for P1 since \d{4}-\S+Z, tries 1, next try \d{4}-\S+Z, last answer HTTP 500$/,
  );
});

test('tries at once what is to be retried, and nothing else', async () => {
  expect(await orderflow('retry', 'o-1', '007', 'o-unknown')).toBe(
    'due now: 2\no-unknown is not waiting for a next try',
  );
  expect(process.exitCode).toBe(1);
  expect(await aWorker()(context)).toEqual([]);
  expect(askedFor().sort()).toEqual(['007', 'o-1']);
  expect((await parked()).map(({ orderId }) => orderId)).toEqual(['o-2', 'o-3']);
});

test('ends what is given up, once, though the worker dies before its dead letter is safe, and asks no partner', async () => {
  const text = `given up by ${userInfo().username}: sold out`;
  expect(await orderflow('give-up', 'o-2', '--why', 'sold out')).toMatch(/^given up: 1; the external-processor sets/);
  expect(await orderflow('give-up', 'o-2', '--why', 'again')).toMatch(/^given up: 1;/);
  expect(await orderflow('retry', 'o-2')).toBe('due now: 0\no-2 is not waiting for a next try');
  expect(await orderflow('list')).toContain(text);

  expect(errorsOf(await aWorker()(context))).toEqual([`the delivery failed: ${text}`]);
  // That worker is dead.
  const time = { now: 0 };
  const survivor = aWorker(time);
  const [letter] = await survivor(context);
  expect(deadLetterCodec.decode(letter?.dead_letter?.value ?? EMPTY)).toMatchObject({
    reason: v1.DeadLetterReason.DELIVERY_REFUSED,
    orderId: 'o-2',
    offset: 1,
  });
  expect(await survivor(context)).toEqual([]);
  time.now = confirmMs;
  expect(await survivor(context)).toEqual([]);
  expect((await parked()).map(({ orderId }) => orderId)).toEqual(['o-3']);
  expect(askedFor()).toEqual([]);
  const story = await withPool(postgres.database, (pool) => orderStory(pool, 'o-2'));
  expect(story!.publications[0]!.lines.map(({ status, detail }) => [status, detail]).slice(-2)).toEqual([
    ['DELIVERY_PENDING', 'HTTP 500'],
    ['DELIVERY_FAILED', text],
  ]);
});

test('delivers what was given up and is delivered meanwhile: the try that was under way counts', async () => {
  const [leased] = await metastore.leaseParkedDeliveries('P1', 1, 0);
  expect(leased).toBeUndefined();
  await orderflow('retry', '--all');
  const during = aPartnerThat(() => ({ kind: 'DELIVERED', status: 201 }));
  const giveUp = vi.fn(() => orderflow('give-up', '--partner', 'P1'));
  const slow = { ...during, deliver: async (batch: Parameters<typeof during.deliver>[0]) => (await (batch.length > 0 && giveUp()), during.deliver(batch)) }; // prettier-ignore
  const worker = createRedeliverer({
    vault: plainVault,
    metastore,
    partner: slow,
    clock: () => 0,
    retry,
    leaseMs: 60_000,
    confirmMs,
  });
  expect([await worker(context), await worker(context)]).toEqual([[], []]);
  expect(giveUp).toHaveBeenCalledOnce();
  expect(await parked()).toEqual([]);
  const story = await withPool(postgres.database, (pool) => orderStory(pool, 'o-3'));
  expect(story!.publications[0]!.lines.at(-1)).toMatchObject({ status: 'DELIVERED' });
});

test.each([
  [['retry'], 'name orders by their ids, or give --partner, or --all'],
  [['retry', 'o-1', '--all'], 'name orders by their ids, or give --partner, or --all'],
  [['give-up', '--all', '--partner', 'P1'], 'name orders by their ids, or give --partner, or --all'],
  [['give-up', 'o-1', '--why', 'x'.repeat(201)], '--why: expected at most 200 characters, and no control characters'],
  [['list', '--limit', '0'], '--limit: expected a whole number, 1 or more'],
])('refuses %j in one sentence', async (words, sentence) => {
  await expect(orderflow(...words)).rejects.toThrow(sentence);
});
