/** What becomes of a running job when others work on its topic: delete it and make it anew, delete its records, give it partitions. */
import { request } from 'undici';
import { expect, test, vi } from 'vitest';
import { topicHealth, topicHealthText } from '../../cli/topic-health.js';
import type { Config } from '../../config.js';
import { readLetters } from '../../dead-letters/letters.js';
import { adoptTopic } from '../../flink/adoption.js';
import { listJobs } from '../../flink/jobs.js';
import { waitUntilRead } from '../../flink/readers.js';
import { askFlink } from '../../flink/rest.js';
import { restartStages, stopStages, submitMissing, waitUntilRunning } from '../../flink/stage-jobs.js';
import { topicOffsets, withKafkaAdmin } from '../../kafka/client.js';
import { withPool } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import { gapsSince } from '../../metastore/unread-gaps.js';
import { makeAnew } from '../kafka/make-anew.js';
import { useAggregator, type Aggregates, type TestOrder } from './aggregates.js';

const day = 86_400_000;
const topic = 'enriched_order';

let config: Config;
let aggregates: Aggregates;
let made = 0;

/** An order of its own; `ago` in ms. */
function anOrder(ago = 0): TestOrder {
  made += 1;
  return { orderId: `o-${made}`, place: 'L-1', createdAt: Date.now() - ago, quantity: made };
}

useAggregator((...itsOwn) => ([config, aggregates] = itsOwn));

const job = async () => (await listJobs(config))[0]!;
const status = async () => topicHealthText(await topicHealth(config, await listJobs(config)), config.partitions);

/** All that Flink says of why a job was restarted. */
async function exceptionsOf(jobId: string): Promise<string> {
  return JSON.stringify(await askFlink(config, `/jobs/${jobId}/exceptions`));
}

test('a topic that is made anew is named, and adopted with windows, claims and dead letters as they were', async () => {
  const [counted, more] = [anOrder(), anOrder()];
  await aggregates.publish([anOrder(day + 60_000)], { fate: 'TOO_LATE', partition: 0 });
  await aggregates.publish([counted], { partition: 1 });
  await aggregates.settled();
  // Read, and in no checkpoint yet when the topic goes.
  await aggregates.publish([{ ...more, createdAt: counted.createdAt }], { partition: 1 });
  await aggregates.settled();

  await makeAnew(config, topic);
  // At the places of the records of before: one to be set aside, and one that counts no more.
  await aggregates.publish([anOrder(day + 60_000)], { fate: 'TOO_LATE', partition: 0 });
  await aggregates.publish([counted], { fate: 'repeated', partition: 1 });
  await aggregates.publish([{ ...anOrder(), createdAt: counted.createdAt }], { partition: 1 });

  const sentence = `${topic} was deleted and made anew since`;
  const { id } = await job();
  await vi.waitUntil(async () => (await exceptionsOf(id)).includes(sentence), { timeout: 60_000, interval: 500 });
  await expect(restartStages(config, ['aggregator'], () => {})).rejects.toMatchObject({ code: 'TOPIC_MADE_ANEW' });
  expect((await status())[0]).toContain(sentence);

  const adopted = await adoptTopic(config, topic);
  expect(adopted).toMatchObject({ incarnation: 2, stages: [{ name: 'aggregator', state: {} }] });
  await aggregates.settled();
  expect((await readLetters(config)).letters.map((letter) => letter.id)).toEqual([
    `${topic}/0/0/aggregator`,
    `${topic}~2/0/0/aggregator`,
  ]);
  expect(await status()).toEqual([]);
  await expect(adoptTopic(config, topic)).rejects.toMatchObject({ code: 'NOTHING_TO_ADOPT' });

  // From now on it goes on in the new topic as ever.
  const kinds: (string | undefined)[] = [];
  await restartStages(config, ['aggregator'], ({ state }) => kinds.push(state?.kind));
  expect(kinds).toEqual(['savepoint']);
  await aggregates.publish([{ ...anOrder(), createdAt: counted.createdAt }]);
  await aggregates.settled();
}, 300_000);

test('records that were deleted unread are named: in the metastore, by a metric, and by status', async () => {
  const endOf = async () =>
    (await withKafkaAdmin(config, (admin) => topicOffsets(admin, topic))).find(({ partition }) => partition === 1)!
      .high;
  await stopStages(config, ['aggregator']);
  const first = await endOf();
  // Nobody will count them.
  await aggregates.publish([anOrder(), anOrder(), anOrder()], { fate: 'repeated', partition: 1 });
  await withKafkaAdmin(config, async (admin) => {
    await admin.fetchTopicMetadata({ topics: [topic] });
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 1, offset: String(await endOf()) }] });
  });
  await aggregates.publish([anOrder()], { partition: 1 });
  await submitMissing(config, ['aggregator']);
  await waitUntilRunning(config, ['aggregator']);
  await aggregates.settled();

  const gaps = await withPool(databaseOf(config, 'operator'), (pool) => gapsSince(pool, 0));
  const gap = { stage: 'aggregator', topic: `${topic}~2`, partition: 1, first, next: first + 3 };
  expect(gaps).toEqual([{ ...gap, noticedAt: expect.any(Number) }]);
  // The router, which reads the topic as well, never ran.
  expect((await status()).filter((line) => line.includes('before the aggregator'))).toEqual([
    expect.stringContaining(`3 records of ${topic}~2 were deleted by Kafka before the aggregator had read them`),
  ]);
  const metrics = async () => {
    const { body } = await request(`http://${config.host}:${config.ports.workerMetrics}/metrics`);
    return body.text();
  };
  const line = new RegExp(`^orderflow_worker_counter_total\\{.*counter="deleted_unread.${topic}~2/1".*\\} 3$`, 'm');
  await vi.waitUntil(async () => line.test(await metrics()), { timeout: 30_000, interval: 500 });
}, 300_000);

test('partitions that somebody else has added are read, named, and survive a restart', async () => {
  await withKafkaAdmin(config, (admin) => admin.createPartitions({ topicPartitions: [{ topic, count: 6 }] }));
  await waitUntilRead(config, new Map([[topic, 6]]));
  await aggregates.publish([anOrder()], { partition: 5 });
  await aggregates.settled();
  expect(await status()).toContainEqual(expect.stringContaining(`${topic} has 6 partitions`));
  await restartStages(config, ['aggregator'], () => {});
  await aggregates.publish([anOrder(), anOrder()], { partition: 4 });
  await aggregates.settled();
}, 300_000);
