/**
 * Reading and writing Kafka through Beam's Java KafkaIO, as cross-language transforms with payloads of our own.
 *
 * The SDK's io/kafka cannot be used: its write sends `topics` where Java wants `topic`, its row coder has no map type,
 * which both configurations need, and its artifact download fails on the expansion service's jars.
 */
import '../sdk.js';
import { KVCoder, BytesCoder } from 'apache-beam/coders/required_coders';
import type { PCollection, Root } from 'apache-beam/pvalue';
import { withCoderInternal } from 'apache-beam/transforms/internal';
import { withName, type AsyncPTransform } from 'apache-beam/transforms/transform';
import type { KV } from 'apache-beam/values';
import { externalTransform } from './external-transform.js';
import type { Row } from '../operators/row-coder.js';

export interface KafkaReadOptions {
  readonly bootstrapServers: string;
  readonly topic: string;
  readonly groupId: string;
  /** host:port of the expansion service. */
  readonly expansionService: string;
  /**
   * What an element's timestamp is, and where the watermark stands. 'reading': the present time of the machine that reads,
   * always. 'record': the time at which the broker took the record, so the topic must have LogAppendTime; the watermark is
   * at the record that was read last, in the partition that is furthest behind. A partition without anything to read is at
   * the present time of the machine that reads, less 2 s. Default: 'reading'.
   * Source: TimestampPolicyFactory in Beam's sdks/java/io/kafka.
   */
  readonly time?: 'reading' | 'record';
}

const timestampPolicies = { reading: 'ProcessingTime', record: 'LogAppendTime' } as const;

/**
 * Reads a topic as rows with topic, partition, offset, timestamp, key and value (decoded by row-coder.ts).
 *
 * Offsets are committed to the consumer group when a checkpoint completes, and never by the consumer itself: a job that
 * starts without a checkpoint resumes from the last one's offsets, not from what was merely read.
 */
export function readFromKafka(options: KafkaReadOptions): AsyncPTransform<Root, PCollection<Row>> {
  return externalTransform(
    `Read ${options.topic}`,
    'beam:transform:org.apache.beam:kafka_read_with_metadata:v1',
    {
      consumer_config: {
        'bootstrap.servers': options.bootstrapServers,
        'group.id': options.groupId,
        'auto.offset.reset': 'earliest',
        'enable.auto.commit': 'false',
        'isolation.level': 'read_committed',
        'fetch.max.bytes': String(16 * 1024 * 1024),
        'max.partition.fetch.bytes': String(8 * 1024 * 1024),
      },
      topics: [options.topic],
      key_deserializer: 'org.apache.kafka.common.serialization.ByteArrayDeserializer',
      value_deserializer: 'org.apache.kafka.common.serialization.ByteArrayDeserializer',
      commit_offset_in_finalize: true,
      timestamp_policy: timestampPolicies[options.time ?? 'reading'],
    },
    options.expansionService,
  );
}

export interface KafkaWriteOptions {
  /** Names the writing; unique in a pipeline. */
  readonly label: string;
  readonly bootstrapServers: string;
  readonly topic: string;
  readonly expansionService: string;
}

/** Writes key and value bytes to a topic, at least once: a bundle ends after the broker has acknowledged its records. */
export function writeToKafka(
  options: KafkaWriteOptions,
): AsyncPTransform<PCollection<KV<Uint8Array, Uint8Array>>, void> {
  const write = externalTransform<PCollection<KV<Uint8Array, Uint8Array>>, void>(
    `Write ${options.label}`,
    'beam:transform:org.apache.beam:kafka_write:v1',
    {
      producer_config: {
        'bootstrap.servers': options.bootstrapServers,
        acks: 'all',
        'enable.idempotence': 'true',
        'linger.ms': '5',
        'max.request.size': String(8 * 1024 * 1024),
      },
      topic: options.topic,
      key_serializer: 'org.apache.kafka.common.serialization.ByteArraySerializer',
      value_serializer: 'org.apache.kafka.common.serialization.ByteArraySerializer',
    },
    options.expansionService,
  );
  return withName(`To ${options.label}`, async (records: PCollection<KV<Uint8Array, Uint8Array>>) => {
    // Java must see KV<bytes, bytes>, and not the SDK's coder for any JavaScript value.
    const encoded = records.apply(
      withName(`Encode ${options.label}`, withCoderInternal(new KVCoder(new BytesCoder(), new BytesCoder()))),
    );
    return (await encoded.applyAsync(write as never)) as void;
  }) as unknown as AsyncPTransform<PCollection<KV<Uint8Array, Uint8Array>>, void>;
}
