import { Partitioners } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Config } from '../../config.js';
import { kafkaClient, withKafkaAdmin } from '../../kafka/client.js';
import { followTopic, readTopic } from '../../kafka/topic-reader.js';
import { applyTopics, desiredTopic, growTopics, planTopic, type TopicState } from '../../kafka/topics.js';
import { up } from '../../local/up.js';
import type { KafkaRecord } from '../../model/record.js';
import { allTopicNames, topicNames } from '../../model/topics.js';
import { localStack, removeLocalStack } from '../local-stack.js';

/** Kafka's number of the resource type, as kafkajs has it in ConfigResourceTypes. */
const TOPIC = 2;

let config: Config;
beforeAll(async () => {
  config = await localStack({ ORDERFLOW_PARTITIONS: '3' });
  await up(config, { only: ['kafka'], progress: 'silent' });
}, 600_000);
afterAll(() => removeLocalStack(config));

describe('planTopic', () => {
  const current: TopicState = { partitions: 2, replication: 1, configs: { 'retention.ms': '5', 'segment.ms': '9' } };
  const desired: TopicState = { partitions: 4, replication: 1, configs: { 'retention.ms': '7' } };

  it('names what differs', () => {
    expect(planTopic('raw_order', desired, current)).toEqual({
      topic: 'raw_order',
      action: 'changed',
      partitions: 2,
      details: ['retention.ms 5 -> 7', 'keeps its 2 partitions: `orderflow topics grow` makes them 4'],
    });
  });

  it('says what cannot be changed, and changes nothing for it', () => {
    const larger = { ...current, partitions: 8, replication: 3, configs: desired.configs };
    expect(planTopic('raw_order', desired, larger)).toEqual({
      topic: 'raw_order',
      action: 'unchanged',
      partitions: 8,
      details: [
        'keeps its 8 partitions: Kafka takes none away',
        'keeps replication 3: change it with kafka-reassign-partitions',
      ],
    });
  });
});

describe('desiredTopic', () => {
  const copies = (replication: number, present?: TopicState) =>
    desiredTopic({ ...config, replication }, 'raw_order', present).configs['min.insync.replicas'];

  it('has a record on all brokers but one before it counts as written', () => {
    expect([1, 2, 3, 5].map((replication) => copies(replication))).toEqual(['1', '1', '2', '4']);
  });

  it('goes by the replication that a topic has, which stays', () => {
    expect(copies(3, { partitions: 1, replication: 1, configs: {} })).toBe('1');
    expect(copies(1, { partitions: 1, replication: 3, configs: {} })).toBe('2');
  });
});

// The broker says yes before it shows a change: what is read back is waited for.
const patience = { timeout: 20_000, interval: 100 };

async function ownConfigs(topic: string): Promise<Record<string, string>> {
  const { resources } = await withKafkaAdmin(config, (admin) =>
    admin.describeConfigs({ includeSynonyms: false, resources: [{ type: TOPIC, name: topic }] }),
  );
  const own = resources[0]!.configEntries.filter(({ isDefault }) => !isDefault);
  return Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue]));
}

it('keeps dead letters for longer than records, and lets no segment live for more than a day', () => {
  expect(desiredTopic(config, 'raw_order').configs).toMatchObject({
    'retention.ms': '604800000',
    'segment.ms': '86400000',
  });
  expect(desiredTopic(config, 'dead_letter').configs).toMatchObject({
    'retention.ms': '2592000000',
    'segment.ms': '86400000',
  });
});

