/** How far a stage is, where its input holds more than records: marks of transactions, and what was aborted. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Config } from '../../config.js';
import { countTopic } from '../../druid/topic-counts.js';
import { kafkaClient, withKafkaAdmin } from '../../kafka/client.js';
import { stageLag } from '../../kafka/lag.js';
import { withRecords } from '../../kafka/reach.js';
import { applyTopics } from '../../kafka/topics.js';
import { up } from '../../local/up.js';
import type { StageName } from '../../model/stages.js';
import type { TopicName } from '../../model/topics.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { produceForeign } from './foreign-producer.js';

let config: Config;
beforeAll(async () => {
  config = await localStack({ ORDERFLOW_PARTITIONS: '2' });
  await up(config, { only: ['kafka'], progress: 'silent' });
  await applyTopics(config);
}, 600_000);
afterAll(() => removeLocalStack(config));

/** As the stage's job does when a checkpoint completes: behind the last record that it has read. */
const commit = (stage: StageName, topic: TopicName, offset: number) =>
  withKafkaAdmin(config, (admin) =>
    admin.setOffsets({ groupId: stage, topic, partitions: [{ partition: 0, offset: String(offset) }] }),
  );

const endOf = async (topic: TopicName) =>
  Number(
    (await withKafkaAdmin(config, (admin) => admin.fetchTopicOffsets(topic))).find((of) => of.partition === 0)!.high,
  );

describe('the lag of a stage', () => {
  it('is 0 when it has read the last record, whatever comes after it', async () => {
    await produceForeign(config, 'raw_order', 'transaction', { count: 10 });
    await vi.waitFor(async () => expect(await endOf('raw_order')).toBe(11), { timeout: 20_000 });
    await commit('validator', 'raw_order', 10);
    expect(await stageLag(config)).toMatchObject({ validator: 0 });
    // More of them than one answer of the broker holds.
    await produceForeign(config, 'raw_order', 'abort', { count: 5_000 });
    await vi.waitFor(async () => expect(await endOf('raw_order')).toBe(5_012), { timeout: 20_000 });
    expect(await stageLag(config)).toMatchObject({ validator: 0 });
    await produceForeign(config, 'raw_order', 'plain');
    expect(await stageLag(config)).toMatchObject({ validator: 5_003 });
    await commit('validator', 'raw_order', 5_013);
    expect(await stageLag(config)).toMatchObject({ validator: 0 });
  });

  it('counts all records of a topic of which it has committed nothing', async () => {
    await produceForeign(config, 'valid_order', 'plain', { count: 7 });
    expect(await stageLag(config)).toMatchObject({ enricher: 7, router: 0 });
  });
});

describe('withRecords', () => {
  it('leaves no connection behind, however many partitions it asks for at once', async () => {
    const connections = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
    await produceForeign(config, 'internal_order', 'plain', { count: 20 });
    const before = connections();
    const stretches = Array.from({ length: 20 }, (_, from) => ({
      topic: 'internal_order',
      partition: 0,
      from,
      to: 20,
    }));
    expect(await withRecords(config, stretches)).toEqual(new Set(stretches));
    await vi.waitFor(() => expect(connections()).toBe(before), { timeout: 20_000 });
  });

  it('waits for no transaction that is open', async () => {
    const producer = kafkaClient(config, 'test').producer({
      transactionalId: 'open',
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    const topic = 'enriched_order';
    await transaction.send({ topic, messages: [{ value: 'v', partition: 0 }] });
    const stretch = { topic, partition: 0, from: 0, to: 1 };
    expect(await withRecords(config, [stretch])).toEqual(new Set());
    await transaction.commit();
    await producer.disconnect();
    await vi.waitFor(async () => expect(await withRecords(config, [stretch])).toEqual(new Set([stretch])), {
      timeout: 20_000,
    });
  });
});

it("what is compared with Druid ends behind the last record, as Druid's own position does", async () => {
  await produceForeign(config, 'external_order', 'transaction', { count: 3 });
  await produceForeign(config, 'external_order', 'abort', { count: 2 });
  expect(await countTopic(config, 'external_order')).toMatchObject({ records: 3, end: new Map([[0, 3]]) });
});
