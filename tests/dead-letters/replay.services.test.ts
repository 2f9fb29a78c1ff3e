/** Replays against a real Kafka and PostgreSQL: cut off, killed and side by side; and what the stages make of the copies. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Config } from '../../config.js';
import { readLetters } from '../../dead-letters/letters.js';
import { replay, type Replayed, type ReplayOptions, type Selection } from '../../dead-letters/replay.js';
import { withSender, type Send } from '../../dead-letters/send.js';
import { kafkaClient } from '../../kafka/client.js';
import { readTopic, type TopicPosition } from '../../kafka/topic-reader.js';
import { applyTopics } from '../../kafka/topics.js';
import { up } from '../../local/up.js';
import { withPool } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import type { Metastore } from '../../metastore/metastore.js';
import { migrate } from '../../metastore/migrate.js';
import { createPostgresMetastore } from '../../metastore/postgres.js';
import { orderStory } from '../../metastore/queries.js';
import { readReleases } from '../../metastore/releases.js';
import type { KafkaRecord } from '../../model/record.js';
import type { TopicName } from '../../model/topics.js';
import { createReader } from '../../reconcile/read.js';
import { idempotencyKeyOf } from '../../transforms/delivery/partner-request.js';
import { createRedeliverer } from '../../transforms/delivery/redelivery.js';
import { createExternalProcessor } from '../../transforms/external-processor.js';
import type { Step, StepOutput } from '../../transforms/step/step.js';
import { createValidator } from '../../transforms/validator.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { aPartnerThat, notTaken, retryPolicy as retry, routed } from '../transforms/delivery-fixtures.js';
import { anOrder, counting, externalRecord, rawRecord, utf8 } from '../transforms/fixtures.js';
import { ofPlain, plainVault } from '../transforms/vaults.js';

let config: Config;
let metastore: Metastore;
let produce: (
  topic: TopicName,
  records: readonly { key: Uint8Array | null; value: Uint8Array | null }[],
) => Promise<void>;
let stopProducer: () => Promise<void>;
beforeAll(async () => {
  config = await localStack();
  await up(config, { only: ['kafka', 'postgres'], progress: 'silent' });
  await applyTopics(config);
  await migrate(databaseOf(config, 'owner'));
  metastore = createPostgresMetastore(databaseOf(config, 'owner'), { connections: 2 });
  const producer = kafkaClient(config, 'test').producer();
  await producer.connect();
  produce = async (topic, records) => {
    const buffer = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes);
    const messages = records.map(({ key, value }) => ({ key: buffer(key), value: buffer(value) }));
    await producer.send({ topic, acks: -1, messages });
  };
  stopProducer = () => producer.disconnect();
}, 600_000);
afterAll(async () => {
  await stopProducer();
  await metastore.close();
  await removeLocalStack(config);
});

const clock = Date.now;
const { context } = counting();

/** Where the topics stood before the test. */
const ends = new Map<TopicName, TopicPosition>();
beforeEach(async () => {
  for (const topic of ['raw_order', 'external_order', 'dead_letter'] as const)
    ends.set(topic, (await readTopic(config, topic, () => {})).position);
});
/** What has come to a topic since the test began, or since the reading before. */
async function newRecords(topic: TopicName): Promise<KafkaRecord[]> {
  const records: KafkaRecord[] = [];
  const { position } = await readTopic(config, topic, (record) => void records.push(record), { from: ends.get(topic) });
  ends.set(topic, position);
  return records;
}

/** Runs a step over records, and writes its dead letters; the other outputs. */
async function run(step: Step, records: readonly KafkaRecord[]): Promise<StepOutput[]> {
  const outputs = (await step(records, context)).flat();
  const letters = outputs.flatMap(({ dead_letter: letter }) => letter ?? []);
  if (letters.length > 0) await produce('dead_letter', letters);
  return outputs.filter((output) => !output.dead_letter);
}

