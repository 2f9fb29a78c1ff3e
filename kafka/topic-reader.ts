/** Reads a topic's records for commands and tests: without a part in the stages' consumer groups, and committing nothing. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Batch } from 'kafkajs';
import { OperatorError } from '../errors.js';
import type { KafkaRecord } from '../model/record.js';
import { kafkaClient, topicRanges, whileLoading, withKafka, withKafkaAdmin } from './client.js';
import { headersIn } from './kafkajs.js';
import type { KafkaAccess } from './security.js';

/** Called for each record, once; in the order of offsets within a partition. What it throws ends the reading. */
export type OnRecord = (record: KafkaRecord) => void | Promise<void>;

/** Partition → the offset of the record that comes next. */
export type TopicPosition = ReadonlyMap<number, number>;

/** What a bounded reading came to. */
export interface TopicRead {
  readonly records: number;
  /** Where it ended: `from` of a later reading that goes on there. */
  readonly position: TopicPosition;
}

/**
 * Reads a topic up to the end that it has at the time of the call, then returns. Begins at the beginning, or at `from`
 * (partitions that it does not name: at their beginning); ends at `to`, if that comes before (partitions that it does not name: at their end).
 * Sees committed records only: it waits for open transactions,
 * which Kafka ends after their time-out. Throws OperatorError KAFKA_UNREACHABLE or NO_SUCH_TOPIC. May be called again.
 */
export async function readTopic(
  config: KafkaAccess,
  topic: string,
  onRecord: OnRecord,
  options: { from?: TopicPosition; to?: TopicPosition } = {},
): Promise<TopicRead> {
  const bounds = await topicBounds(config, topic);
  for (const [partition, high] of options.to ?? []) {
    const bound = bounds.get(partition);
    if (bound) bound.high = Math.min(bound.high, high);
  }
  const position = new Map<number, number>();
  for (const [partition, { low }] of bounds)
    position.set(partition, Math.max(low, options.from?.get(partition) ?? low));
  const open = new Set([...bounds].filter(([partition, { high }]) => position.get(partition)! < high).map(([p]) => p));
  let records = 0;
  if (open.size === 0) return { records, position };
  await consume(config, topic, {
    start: position,
    onRecord(record) {
      if (record.offset >= bounds.get(record.partition)!.high) return;
      records += 1;
      return onRecord(record);
    },
    onProgress(partition, next) {
      const { high } = bounds.get(partition)!;
      position.set(partition, Math.min(Math.max(next, position.get(partition)!), high));
      if (position.get(partition) === high) open.delete(partition);
      return open.size === 0;
    },
  });
  return { records, position };
}

/**
 * Reads a topic until `signal` ends it, from its beginning or from its end at the time of the call. Records that come
 * while it runs are seen at once. Throws as `readTopic` does.
 */
export async function followTopic(
  config: KafkaAccess,
  topic: string,
  onRecord: OnRecord,
  options: { fromBeginning: boolean; signal: AbortSignal },
): Promise<void> {
  const bounds = await topicBounds(config, topic);
  const start = new Map(
    [...bounds].map(([partition, { low, high }]) => [partition, options.fromBeginning ? low : high]),
  );
  await consume(config, topic, {
    start,
    signal: options.signal,
    onRecord,
    onProgress: () => false,
  });
}

/**
 * Where the records begin that a topic took at that time (ms since the epoch) or later, or the `most`th record of the partition if that comes
 * before: `to` of a reading of the oldest ones. Throws as `readTopic` does.
 */
export async function topicBefore(
  config: KafkaAccess,
  topic: string,
  time: number,
  most: number,
): Promise<TopicPosition> {
  const bounds = await topicBounds(config, topic);
  const later = await withKafkaAdmin(config, (admin) => admin.fetchTopicOffsetsByTimestamp(topic, time));
  return new Map(
    later.map(({ partition, offset }) => [
      partition,
      Math.min(Number(offset), (bounds.get(partition)?.low ?? 0) + most),
    ]),
  );
}

