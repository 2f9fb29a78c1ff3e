/** Writes what the stages put out, and says where it stands then. */
import { kafkaProducer, maxRequestBytes, patient, withKafkaAdmin } from '../../../kafka/client.js';
import { partitionOf } from '../../../kafka/partitioner.js';
import type { KafkaAccess } from '../../../kafka/security.js';
import type { KafkaRecord, OutgoingRecord } from '../../../model/record.js';
import { type TopicName, topicNames } from '../../../model/topics.js';
import { coalesce } from './coalesce.js';

/** A record, and where it goes. */
export interface Addressed {
  readonly topic: TopicName;
  readonly record: OutgoingRecord;
}

export interface Writer {
  /** Resolves when all replicas have the records, with what Kafka holds of them, in their order. May write them twice when it is called again. */
  write(records: readonly Addressed[]): Promise<KafkaRecord[]>;
  close(): Promise<void>;
}

/** How many records go into a request at most. */
const mostRecords = 2_000;

/** Connects. Records of calls that come while a request is under way leave in the next one together. */
export async function openWriter(config: KafkaAccess): Promise<Writer> {
  const partitions = await withKafkaAdmin(config, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [...topicNames] });
    return new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
  });
  const producer = kafkaProducer(config, 'orderflow-dbos', patient);
  await producer.connect();

  async function send(records: readonly Addressed[]): Promise<KafkaRecord[]> {
    const placed = records.map(({ topic, record }) => ({
      topic,
      partition: partitionOf(record.key, partitions.get(topic)!),
      key: Buffer.from(record.key),
      value: Buffer.from(record.value),
    }));
    const topicMessages = [...new Set(placed.map(({ topic }) => topic))].map((topic) => ({
      topic,
      messages: placed.filter((message) => message.topic === topic),
    }));
    const answers = await producer.sendBatch({ acks: -1, topicMessages });
    const next = new Map(
      answers.map(({ topicName, partition, baseOffset, logAppendTime }) => [
        `${topicName}/${partition}`,
        { offset: Number(baseOffset), timestamp: Number(logAppendTime) },
      ]),
    );
    return placed.map((message) => {
      const place = next.get(`${message.topic}/${message.partition}`)!;
      return { ...message, offset: place.offset++, timestamp: place.timestamp };
    });
  }

  async function sendInParts(records: readonly Addressed[]): Promise<KafkaRecord[]> {
    const written: KafkaRecord[] = [];
    for (const part of partsOf(records)) written.push(...(await send(part)));
    return written;
  }

  const write = coalesce(sendInParts, mostRecords);
  return {
    write: async (records) => (records.length === 0 ? [] : write(records)),
    close: () => producer.disconnect(),
  };
}

/** So that no part has more bytes than a request may, unless a single record does. */
function partsOf(records: readonly Addressed[]): Addressed[][] {
  const parts: Addressed[][] = [];
  let bytes = Infinity;
  for (const addressed of records) {
    bytes += addressed.record.value.length;
    if (bytes > maxRequestBytes) {
      parts.push([]);
      bytes = addressed.record.value.length;
    }
    parts.at(-1)!.push(addressed);
  }
  return parts;
}