let numbers = 0;
const anOrderOfNow = () => {
  numbers += 1;
  const seconds = Math.floor(Date.now() / 1000);
  const times = { createdAt: { seconds: seconds - 60, nanos: 0 }, promisedBy: { seconds: seconds + 1e6, nanos: 0 } };
  return anOrder({ orderId: `o-${numbers}`, messageId: `m-${numbers}`, ...times });
};

const validator = (maxOrderBytes = 900_000) => createValidator({ metastore, maxOrderBytes, ...ofPlain });

/** Orders on raw_order that were too large for the validator; and their dead letters' ids. */
async function tooLarge(count: number) {
  const orders = Array.from({ length: count }, anOrderOfNow);
  await produce(
    'raw_order',
    orders.map((order) => rawRecord(order)),
  );
  const records = await newRecords('raw_order');
  await run(validator(10), records);
  const ids = records.map(({ partition, offset }) => `raw_order/${partition}/${offset}/validator`);
  return { orders, records, ids };
}

const options: ReplayOptions = { by: 'test', why: 'the limit was raised' };
const outcomes = (replayed: readonly Replayed[]) => replayed.map(({ release, outcome }) => `${release} ${outcome}`);
const releasesOf = (letters: readonly string[]) =>
  withPool(databaseOf(config, 'operator'), (pool) => readReleases(pool, { letters }));
const bytesOf = (records: readonly Pick<KafkaRecord, 'key' | 'value'>[]) =>
  records
    .map(({ key, value }) => [key, value].map((bytes) => bytes && Buffer.from(bytes).toString('hex')).join())
    .sort();
const time = expect.any(Number) as number;

test('sends the original bytes back once, and again only when they have come back', async () => {
  const { records, ids } = await tooLarge(3);
  expect(outcomes(await replay(config, { ids }, options))).toEqual(['1 sent', '1 sent', '1 sent']);
  const copies = await newRecords('raw_order');
  expect(bytesOf(copies)).toEqual(bytesOf(records));
  expect(await releasesOf(ids.slice(0, 1))).toEqual([
    { letter: ids[0], number: 1, claimedAt: time, sentAt: time, by: 'test', why: 'the limit was raised' },
  ]);
  expect(outcomes(await replay(config, { ids }, options))).toEqual(['1 released', '1 released', '1 released']);
  expect(await newRecords('raw_order')).toEqual([]);

  // Still too large: they come back, under their names.
  await run(validator(10), copies);
  const { letters } = await readLetters(config);
  expect(letters.filter(({ id }) => ids.includes(id)).map(({ returned }) => returned)).toEqual([1, 1, 1]);
  expect(outcomes(await replay(config, { ids }, options))).toEqual(['2 sent', '2 sent', '2 sent']);
  const passed = await run(validator(), await newRecords('raw_order'));
  expect(passed.map((output) => Object.keys(output))).toEqual([['valid_order'], ['valid_order'], ['valid_order']]);
});

test('keeps keys and values as they were, absent ones too', async () => {
  const junk = [
    { key: null, value: utf8('no order') },
    { key: utf8('k'), value: Uint8Array.of(0, 255, 10, 13) },
    { key: utf8('k'), value: null },
  ];
  await produce('raw_order', junk);
  const records = await newRecords('raw_order');
  await run(validator(), records);
  await replay(config, { all: {} }, options);
  expect(bytesOf(await newRecords('raw_order'))).toEqual(bytesOf(junk));
});

test('says what it would send, and sends nothing', async () => {
  const { ids } = await tooLarge(2);
  expect(outcomes(await replay(config, { ids }, { ...options, isDryRun: true }))).toEqual(['1 sent', '1 sent']);
  expect([await newRecords('raw_order'), await releasesOf(ids)]).toEqual([[], []]);
  await replay(config, { ids }, options);
});

