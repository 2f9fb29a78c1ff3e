/** Reads a topic in rounds, as a member of a kafkajs consumer group. */
import { setImmediate } from 'node:timers/promises';
import type { Config } from '../../../config.js';
import { describeError } from '../../../errors.js';
import { type EachBatchPayload, kafkaClient, patient } from '../../../kafka/client.js';
import type { KafkaRecord } from '../../../model/record.js';
import { endProcess } from '../process-end.js';
import { recordsOf } from '../records.js';

export interface Reading {
  readonly groupId: string;
  readonly topic: string;
  /** How many bytes the broker waits for, and for how many milliseconds at most, before it answers a fetch. */
  readonly minBytes: number;
  readonly maxWaitTimeInMs: number;
  /** Does all that follows from the records. Its offsets are committed afterwards; where it rejects, the same records come again. */
  readonly handle: (records: readonly KafkaRecord[]) => Promise<void>;
}

export interface Reader {
  /** Ends the round that is under way, and leaves the group. */
  close(): Promise<void>;
}

/** What a round has to do again after a kill, in bytes of each partition: some thousand orders in all. */
const roundBytes = 256 * 1024;
const sessionTimeout = 10_000;
const heartbeatInterval = 2_000;

/**
 * Joins the group. kafkajs fetches again when all batches of a fetch, one for each partition, were handled: they are taken together as a round,
 * so that a batch of the metastore is as large as can be though a topic has several partitions. While it lasts, heartbeats say that the
 * process lives. What ends the consumer for good ends the process.
 */
export async function readInRounds(config: Config, reading: Reading): Promise<Reader> {
  const { groupId, topic, minBytes, maxWaitTimeInMs, handle } = reading;
  const consumer = kafkaClient(config, `kafkajs-${groupId}`, patient).consumer({
    groupId,
    allowAutoTopicCreation: false,
    sessionTimeout,
    heartbeatInterval,
    minBytes,
    maxWaitTimeInMs,
    maxBytesPerPartition: roundBytes,
  });
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    if (!restart) endProcess(error);
  });
  const gathered: EachBatchPayload[] = [];
  let round: Promise<void> | undefined;

  async function playRound(): Promise<void> {
    // kafkajs hands over all batches of a fetch before anything else happens.
    await setImmediate();
    const payloads = gathered.splice(0);
    round = undefined;
    const [{ heartbeat, commitOffsetsIfNecessary }] = payloads as [EachBatchPayload];
    // One that fails says what the commit will say.
    const beating = setInterval(() => void heartbeat().catch(() => {}), heartbeatInterval);
    try {
      await handle(payloads.flatMap(recordsOf));
      const partitions = payloads.map(({ batch }) => ({
        partition: batch.partition,
        offset: String(Number(batch.lastOffset()) + 1),
      }));
      await commitOffsetsIfNecessary({ topics: [{ topic, partitions }] });
    } catch (error) {
      console.error(`a round of ${topic} failed: ${describeError(error)}`);
      throw error;
    } finally {
      clearInterval(beating);
    }
    for (const { batch, resolveOffset } of payloads) resolveOffset(batch.lastOffset());
  }

  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: config.partitions,
    eachBatch(payload) {
      gathered.push(payload);
      return (round ??= playRound());
    },
  });
  return { close: () => consumer.disconnect() };
}