/** The first offset and the one after the last, of each partition. */
async function topicBounds(config: KafkaAccess, topic: string): Promise<Map<number, { low: number; high: number }>> {
  const offsets = await topicRanges(config, topic);
  return new Map(offsets.map(({ partition, low, high }) => [partition, { low, high }]));
}

interface Reading {
  /** A partition that is added meanwhile is read from its beginning. */
  readonly start: TopicPosition;
  /** Ends the reading. */
  readonly signal?: AbortSignal;
  readonly onRecord: OnRecord;
  /** All records before `next` have been handled; true ends the reading. */
  readonly onProgress: (partition: number, next: number) => boolean;
}

/**
 * kafkajs fetches for members of a consumer group only: this is a group of one, under a new name, that commits nothing and
 * that Kafka forgets when it is left. Where the group has to be joined again, after the broker was away or took the member for dead, the
 * reading goes on where it was.
 */
async function consume(config: KafkaAccess, topic: string, reading: Reading): Promise<void> {
  const next = new Map(reading.start);
  await withKafka(config, () => whileLoading.execute(() => consumeFrom(next, config, topic, reading)));
}

/** The same, as one group; `next` is where each partition goes on. */
async function consumeFrom(
  next: Map<number, number>,
  config: KafkaAccess,
  topic: string,
  reading: Reading,
): Promise<void> {
  const consumer = kafkaClient(config, 'orderflow-reader').consumer({
    groupId: `orderflow-reader-${randomUUID()}`,
    allowAutoTopicCreation: false,
    // kafkajs makes objects of all that a fetch brings. A larger batch comes alone: Kafka sends at least one.
    maxBytesPerPartition: 1024 * 1024,
    maxBytes: 8 * 1024 * 1024,
    maxWaitTimeInMs: 100,
    // Nobody waits for what a member that died had: much may be read between two signs of life.
    sessionTimeout: 5 * 60_000,
    retry: { restartOnFailure: () => Promise.resolve(false) },
  });
  const onRecord: OnRecord = (record) => {
    if (record.offset < (next.get(record.partition) ?? 0)) return;
    next.set(record.partition, record.offset + 1);
    return reading.onRecord(record);
  };
  const over = new AbortController();
  const signal = reading.signal ? AbortSignal.any([over.signal, reading.signal]) : over.signal;
  let failure: unknown;
  const end = (error?: unknown) => {
    failure ??= error;
    over.abort();
  };
  consumer.on(consumer.events.GROUP_JOIN, () => {
    for (const [partition, offset] of next) consumer.seek({ topic, partition, offset: String(offset) });
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => end(ownError(payload.error)));
  // Unlike eachBatch, it is also told of batches that hold only the marks of transactions.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
    if (reading.onProgress(partition, Number(lastOffset) + 1)) end();
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      // kafkajs would hand a batch whose handler failed in again.
      eachBatch: ({ batch }) => handleBatch(batch, onRecord, signal).catch(end),
    });
    if (!signal.aborted) await once(signal, 'abort');
    if (failure) throw failure;
  } finally {
    await consumer.disconnect();
  }
}

/** What kafkajs has wrapped around an error of ours comes off. */
function ownError(error: unknown): unknown {
  for (let of = error; of instanceof Error; of = of.cause) if (of instanceof OperatorError) return of;
  return error;
}

async function handleBatch(batch: Batch, onRecord: OnRecord, signal: AbortSignal): Promise<void> {
  const { topic, partition } = batch;
  for (const message of batch.messages) {
    if (signal.aborted) return;
    const { key, value, timestamp, offset } = message;
    const record = { topic, partition, offset: Number(offset), timestamp: Number(timestamp), key, value };
    // Most records have none.
    const headers = headersIn(message);
    const done = onRecord(headers.length > 0 ? { ...record, headers } : record);
    if (done) await done;
  }
}
