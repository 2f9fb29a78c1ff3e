/** The shape that all stages share: a batch of Kafka records in, for each of them the records to write out. */
import type { KafkaRecord, OutgoingRecord } from '../../model/record.js';
import type { TopicName } from '../../model/topics.js';

/** Exactly one topic with the record for it: the form that Beam's `split` takes. */
export type StepOutput = { readonly [topic in TopicName]?: OutgoingRecord };

export interface StepContext {
  /** Adds to a Beam counter, seen in the Flink UI under the stage, and to the worker's Prometheus metrics. */
  count(counter: string, by?: number): void;
}

/**
 * Handles a batch. The answer has one entry per input record, in the same order: the records to write for it (none where
 * the record changes nothing). It must be safe to call again with the same records: Flink repeats what a failure cut
 * off. A rejection fails the whole bundle and is for faults that may go away by themselves (a lost connection); what is
 * wrong with one record alone goes to `dead_letter` instead.
 */
export type Step = (
  records: readonly KafkaRecord[],
  context: StepContext,
) => Promise<readonly (readonly StepOutput[])[]>;

/** Milliseconds since the epoch. Transforms take it as an argument, so that tests need no real time. */
export type Clock = () => number;
