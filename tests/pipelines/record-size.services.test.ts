/** What Kafka takes and refuses, tried on a broker: the limits on sizes hold where they are said to. */
import { gzipSync } from 'node:zlib';
import { CompressionTypes, type Producer } from 'kafkajs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Config } from '../../config.js';
import { kafkaClient } from '../../kafka/client.js';
import { readTopic } from '../../kafka/topic-reader.js';
import { applyTopics } from '../../kafka/topics.js';
import { up } from '../../local/up.js';
import { createInMemoryMetastore } from '../../metastore/in-memory.js';
import { limits } from '../../model/limits.js';
import type { KafkaRecord } from '../../model/record.js';
import type { TopicName } from '../../model/topics.js';
import { createStageFunctions, type StageDependencies } from '../../pipelines/stage-functions.js';
import { deadLetterCodec } from '../../proto/messages.js';
import type { StepOutput } from '../../transforms/step/step.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { reference } from '../metastore/orders.js';
import { NOW } from '../transforms/fixtures.js';
import { ofPlain } from '../transforms/vaults.js';

let config: Config;
let producer: Producer;
beforeAll(async () => {
  config = await localStack({ ORDERFLOW_PARTITIONS: '1' });
  await up(config, { only: ['kafka'], progress: 'silent' });
  await applyTopics(config);
  producer = kafkaClient(config, 'test').producer();
  await producer.connect();
}, 600_000);
afterAll(async () => {
  await producer?.disconnect();
  await removeLocalStack(config);
});

const send = (
  topic: TopicName,
  value: Uint8Array | null,
  key: Uint8Array | null,
  compression = CompressionTypes.None,
) =>
  producer.send({
    topic,
    acks: -1,
    compression,
    // Named, since kafkajs hashes a large key for seconds.
    messages: [{ partition: 0, key: key && Buffer.from(key), value: value && Buffer.from(value) }],
  });

async function lastRecord(topic: TopicName): Promise<KafkaRecord> {
  let last: KafkaRecord | undefined;
  await readTopic(config, topic, (record) => void (last = record));
  return last!;
}

/** Bytes of a batch of one record beside key and value, at most: its header, and the record's lengths and times. */
const OVERHEAD = 61 + 20;
const isTooLarge = { type: 'MESSAGE_TOO_LARGE' };

/** The largest value that the topic takes with a key of that many bytes; found, since the record's own lengths are varints. */
async function largestValue(topic: TopicName, size: number, key: Uint8Array): Promise<Uint8Array> {
  for (let length = size - key.length - OVERHEAD + 20; ; length--) {
    const value = Buffer.alloc(length, 0x78);
    const isTaken = await send(topic, value, key).then(
      () => true,
      (error: { type?: string }) => {
        expect(error).toMatchObject(isTooLarge);
        return false;
      },
    );
    if (isTaken) return value;
  }
}

function validate(record: KafkaRecord): Promise<readonly (readonly StepOutput[])[]> {
  const call = createStageFunctions.validator({
    metastore: createInMemoryMetastore(reference, () => NOW),
    clock: () => NOW,
    maxOrderBytes: config.maxOrderBytes,
    ...ofPlain,
  } as unknown as StageDependencies) as unknown as (
    records: readonly KafkaRecord[],
    context: object,
  ) => ReturnType<typeof validate>;
  return call([record], { count: () => undefined });
}

it.each([
  ['value', Buffer.from('key')],
  ['key', Buffer.alloc(limits.rawRecordBytes - 2_000, 0x6b)],
])('a record with the largest %s that raw_order takes fits as a dead letter, whole', async (_what, key) => {
  const value = await largestValue('raw_order', limits.rawRecordBytes, key);
  expect(key.length + value.length).toBeGreaterThan(limits.rawRecordBytes - 100);
  const record = await lastRecord('raw_order');
  const [[output] = []] = await validate(record);
  const { key: letterKey, value: letterValue } = output!.dead_letter!;
  await send('dead_letter', letterValue, letterKey);
  const letter = deadLetterCodec.decode((await lastRecord('dead_letter')).value!);
  expect(letter.error).not.toMatch(/kept/);
  expect(Buffer.compare(letter.value, value)).toBe(0);
  expect(Buffer.compare(letter.key, key)).toBe(0);
});

it('refuses a record on raw_order that unpacks to more than the topic takes, however small it is when packed', async () => {
  const value = Buffer.alloc(20 * 1024 * 1024, 0x78);
  expect(gzipSync(value).length).toBeLessThan(50_000);
  const before = await lastRecord('raw_order').catch(() => undefined);
  await expect(send('raw_order', value, Buffer.from('bomb'), CompressionTypes.GZIP)).rejects.toMatchObject(isTooLarge);
  expect((await lastRecord('raw_order'))?.offset).toBe(before?.offset);
});

it('takes packed records whose contents fit', async () => {
  const value = Buffer.alloc(1024 * 1024, 0x78);
  await send('raw_order', value, Buffer.from('packed'), CompressionTypes.GZIP);
  expect((await lastRecord('raw_order')).value!.length).toBe(value.length);
});
