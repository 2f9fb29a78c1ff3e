/** The shape that all stages share: a batch of Kafka records in, for each of them the records to write out. */
import type { TopicName } from '../../model/stages.js';

/** A record as Kafka holds it. `timestamp` is the record's time in milliseconds since the epoch. */
export interface KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly RecordHeader[] | null;
}

export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** A record to be written to the topic under whose name it stands in a StepOutput. */
export interface OutgoingRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

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
