/** Takes records of `raw_order` to workflows. DBOS calls this an event receiver: https://docs.dbos.dev/typescript/reference/plugins */
import type { Config } from '../../../config.js';
import { kafkaClient, patient } from '../../../kafka/client.js';
import type { KafkaRecord } from '../../../model/record.js';
import { endProcess } from '../process-end.js';
import { recordsOf } from '../records.js';
import { pack } from './orders.js';
import type { Dbos, EventReceiver, Workflow } from './sdk.js';

/** Resolves when the records may be committed. */
type Accept = (records: readonly KafkaRecord[]) => Promise<void>;

const nameOf = ({ topic, partition, offset }: KafkaRecord) => `${topic}-${partition}-${offset}`;

/**
 * A workflow for all of them, and waits for its end, so that a partition's records are worked on in their order. The name has both ends: where
 * Kafka cuts the same records in another way after a failure, they go through another workflow once more, which changes nothing.
 */
export const asOne =
  (dbos: Dbos, carry: Workflow<[string]>): Accept =>
  async (records) => {
    const workflowID = `${nameOf(records[0]!)}-${records.at(-1)!.offset}`;
    await (await dbos.startWorkflow(carry, { workflowID })(pack(records))).getResult();
  };

/** A workflow for each, on the queue: all are begun in one transaction, as DBOS' own receiver for Kafka does it. */
export const oneByOne =
  (receiver: EventReceiver, carry: Workflow<[string]>, queueName: string): Accept =>
  async (records) => {
    const workflows = records.map((record) =>
      receiver.prepareEnqueuedWorkflow(carry, [pack([record])], { queueName, workflowID: nameOf(record) }),
    );
    await receiver.enqueueWorkflows(await Promise.all(workflows));
  };

/**
 * Reads from the group's offsets on, or else from the beginning, and commits what was accepted. The answer stops it, when what is under way was
 * accepted; what ends the consumer for good ends the process.
 */
export async function receive(config: Config, accept: Accept): Promise<() => Promise<void>> {
  const consumer = kafkaClient(config, 'orderflow-dbos', patient).consumer({
    groupId: 'dbos',
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 100,
    maxBytesPerPartition: 1024 * 1024,
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) endProcess(payload.error);
  });
  await consumer.connect();
  await consumer.subscribe({ topic: 'raw_order', fromBeginning: true });
  await consumer.run({
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: config.batchConcurrency,
    async eachBatch(payload) {
      const { resolveOffset, heartbeat, isRunning, isStale } = payload;
      const all = recordsOf(payload);
      for (let at = 0; at < all.length && isRunning() && !isStale(); at += config.batchSize) {
        const records = all.slice(at, at + config.batchSize);
        await accept(records);
        resolveOffset(String(records.at(-1)!.offset));
        await heartbeat();
      }
    },
  });
  return () => consumer.disconnect();
}
