/** Records as our steps take them, and what steps put out, for peers on kafkajs. */
import type { BatchContext } from '../../beam/operators/batch-functions.js';
import type { EachBatchPayload } from '../../kafka/client.js';
import { headersIn } from '../../kafka/kafkajs.js';
import type { KafkaRecord } from '../../model/record.js';
import type { TopicName } from '../../model/topics.js';
import type { StepOutput } from '../../transforms/step/step.js';
import type { Outgoing } from './writer.js';

/** Nobody asks for the steps' counters here. */
export const uncounted: BatchContext = { count() {} };

export function recordsOf({ batch }: EachBatchPayload): KafkaRecord[] {
  const { topic, partition } = batch;
  return batch.messages.map((message) => {
    const { key, value, offset, timestamp } = message;
    const headers = headersIn(message);
    const record = { topic, partition, offset: Number(offset), timestamp: Number(timestamp), key, value };
    return headers.length > 0 ? { ...record, headers } : record;
  });
}

/** The record of an output with its topic. */
export const outgoingOf = (output: StepOutput): Outgoing[] =>
  Object.entries(output).map(([topic, record]) => ({ topic: topic as TopicName, record }));
