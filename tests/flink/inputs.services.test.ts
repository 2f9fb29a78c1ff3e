/** What is said of the topics that stages read, by a real Kafka and a real PostgreSQL. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { topicHealth, topicHealthText } from '../../cli/topic-health.js';
import type { Config } from '../../config.js';
import { checkInputs, knownInputs } from '../../flink/inputs.js';
import { kafkaProducer, withKafkaAdmin } from '../../kafka/client.js';
import { topicIds } from '../../kafka/topic-ids.js';
import { applyTopics } from '../../kafka/topics.js';
import { up } from '../../local/up.js';
import { createPool, statementRunner, type Pool } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import { prepareSchema } from '../../metastore/prepare.js';
import { recordGaps } from '../../metastore/unread-gaps.js';
import { stageNames } from '../../model/stages.js';
import { createReader } from '../../reconcile/read.js';
import { localStack, removeLocalStack } from '../local-stack.js';

let config: Config;
let pool: Pool;
beforeAll(async () => {
  config = await localStack({ ORDERFLOW_PARTITIONS: '2' });
  await up(config, { only: ['kafka', 'postgres'], progress: 'silent' });
  await applyTopics(config);
  await prepareSchema(config, Date.now());
  pool = createPool(databaseOf(config, 'owner'), { connections: 2 });
}, 600_000);
afterAll(async () => {
  await pool?.end();
  await removeLocalStack(config);
}, 60_000);

async function write(topic: string, count: number): Promise<void> {
  const producer = kafkaProducer(config, 'test');
  await producer.connect();
  const messages = Array.from({ length: count }, () => ({ value: 'x', partition: 0 }));
  await producer.send({ topic, messages });
  await producer.disconnect();
}

const commit = (groupId: string, topic: string, offset: number) =>
  withKafkaAdmin(config, (admin) =>
    admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: String(offset) }] }),
  );

const lines = async () => topicHealthText(await topicHealth(config, []), config.partitions);

test('Kafka tells the id of each topic that is there', async () => {
  const ids = await topicIds(config, ['raw_order', 'valid_order', 'no_such_topic']);
  expect([...ids.keys()].sort()).toEqual(['raw_order', 'valid_order']);
  expect([...ids.values()].every((id) => /^[\w-]{22}$/.test(id))).toBe(true);
  expect(new Set(ids.values()).size).toBe(2);
});

test('topics that nobody knew are those of the first incarnation, for good', async () => {
  await checkInputs(config, pool, stageNames);
  const known = await knownInputs(config, pool, stageNames);
  const ids = await topicIds(config, [...known.keys()]);
  expect([...known.values()].map(({ topic, incarnation, topicId }) => [topic, incarnation, topicId]).sort()).toEqual(
    ['enriched_order', 'external_order', 'raw_order', 'valid_order'].map((topic) => [topic, 1, ids.get(topic)]),
  );
  expect(await knownInputs(config, pool, stageNames)).toEqual(known);
  expect(await lines()).toEqual([]);
});

test('a topic that ends before what a stage has committed is named, and nothing is submitted over it', async () => {
  await write('valid_order', 3);
  await commit('enricher', 'valid_order', 3);
  await checkInputs(config, pool, ['enricher']);
  await commit('enricher', 'valid_order', 5);
  const sentence =
    'the enricher has read valid_order 0@4, and the topic ends at 0@3: it was made anew, or has lost records: ' +
    '`orderflow topics adopt valid_order` reads it from its beginning';
  await expect(checkInputs(config, pool, ['enricher'])).rejects.toMatchObject({
    code: 'TOPIC_TOO_SHORT',
    message: sentence,
  });
  await checkInputs(config, pool, ['validator']);
  expect(await lines()).toEqual([`PROBLEM: ${sentence}`]);
  await commit('enricher', 'valid_order', 3);
});

test('what was deleted unread is named, whether a stage has come to it or not', async () => {
  await write('enriched_order', 10);
  await commit('router', 'enriched_order', 2);
  await commit('aggregator', 'enriched_order', 10);
  await withKafkaAdmin(config, async (admin) => {
    await admin.fetchTopicMetadata({ topics: ['enriched_order'] });
    await admin.deleteTopicRecords({ topic: 'enriched_order', partitions: [{ partition: 0, offset: '6' }] });
  });
  const ahead =
    'WARNING: 4 records of enriched_order were deleted by Kafka before the router had read them, 0@2 to 0@5';
  expect(await lines()).toEqual([`${ahead} (it has not come to them yet)`]);

  const gap = { stage: 'router', topic: 'enriched_order', partition: 0, first: 2, next: 6 } as const;
  const run = statementRunner(pool, 4_000);
  await recordGaps(run, [gap]);
  await recordGaps(run, [gap, { ...gap, next: 5 }]);
  await commit('router', 'enriched_order', 10);
  expect(await lines()).toEqual([expect.stringMatching(`^${ahead} \\(noticed 2\\d{3}-.*Z\\)$`)]);

  using reader = createReader(config, pool);
  await reader.readOn();
  expect((await reader.report()).problems).toContainEqual({
    kind: 'lost',
    count: 4,
    topic: 'enriched_order',
    position: '0@2',
    what: expect.stringMatching(/^to 0@5 were deleted by Kafka before the router had read them, which it came to at /),
  });
  await pool.query('DELETE FROM unread_gaps');
});

test('partitions that somebody else has added are named', async () => {
  await withKafkaAdmin(config, (admin) =>
    admin.createPartitions({ topicPartitions: [{ topic: 'external_order', count: 3 }] }),
  );
  await vi.waitUntil(async () => (await lines()).length > 0, { timeout: 20_000 });
  expect(await lines()).toEqual([
    'external_order has 3 partitions, and ORDERFLOW_PARTITIONS says 2: set it to 3, and `orderflow topics grow` gives the other topics as many',
  ]);
  expect(topicHealthText({ ...(await topicHealth(config, [])), otherPartitions: [] }, 2)).toEqual([]);
  const unread = [{ stage: 'validator', topic: 'raw_order', partitions: [4, 5] }] as const;
  expect(topicHealthText({ problems: [], unread, otherPartitions: [], gaps: [] }, 2)).toEqual([
    'PROBLEM: the validator does not read partition 4, 5 of raw_order: `orderflow restart validator`',
  ]);
});

test('a topic that is deleted, and then made anew, is named, and nothing is submitted over it', async () => {
  const ids = await topicIds(config, ['raw_order']);
  await withKafkaAdmin(config, (admin) => admin.deleteTopics({ topics: ['raw_order'] }));
  await vi.waitUntil(async () => (await topicIds(config, ['raw_order'])).size === 0, { timeout: 20_000 });
  await expect(checkInputs(config, pool, ['validator'])).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
  expect(await lines()).toEqual([
    'PROBLEM: raw_order was deleted: `orderflow topics apply` makes it, and `orderflow topics adopt raw_order` has its stages read it',
  ]);

  await applyTopics(config);
  expect((await topicIds(config, ['raw_order'])).get('raw_order')).not.toBe(ids.get('raw_order'));
  const sentence =
    'raw_order was deleted and made anew since its stages read it: `orderflow topics adopt raw_order` goes on with the new one';
  await expect(checkInputs(config, pool, stageNames)).rejects.toMatchObject({
    code: 'TOPIC_MADE_ANEW',
    message: sentence,
  });
  await checkInputs(config, pool, ['enricher', 'router']);
  expect(await lines()).toContain(`PROBLEM: ${sentence}`);
  // It is not taken for the one that is known.
  expect((await knownInputs(config, pool, ['validator'])).get('raw_order')!.topicId).toBe(ids.get('raw_order'));
});
