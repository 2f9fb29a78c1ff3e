/** Whatever a legal record holds, our reader reads on: headers, codecs, batches and marks of transactions of other people's producers. */
import { CompressionCodecs, CompressionTypes } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '../../config.js';
import { kafkaClient, withKafkaAdmin } from '../../kafka/client.js';
import { codecOf } from '../../kafka/codecs.js';
import { readTopic } from '../../kafka/topic-reader.js';
import { applyTopics } from '../../kafka/topics.js';
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
afterAll(() => removeLocalStack(config));

async function read(topic: TopicName, from?: number): Promise<KafkaRecord[]> {
  const records: KafkaRecord[] = [];
  await readTopic(config, topic, (record) => void records.push(record), { from: new Map([[0, from ?? 0]]) });
  return records;
}

const headersOf = ({ headers }: KafkaRecord) =>
  headers?.map(({ key, value }): [string, number[] | null] => [key, value && [...value]]);
const bytes = (text: string) => [...Buffer.from(text)];

describe('headers', () => {
  it('are read as a list: null values, any name, names that come again, in their order', async () => {
    await produceForeign(config, 'raw_order', 'odd-headers');
    const [record] = await read('raw_order');
    const odd = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', '', 'ü'];
    expect(headersOf(record!)).toEqual([
      ['none', null],
      ['empty', []],
      ...odd.map((name) => [name, bytes(name)]),
      ['twice', [1]],
      ['between', [0xff, 0]],
      ['twice', null],
      ['__proto__', null],
    ]);
  });

  it('may be 20,000 on each of ten records', async () => {
    await produceForeign(config, 'valid_order', 'many-headers', { count: 10, codec: 'gzip' });
    const records = await read('valid_order');
    expect(records.map(({ headers }) => headers?.length)).toEqual(Array.from({ length: 10 }, () => 20_000));
    expect(headersOf(records[9]!)?.at(-1)).toEqual(['h19999', [7]]);
  });
});

describe('batches', () => {
  it('may hold more records than a function takes arguments', async () => {
    await produceForeign(config, 'enriched_order', 'tiny', { count: 400_000, codec: 'gzip' });
    const records = await read('enriched_order');
    expect(records).toHaveLength(400_000);
    expect(records.at(-1)).toMatchObject({ offset: 399_999, key: null, value: null });
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('are read that are compressed by %s', async (codec) => {
    const [end] = await withKafkaAdmin(config, (admin) => admin.fetchTopicOffsets('rejected_order'));
    await produceForeign(config, 'rejected_order', 'plain', { codec, count: 1_000 });
    const records = await read('rejected_order', Number(end!.high));
    expect(records.map(({ key }) => String(key))).toEqual(Array.from({ length: 1_000 }, (_, index) => `key-${index}`));
    expect(records.every(({ value }) => String(value) === 'v'.repeat(200))).toBe(true);
  });

  it('whose codec does not work on this machine end the reading with its name', async () => {
    const present = CompressionCodecs[CompressionTypes.ZSTD];
    await produceForeign(config, 'internal_order', 'plain', { codec: 'zstd' });
    CompressionCodecs[CompressionTypes.ZSTD] = codecOf('zstd', 'fzstd', () =>
      Promise.reject(new Error('no such file')),
    );
    try {
      await expect(read('internal_order')).rejects.toMatchObject({
        code: 'CODEC_MISSING',
        message: expect.stringContaining('compressed with zstd, and the package fzstd'),
      });
    } finally {
      CompressionCodecs[CompressionTypes.ZSTD] = present;
    }
    expect(await read('internal_order')).toHaveLength(1);
  });
});

describe('transactions', () => {
  const transactional = async (transactionalId: string) => {
    const producer = kafkaClient(config, 'test').producer({
      transactionalId,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    return {
      send: (key: string) =>
        transaction.send({ topic: 'external_order', messages: [{ key, value: 'v', partition: 0 }] }),
      async abort(): Promise<void> {
        await transaction.abort();
        await producer.disconnect();
      },
    };
  };

  it('that are aborted show nothing, in whatever order they end, and whatever their keys are', async () => {
    const [first, second] = [await transactional('first'), await transactional('second')];
    await first.send('begun first');
    await second.send('begun second');
    // As the key of the mark that ends an aborted transaction.
    await second.send('\0\0\0\0');
    await second.send('begun second, too');
    await second.abort();
    await first.send('begun first, too');
    await first.abort();
    await produceForeign(config, 'external_order', 'plain');
    expect((await read('external_order')).map(({ key }) => String(key))).toEqual(['key-0']);
  });
});
