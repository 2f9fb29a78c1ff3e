/** Kafka's topics as lists: partitions, offsets, and a beginning that retention moves. */
import type { KafkaRecord, OutgoingRecord, RecordHeader } from '../model/record.js';
import { topicNames, type TopicName } from '../model/topics.js';

export const partitions = [0, 1] as const;

export interface Topics {
  /** Writes a record, to the partition of its key, at the time that it is. */
  append(topic: TopicName, record: OutgoingRecord, headers?: readonly RecordHeader[]): KafkaRecord;
  /** The records of a partition from an offset on, at most so many. */
  read(topic: TopicName, partition: number, from: number, most: number): readonly KafkaRecord[];
  /** Where the next record of a partition will stand. */
  end(topic: TopicName, partition: number): number;
  /** The first offset of a partition that can still be read. */
  begin(topic: TopicName, partition: number): number;
  /** Forgets the records of a partition before an offset. */
  expire(topic: TopicName, partition: number, before: number): void;
  /** All that was ever written, expired or not. */
  all(topic: TopicName): readonly KafkaRecord[];
}

/** Empty topics. `clock` gives a record its time, in milliseconds since the epoch. */
export function createTopics(clock: () => number): Topics {
  const logs = new Map(topicNames.map((topic) => [topic, partitions.map((): KafkaRecord[] => [])]));
  const begins = new Map(topicNames.map((topic) => [topic, partitions.map(() => 0)]));
  const logOf = (topic: TopicName, partition: number) => logs.get(topic)![partition]!;
  return {
    append(topic, { key, value }, headers) {
      const partition = key.reduce((sum, byte) => sum + byte, 0) % partitions.length;
      const log = logOf(topic, partition);
      const record = { topic, partition, offset: log.length, timestamp: clock(), key, value, headers };
      log.push(record);
      return record;
    },
    read(topic, partition, from, most) {
      const begin = Math.max(from, begins.get(topic)![partition]!);
      return logOf(topic, partition).slice(begin, begin + most);
    },
    end: (topic, partition) => logOf(topic, partition).length,
    begin: (topic, partition) => begins.get(topic)![partition]!,
    expire(topic, partition, before) {
      const list = begins.get(topic)!;
      list[partition] = Math.max(list[partition]!, before);
    },
    all: (topic) => logs.get(topic)!.flat(),
  };
}
