/** Sends released records back to their topics. */
import { CompressionTypes, kafkaProducer, type Message, withKafka } from '../kafka/client.js';
import { headersOf } from '../model/release.js';
import type { KafkaAccess } from '../kafka/security.js';

/** A record as it was set aside, and the release that it is sent back by. */
export interface ReleasedRecord {
  readonly topic: string;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** As its header has it. */
  readonly release: string;
}

/** Resolves when Kafka has confirmed all of them; rejects where it may have taken some. */
export type Send = (records: readonly ReleasedRecord[]) => Promise<void>;

const bytesOrNull = (bytes: Uint8Array) => (bytes.length === 0 ? null : Buffer.from(bytes));

function messageOf({ key, value, release }: ReleasedRecord): Message {
  const headers = Object.fromEntries(headersOf(release).map((header) => [header.key, header.value as Buffer]));
  // A dead letter does not tell an absent key or value from an empty one; absent ones are what there is.
  return { key: bytesOrNull(key), value: bytesOrNull(value), headers };
}

/** Connects a producer for the time of `work`. Fails as withKafka does. */
export async function withSender<T>(config: KafkaAccess, work: (send: Send) => Promise<T>): Promise<T> {
  const producer = kafkaProducer(config, 'orderflow-replay');
  const send: Send = async (records) => {
    const topics = [...new Set(records.map(({ topic }) => topic))];
    await producer.sendBatch({
      acks: -1,
      // A record may have come to its topic compressed, and be too large for it otherwise.
      compression: CompressionTypes.GZIP,
      topicMessages: topics.map((topic) => ({
        topic,
        messages: records.filter((record) => record.topic === topic).map(messageOf),
      })),
    });
  };
  return withKafka(config, async () => {
    try {
      await producer.connect();
      return await work(send);
    } finally {
      await producer.disconnect();
    }
  });
}
