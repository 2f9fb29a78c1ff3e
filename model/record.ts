/** What a record is: as Kafka holds it, and as a stage writes it. */
import { createHash } from 'node:crypto';
import type { StageName } from './stages.js';

/** A record as Kafka holds it. `timestamp` is the record's time in milliseconds since the epoch. See docs/glossary.md. */
export interface KafkaRecord {
  /** What a stage reads has the topic's incarnation (model/incarnation.ts): `raw_order~2` where it was made anew once. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly RecordHeader[] | null;
  /** The first of the records before it that Kafka deleted before they were read; only a stage's first record after such a gap has it. */
  readonly deletedFrom?: number | null;
}

export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** What tells the content of a record's value from any other: the first 16 bytes of its SHA-256. An absent value is an empty one. */
export const contentOf = (value: Uint8Array | null): Uint8Array =>
  createHash('sha256')
    .update(value ?? new Uint8Array(0))
    .digest()
    .subarray(0, 16);

/** A record to be written to the topic under whose name it stands in a StepOutput. */
export interface OutgoingRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Records that Kafka deleted before a stage had read them: from `first` to before `next`. */
export interface UnreadGap {
  readonly stage: StageName;
  readonly topic: string;
  readonly partition: number;
  readonly first: number;
  readonly next: number;
}
