/** Reading a part of a partition: the same records whenever it is read, whatever else stands there, and whatever happens to the broker. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Config } from '../../config.js';
import { kafkaClient, withKafkaAdmin } from '../../kafka/client.js';
import { readStretch, type Stretch } from '../../kafka/stretches.js';
import { readTopic } from '../../kafka/topic-reader.js';
import { applyTopics } from '../../kafka/topics.js';
import { killService, startService } from '../../local/lifecycle.js';
import { up } from '../../local/up.js';
import type { KafkaRecord } from '../../model/record.js';
import type { TopicName } from '../../model/topics.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { produceForeign } from './foreign-producer.js';

let config: Config;
beforeAll(async () => {
  config = await localStack({ ORDERFLOW_PARTITIONS: '1' });
  await up(config, { only: ['kafka'], progress: 'silent' });
  await applyTopics(config);
}, 600_000);
afterAll(() => removeLocalStack(config), 60_000);

async function read(stretch: Stretch, onRecords: () => Promise<void> = async () => {}): Promise<KafkaRecord[]> {
  const all: KafkaRecord[] = [];
  for await (const records of readStretch(config, stretch)) {
    all.push(...records);
    await onRecords();
  }
  return all;
}

async function write(topic: TopicName, count: number, bytes: number): Promise<void> {
  const producer = kafkaClient(config, 'test').producer();
  await producer.connect();
  for (let sent = 0; sent < count; sent += 100) {
    const value = Buffer.alloc(bytes, 'x');
    await producer.send({
      topic,
      messages: Array.from({ length: 100 }, (_, index) => ({ key: `${sent + index}`, value })),
    });
  }
  await producer.disconnect();
}

test('is what any reader sees of it: no marks, nothing that was aborted, and no more than is asked for', async () => {
  const topic = 'valid_order';
  await produceForeign(config, topic, 'transaction', { count: 10 });
  await produceForeign(config, topic, 'abort', { count: 5_000 });
  await produceForeign(config, topic, 'odd-headers');
  await produceForeign(config, topic, 'plain', { count: 20 });
  const all: KafkaRecord[] = [];
  const { position } = await readTopic(config, topic, (record) => void all.push(record));
  const end = position.get(0)!;
  expect(await read({ topic, partition: 0, from: 0, to: end })).toEqual(all);
  // 11 is the mark of the transaction that was committed; then come those that were aborted.
  const part = all.filter(({ offset }) => offset >= 7 && offset < end - 3);
  expect(await read({ topic, partition: 0, from: 7, to: end - 3 })).toEqual(part);
  expect(await read({ topic, partition: 0, from: 11, to: 5_000 })).toEqual([]);
});

test('goes on where it was when the broker was killed', async () => {
  const topic = 'internal_order';
  await write(topic, 4_000, 2_000);
  let restart: Promise<unknown> | undefined;
  const records = await read({ topic, partition: 0, from: 0, to: 4_000 }, async () => {
    if (restart) return;
    killService(config, 'kafka');
    // Its port is free only once it is gone.
    restart = vi.waitUntil(() => startService(config, 'kafka').catch(() => false), { timeout: 60_000, interval: 200 });
  });
  await restart;
  expect(records.map(({ offset }) => offset)).toEqual(Array.from({ length: 4_000 }, (_, index) => index));
}, 180_000);

test('says that records were deleted', async () => {
  const topic = 'external_order';
  await write(topic, 100, 10);
  await withKafkaAdmin(config, async (admin) => {
    // With which kafkajs learns who leads the partition.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '50' }] });
  });
  await expect(read({ topic, partition: 0, from: 40, to: 100 })).rejects.toMatchObject({
    code: 'RECORDS_DELETED',
    message: 'external_order/0 has no record 40 any more: Kafka deletes what is older than ORDERFLOW_RETENTION_MS',
  });
  expect(await read({ topic, partition: 0, from: 50, to: 100 })).toHaveLength(50);
});

test('says that a topic was made anew that has become shorter, and does not wait for its end', async () => {
  const topic = 'rejected_order';
  await write(topic, 100, 10);
  await expect(read({ topic, partition: 0, from: 0, to: 101 })).rejects.toMatchObject({
    code: 'TOPIC_MADE_ANEW',
    message: expect.stringContaining('rejected_order/0 ends at 100, and was to be read up to 101') as string,
  });
}, 180_000);