test('refuses an unknown id before anything is sent', async () => {
  const { ids } = await tooLarge(1);
  const selection: Selection = { ids: [...ids, 'raw_order/0/999999/validator'] };
  await expect(replay(config, selection, options)).rejects.toMatchObject({
    code: 'UNKNOWN_DEAD_LETTER',
    message:
      'there is no dead letter raw_order/0/999999/validator: `orderflow dead-letters list` shows those that there are',
  });
  expect(await newRecords('raw_order')).toEqual([]);
  await replay(config, { ids }, options);
});

test('sends thousands in batches, each once', async () => {
  const { records, ids } = await tooLarge(1_700);
  const replayed = await replay(config, { all: { step: 'validator' } }, options);
  expect(
    replayed
      .filter(({ outcome }) => outcome === 'sent')
      .map(({ id }) => id)
      .sort(),
  ).toEqual([...ids].sort());
  expect(bytesOf(await newRecords('raw_order'))).toEqual(bytesOf(records));
});

describe('cut off', () => {
  /** Works with Kafka's sender, that fails the first time: before it has sent, or after. */
  const withFailingSender = (isSent: boolean, work: (send: Send) => Promise<void>) =>
    withSender(config, async (send) => {
      let calls = 0;
      await work(async (records) => {
        calls += 1;
        if (calls > 1 || isSent) await send(records);
        if (calls === 1) throw new Error('cut off');
      });
    });

  test.each([false, true])(
    'when Kafka took the records: %s; the next replay sends the same release',
    async (isSent) => {
      const { orders, records, ids } = await tooLarge(2);
      await withFailingSender(isSent, async (send) => {
        await expect(replay(config, { ids }, { ...options, send })).rejects.toThrow('cut off');
        expect((await releasesOf(ids)).map(({ number, sentAt }) => [number, sentAt])).toEqual([
          [1, null],
          [1, null],
        ]);
        expect(outcomes(await replay(config, { ids }, { ...options, send }))).toEqual(['1 sent again', '1 sent again']);
      });
      const copies = await newRecords('raw_order');
      expect(bytesOf(copies)).toEqual(bytesOf(isSent ? [...records, ...records] : records));
      // However often it was sent, and whoever reads what again: each order passes once.
      expect(await run(validator(), copies)).toHaveLength(2);
      expect(await run(validator(), [...copies, ...records].reverse())).toHaveLength(2);
      for (const { orderId } of orders) {
        const story = await withPool(databaseOf(config, 'operator'), (pool) => orderStory(pool, orderId));
        expect(story!.publications.map(({ lines }) => lines.map(({ status, attempt }) => [status, attempt]))).toEqual([
          [
            ['RELEASED', 2],
            ['VALIDATED', 2],
          ],
        ]);
      }
    },
  );

  function killed(where: string): ChildProcess {
    const script = fileURLToPath(new URL('./killed-replay.mjs', import.meta.url));
    return spawn(process.execPath, [script, where], {
      env: config.environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  test.each([
    ['before sending', 1],
    ['after sending', 2],
  ])('by kill -9 %s', async (where, times) => {
    const { records, ids } = await tooLarge(2);
    const child = killed(where);
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    expect(outcomes(await replay(config, { ids }, options))).toEqual(['1 sent again', '1 sent again']);
    const copies = await newRecords('raw_order');
    expect(copies).toHaveLength(records.length * times);
    expect(await run(validator(), copies)).toHaveLength(2);
    expect(outcomes(await replay(config, { ids }, options))).toEqual(['1 released', '1 released']);
  });

  test('by kill -9 while another replay waits: that one goes on', async () => {
    const { records, ids } = await tooLarge(2);
    const child = killed('while sending');
    await once(child.stdout!, 'data');
    const onWait = vi.fn();
    const second = replay(config, { ids }, { ...options, onWait });
    await vi.waitUntil(() => onWait.mock.calls.length > 0, { timeout: 20_000 });
    child.kill('SIGKILL');
    expect(outcomes(await second)).toEqual(['1 sent again', '1 sent again']);
    expect(bytesOf(await newRecords('raw_order'))).toEqual(bytesOf(records));
  });
});

test('three replays at once send each letter once', async () => {
  const { records, ids } = await tooLarge(40);
  const all = await Promise.all([1, 2, 3].map(() => replay(config, { ids }, options)));
  expect(
    all
      .map(outcomes)
      .map((each) => each[0])
      .sort(),
  ).toEqual(['1 released', '1 released', '1 sent']);
  expect(bytesOf(await newRecords('raw_order'))).toEqual(bytesOf(records));
});

test('a refused delivery: released, tried under a new key, delivered; its history and the account say so', async () => {
  const order = anOrderOfNow();
  await produce('raw_order', [rawRecord(order)]);
  expect(await run(validator(), await newRecords('raw_order'))).toHaveLength(1);
  await produce('valid_order', [rawRecord(order)]);
  await routed(metastore, [order]);
  await produce('external_order', [externalRecord(order)]);
  const answers = [
    { kind: 'REFUSED', status: 422, reason: 'NO_STOCK' },
    // Due again at once.
    notTaken('HTTP 503', { blame: 'NOBODY' }),
    { kind: 'DELIVERED', status: 201 },
  ] as const;
  const partner = aPartnerThat(() => answers[partner.requests.length - 1] ?? answers[2]);
  const deliver = createExternalProcessor({ metastore, partner, retry, vault: plainVault });
  const records = await newRecords('external_order');
  await run(deliver, records);
  const release = async () => {
    const replayed = await replay(config, { all: { order: order.orderId } }, options);
    await run(deliver, [...(await newRecords('external_order')), ...records]);
    return outcomes(replayed);
  };
  const reader = () =>
    withPool(databaseOf(config, 'operator'), async (pool) => {
      // The partner here keeps no books.
      using read = createReader({ ...config, remote: { ...config.remote, partner: true } }, pool);
      await read.readOn();
      const { outcomes: sums, problems } = await read.report();
      const { deliveryFailed, deliveryPending, delivered } = sums;
      const of = problems.filter(({ orderId }) => orderId === order.orderId).map(({ what }) => what);
      return { deliveryFailed, deliveryPending, delivered, of };
    });
  expect(await reader()).toMatchObject({ deliveryFailed: 1, deliveryPending: 0, delivered: 0, of: [] });
  expect(await release()).toEqual(['1 sent']);
  expect(await reader()).toMatchObject({ deliveryFailed: 0, deliveryPending: 1, delivered: 0, of: [] });
  expect(await release()).toEqual(['1 released']);
  const redeliver = createRedeliverer({
    vault: plainVault,
    metastore,
    partner,
    clock,
    retry,
  });
  expect(await redeliver(context)).toEqual([]);
  expect(await reader()).toMatchObject({ deliveryFailed: 0, deliveryPending: 0, delivered: 1, of: [] });
  expect(partner.requests.map(({ idempotencyKey }) => idempotencyKey)).toEqual(
    [1, 2, 2].map((generation) => idempotencyKeyOf(order, generation)),
  );
  const story = await withPool(databaseOf(config, 'operator'), (pool) => orderStory(pool, order.orderId));
  expect(story!.publications[0]!.lines.map(({ status, attempt, detail }) => [status, attempt, detail])).toEqual([
    ['VALIDATED', 1, ''],
    ['ENRICHED', 1, ''],
    ['ROUTED', 1, ''],
    ['DELIVERY_FAILED', 1, 'HTTP 422 NO_STOCK'],
    ['RELEASED', 2, expect.stringMatching(/^release 1 of external_order\/\d\/\d+\/external-processor$/)],
    ['DELIVERY_PENDING', 2, 'HTTP 503'],
    ['DELIVERED', 2, 'HTTP 201'],
  ]);
  expect(story!.releases).toMatchObject([{ number: 1, by: 'test', why: 'the limit was raised' }]);
});