describe('applyTopics', () => {
  /** It has one partition, and goes by a retention of its own. */
  const audit = { topic: 'audit', action: 'unchanged', partitions: 1, details: [] };

  it('creates all topics of the table, then finds nothing to do', async () => {
    const created = await applyTopics(config);
    expect(created.map(({ topic, action }) => [topic, action])).toEqual(allTopicNames.map((name) => [name, 'created']));
    const again = [...topicNames.map((topic) => ({ topic, action: 'unchanged', partitions: 3, details: [] })), audit];
    await vi.waitFor(async () => expect(await applyTopics(config)).toEqual(again), patience);
  });

  it('sets what differs, and leaves partitions and other settings alone', async () => {
    const configEntries = [{ name: 'flush.ms', value: '86400000' }];
    for (const [name, value] of Object.entries(desiredTopic(config, 'dead_letter').configs))
      configEntries.push({ name, value });
    await withKafkaAdmin(config, (admin) =>
      admin.alterConfigs({ validateOnly: false, resources: [{ type: TOPIC, name: 'dead_letter', configEntries }] }),
    );
    await vi.waitUntil(async () => 'flush.ms' in (await ownConfigs('dead_letter')), patience);
    const other = { ...config, partitions: 5, retentionMs: 3_600_000 };
    const segments = 'segment.ms 86400000 -> 3600000';
    expect(await applyTopics(other)).toEqual([
      ...topicNames.map((topic) => ({
        topic,
        action: topic === 'dead_letter' ? 'unchanged' : 'changed',
        partitions: 3,
        details: [
          ...(topic === 'dead_letter' ? [] : [`retention.ms ${config.retentionMs} -> 3600000`, segments]),
          'keeps its 3 partitions: `orderflow topics grow` makes them 5',
        ],
      })),
      audit,
    ]);
    await vi.waitUntil(async () => (await applyTopics(other)).every(({ action }) => action === 'unchanged'), patience);
    expect(await applyTopics(config)).toContainEqual({
      topic: 'dead_letter',
      action: 'unchanged',
      partitions: 3,
      details: [],
    });
    const expected = { ...desiredTopic(config, 'dead_letter').configs, 'flush.ms': '86400000' };
    await vi.waitFor(async () => expect(await ownConfigs('dead_letter')).toEqual(expected), patience);
  });

  it('sets what a topic of an older version lacks, by the replication that the topic has', async () => {
    const { 'min.insync.replicas': copies, ...older } = desiredTopic(config, 'dead_letter').configs;
    const configEntries = Object.entries(older).map(([name, value]) => ({ name, value }));
    await withKafkaAdmin(config, (admin) =>
      admin.alterConfigs({ validateOnly: false, resources: [{ type: TOPIC, name: 'dead_letter', configEntries }] }),
    );
    await vi.waitUntil(async () => !('min.insync.replicas' in (await ownConfigs('dead_letter'))), patience);
    expect(await applyTopics({ ...config, replication: 3 })).toContainEqual({
      topic: 'dead_letter',
      action: 'changed',
      partitions: 3,
      details: expect.arrayContaining(['min.insync.replicas default -> 1']),
    });
    await vi.waitFor(
      async () => expect(await ownConfigs('dead_letter')).toMatchObject({ 'min.insync.replicas': copies }),
      patience,
    );
  });

  it('says where Kafka should be when it does not answer', async () => {
    await expect(applyTopics({ ...config, kafka: '127.0.0.1:1' })).rejects.toMatchObject({
      code: 'KAFKA_UNREACHABLE',
      message: 'Kafka does not answer at 127.0.0.1:1: start it with `orderflow up`, or set ORDERFLOW_KAFKA',
    });
  });

  it('passes on why Kafka refuses a topic', async () => {
    await withKafkaAdmin(config, async (admin) => {
      await admin.deleteTopics({ topics: ['aggregated_order'] });
      await vi.waitUntil(async () => !(await admin.listTopics()).includes('aggregated_order'), patience);
    });
    await expect(applyTopics({ ...config, replication: 3 })).rejects.toMatchObject({ code: 'TOPIC_REFUSED' });
    await applyTopics(config);
  });
});

describe('growTopics', () => {
  it('gives all topics the partitions that they lack, and none to those that have as many', async () => {
    const larger = { ...config, partitions: 4 };
    expect(await growTopics(larger)).toEqual(topicNames.map((topic) => ({ topic, from: 3, to: 4 })));
    await vi.waitFor(async () => expect(await growTopics(larger)).toEqual([]), patience);
    expect(await growTopics(config)).toEqual([]);
    expect(await applyTopics(config)).toContainEqual({
      topic: 'raw_order',
      action: 'unchanged',
      partitions: 4,
      details: ['keeps its 4 partitions: Kafka takes none away'],
    });
  });
});

