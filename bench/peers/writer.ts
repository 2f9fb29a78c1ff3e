/** Writes what steps put out, by kafkajs' idempotent producer, one request after the other. */
import type { Config } from '../../config.js';
import { kafkaProducer, maxRequestBytes, patient, type Message } from '../../kafka/client.js';
import { partitionOf } from '../../kafka/partitioner.js';
import type { KafkaRecord, OutgoingRecord } from '../../model/record.js';
import type { TopicName } from '../../model/topics.js';

export interface Outgoing {
  readonly topic: TopicName;
  readonly record: OutgoingRecord;
}

export interface Writer {
  /**
   * Resolves when all in-sync replicas have the records: with each of them as whoever reads it will find it, in the same order. What waits while
   * a request is under way leaves with the next one. Tries for as long as Kafka is away. Rejects when Kafka refuses: the writer is of no use
   * then, since nobody knows what was taken, and the next records would have the same sequence numbers.
   */
  write(records: readonly Outgoing[]): Promise<KafkaRecord[]>;
  /** To be called when nothing is under way. */
  close(): Promise<void>;
}

interface Waiting extends Outgoing {
  readonly resolve: (written: KafkaRecord) => void;
  readonly reject: (error: unknown) => void;
}

const bytesOf = ({ record: { key, value } }: Outgoing) => key.length + value.length;
const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength);

/** Takes as many from the front as a request holds, and one at least. */
function takeRequest(waiting: Waiting[]): Waiting[] {
  let bytes = 0;
  const end = waiting.findIndex((one) => (bytes += bytesOf(one)) > maxRequestBytes);
  return waiting.splice(0, end < 0 ? waiting.length : Math.max(1, end));
}

/** Connects at once. A key's partition is that of Kafka's own clients. */
export async function openWriter(config: Config, clientId: string): Promise<Writer> {
  const producer = kafkaProducer(config, clientId, patient);
  await producer.connect();
  const waiting: Waiting[] = [];
  let isSending = false;

  async function send(records: readonly Waiting[]): Promise<void> {
    const placed = records.map((one) => ({ ...one, partition: partitionOf(one.record.key, config.partitions) }));
    const messages = new Map<TopicName, Message[]>();
    for (const { topic, partition, record } of placed) {
      const message = { partition, key: asBuffer(record.key), value: asBuffer(record.value) };
      const ofTopic = messages.get(topic);
      if (ofTopic) ofTopic.push(message);
      else messages.set(topic, [message]);
    }
    const answers = await producer.sendBatch({
      acks: -1,
      topicMessages: [...messages].map(([topic, ofTopic]) => ({ topic, messages: ofTopic })),
    });
    const next = new Map(
      answers.map(({ topicName, partition, baseOffset, logAppendTime }) => {
        return [`${topicName}/${partition}`, { offset: Number(baseOffset), timestamp: Number(logAppendTime) }];
      }),
    );
    for (const { topic, partition, record, resolve } of placed) {
      const place = next.get(`${topic}/${partition}`)!;
      resolve({ topic, partition, ...place, ...record });
      place.offset += 1;
    }
  }

  /** Never rejects: the writes do. */
  async function sendAll(): Promise<void> {
    if (isSending) return;
    isSending = true;
    while (waiting.length > 0) {
      const request = takeRequest(waiting);
      await send(request).catch((error: unknown) => {
        for (const { reject } of [...request, ...waiting.splice(0)]) reject(error);
      });
    }
    isSending = false;
  }

  return {
    write(records) {
      const written = records.map(
        (one) => new Promise<KafkaRecord>((resolve, reject) => waiting.push({ ...one, resolve, reject })),
      );
      void sendAll();
      return Promise.all(written);
    },
    close: () => producer.disconnect(),
  };
}
