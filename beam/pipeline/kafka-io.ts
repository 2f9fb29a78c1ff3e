/**
 * Reading and writing Kafka, by transforms that the runner translates to Flink's own connector (flink/…/KafkaTransforms.java).
 *
 * Not by Beam's KafkaIO: on Flink its source is part of every savepoint, with the brokers and settings that it was submitted with.
 */
import '../sdk.js';
import { KVCoder, BytesCoder } from 'apache-beam/coders/required_coders';
import { AtomicType, Schema, type FieldType } from 'apache-beam/proto/schema';
import type { PCollection, Root } from 'apache-beam/pvalue';
import { withCoderInternal } from 'apache-beam/transforms/internal';
import { withName, type PTransform } from 'apache-beam/transforms/transform';
import type { KV } from 'apache-beam/values';
import { rowCoder, type Row } from '../operators/row-coder.js';
import { runnerSink, runnerSource } from './runner-transform.js';

/** What the runner knows the transforms by. */
export const readUrn = 'orderflow:transform:kafka_read:v1';
export const writeUrn = 'orderflow:transform:kafka_write:v1';

const atomic = (atomicType: AtomicType, nullable = false): FieldType => ({
  nullable,
  typeInfo: { oneofKind: 'atomicType', atomicType },
});

const schemaOf = (types: Readonly<Record<string, FieldType>>): Schema =>
  Schema.create({
    fields: Object.entries(types).map(([name, type], index) => ({
      ...{ name, description: '', type, id: index, encodingPosition: index, options: [] },
    })),
  });

const headerSchema = schemaOf({ key: atomic(AtomicType.STRING), value: atomic(AtomicType.BYTES, true) });

/** In the order in which RowDeserializer.java fills them in. */
export const recordSchema = schemaOf({
  topic: atomic(AtomicType.STRING),
  partition: atomic(AtomicType.INT32),
  offset: atomic(AtomicType.INT64),
  timestamp: atomic(AtomicType.INT64),
  key: atomic(AtomicType.BYTES, true),
  value: atomic(AtomicType.BYTES, true),
  headers: {
    nullable: false,
    typeInfo: {
      oneofKind: 'arrayType',
      arrayType: {
        elementType: { nullable: false, typeInfo: { oneofKind: 'rowType', rowType: { schema: headerSchema } } },
      },
    },
  },
  deletedFrom: atomic(AtomicType.INT64, true),
});

/** How soon a partition that is new in a topic is read, at most. In ms. */
const discoveryMs = 5_000;

interface KafkaOptions {
  readonly bootstrapServers: string;
  /** More settings of Kafka's client, by its names; they travel with the job, and stand in none of its states. */
  readonly clientSettings?: Readonly<Record<string, string>>;
}

export interface KafkaReadOptions extends KafkaOptions {
  readonly topic: string;
  readonly groupId: string;
  /** Kafka's id of the topic: the job fails where the topic is another one. Any is right unless given. */
  readonly topicId?: string;
  /** What the rows have as their topic instead of its name; another one than before is read from its own offsets, or its beginning. */
  readonly incarnation?: string;
  /** Records with this header are passed over: as if they had been read, and brought nothing. Of those behind a gap the first one is read in any case. */
  readonly passOver?: string;
  /** Without state the job begins at the first record since this time, where the group's offsets are behind it; ms since the epoch. */
  readonly sinceMs?: number;
}

/**
 * Reads a topic as rows with topic, partition, offset, timestamp, key, value and headers. Where Kafka has deleted records before they were
 * read, the next row's deletedFrom is the first one's offset; where the topic was made anew, the job fails (TopicSplitReader.java). An element's timestamp is that of its record,
 * and the watermark is at the record that was read last, in the partition that is furthest behind; a partition that had no record for a day
 * is left out. New partitions are found and read from their beginning.
 *
 * Offsets are committed to the consumer group when a checkpoint completes, and never by the consumer itself: a job that
 * starts without a checkpoint resumes from the last one's offsets, not from what was merely read.
 */
export function readFromKafka(options: KafkaReadOptions): PTransform<Root, PCollection<Row>> {
  const client = {
    ...options.clientSettings,
    'bootstrap.servers': options.bootstrapServers,
    'group.id': options.groupId,
    'enable.auto.commit': 'false',
    'commit.offsets.on.checkpoint': 'true',
    'isolation.level': 'read_committed',
    // Each of a TaskManager's readers holds as much, and what it asks for next; a record that is larger comes alone.
    'fetch.max.bytes': String(4 * 1024 * 1024),
    'partition.discovery.interval.ms': String(discoveryMs),
    // What comes ends a wait at once; nothing that comes costs a request each time.
    'fetch.max.wait.ms': '2000',
  };
  const { topic, topicId, incarnation, sinceMs, passOver } = options;
  const payload = { topic, client, sinceMs, topicId, incarnation, passOver };
  return runnerSource(`Read ${topic}`, readUrn, payload, rowCoder(recordSchema));
}

export interface KafkaWriteOptions extends KafkaOptions {
  /** Names the writing; unique in a pipeline. */
  readonly label: string;
  readonly topic: string;
  /** Each record has this header, with an empty value. */
  readonly header?: string;
  /** Nothing of the writing is in the job's state: it can go on from there without it. */
  readonly isStateless?: boolean;
}

/** Writes key and value bytes to a topic, at least once: a checkpoint is complete after the broker has acknowledged what was written before it. */
export function writeToKafka(
  options: KafkaWriteOptions,
): PTransform<PCollection<KV<Uint8Array, Uint8Array>>, PCollection<never>> {
  const { label, topic, header, isStateless = false } = options;
  const client = {
    ...options.clientSettings,
    'bootstrap.servers': options.bootstrapServers,
    acks: 'all',
    'enable.idempotence': 'true',
    'linger.ms': '5',
    'max.request.size': String(8 * 1024 * 1024),
    // A bundle's records come at once: in a request that holds hundreds of them instead of fifty.
    'batch.size': String(64 * 1024),
    // Of each writer, where Kafka is slow.
    'buffer.memory': String(16 * 1024 * 1024),
    // All writers know new partitions soon, so that a key is not long in two places.
    'metadata.max.age.ms': '30000',
  };
  return withName(`To ${label}`, ((records: PCollection<KV<Uint8Array, Uint8Array>>) =>
    records
      // Java must see KV<bytes, bytes>, and not the SDK's coder for any JavaScript value.
      .apply(withName(`Encode ${label}`, withCoderInternal(new KVCoder(new BytesCoder(), new BytesCoder()))))
      .apply(runnerSink(`Write ${label}`, writeUrn, { topic, client, header, isStateless }))) as never);
}
