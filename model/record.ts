/** What a record is: as Kafka holds it, and as a stage writes it. */

/** A record as Kafka holds it. `timestamp` is the record's time in milliseconds since the epoch. See docs/glossary.md. */
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