describe('reading a topic', () => {
  const read = async (topic: string, from?: ReadonlyMap<number, number>) => {
    const records: KafkaRecord[] = [];
    const { position, records: count } = await readTopic(config, topic, (record) => void records.push(record), {
      from,
    });
    expect(count).toBe(records.length);
    return { records, position };
  };
  const keys = (records: readonly KafkaRecord[]) => records.map(({ key }) => Buffer.from(key!).toString()).sort();
  const numbered = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => `key-${String(from + index).padStart(6, '0')}`);
  const produce = async (topic: string, names: readonly string[], value: Buffer | null = Buffer.from('v')) => {
    const producer = kafkaClient(config, 'test').producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    await producer.send({ topic, messages: names.map((key) => ({ key, value })) });
    await producer.disconnect();
  };

  it('ends at once for an empty topic', async () => {
    const { records, position } = await read('internal_order');
    expect(records).toEqual([]);
    expect([...position.values()].every((offset) => offset === 0)).toBe(true);
  });

  it('gives every record of all partitions once, in the order of their offsets, and goes on from there', async () => {
    await produce('valid_order', numbered(0, 20_000));
    const first = await read('valid_order');
    expect(keys(first.records)).toEqual(numbered(0, 20_000));
    const next = new Map<number, number>();
    for (const { partition, offset } of first.records) {
      expect(offset).toBe(next.get(partition) ?? 0);
      next.set(partition, offset + 1);
    }
    expect(next.size).toBeGreaterThan(1);
    await produce('valid_order', numbered(20_000, 20_500));
    const second = await read('valid_order', first.position);
    expect(keys(second.records)).toEqual(numbered(20_000, 20_500));
    expect((await read('valid_order', second.position)).records).toEqual([]);
  });

  it('reads records of 3 MiB and records without a value', async () => {
    const value = Buffer.alloc(3 * 1024 * 1024, 7);
    await produce('dead_letter', ['large'], value);
    await produce('dead_letter', ['none'], null);
    const { records } = await read('dead_letter');
    expect(keys(records)).toEqual(['large', 'none']);
    const [large, none] = ['large', 'none'].map((name) => records.find(({ key }) => String(key) === name));
    expect(Buffer.from(large!.value!).equals(value)).toBe(true);
    expect(none!.value).toBeNull();
  });

  it('ends behind the marks of transactions, without the records of aborted ones', async () => {
    const producer = kafkaClient(config, 'test').producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      transactionalId: 'test',
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    for (const [name, end] of [['kept', 'commit'] as const, ['dropped', 'abort'] as const]) {
      const transaction = await producer.transaction();
      await transaction.send({ topic: 'external_order', messages: [{ key: name, value: 'v' }] });
      await transaction[end]();
    }
    await producer.disconnect();
    expect(keys((await read('external_order')).records)).toEqual(['kept']);
  });

  it('passes on what the reader of the records throws, and calls it no more', async () => {
    let calls = 0;
    const reading = readTopic(config, 'valid_order', () => {
      calls += 1;
      throw new Error('no more');
    });
    await expect(reading).rejects.toThrow('no more');
    expect(calls).toBe(1);
  });

  it('says how to make a topic that is missing', async () => {
    await expect(read('nowhere')).rejects.toMatchObject({ code: 'NO_SUCH_TOPIC' });
  });

  it('follows a topic from its end until the signal', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const following = followTopic(
      config,
      'valid_order',
      ({ key }) => {
        seen.push(Buffer.from(key!).toString());
        if (seen.length === 3) stop.abort();
      },
      { fromBeginning: false, signal: stop.signal },
    );
    // The end of the topic is that of some moment after the call: new records until three of them were seen.
    for (let index = 0; !stop.signal.aborted; index++) await produce('valid_order', [`new-${index}`]);
    await following;
    expect(seen.length).toBe(3);
    expect(seen.every((key) => key.startsWith('new-'))).toBe(true);
  });

  it('follows a topic from its beginning', async () => {
    const stop = new AbortController();
    let seen = 0;
    const count = () => void (++seen === 20_500 && stop.abort());
    await followTopic(config, 'valid_order', count, { fromBeginning: true, signal: stop.signal });
    expect(seen).toBe(20_500);
  });
});
