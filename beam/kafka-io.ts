/**
 * Reading and writing Kafka through Beam's Java KafkaIO, as cross-language transforms with payloads of our own.
 *
 * The SDK's io/kafka cannot be used: its write sends `topics` where Java wants `topic`, its row coder has no map type,
 * which both configurations need, and its artifact download fails on the expansion service's jars.
 */
import './sdk.js';
import { KVCoder, BytesCoder } from 'apache-beam/coders/required_coders';
import { ExternalConfigurationPayload } from 'apache-beam/proto/external_transforms';
import type { Components } from 'apache-beam/proto/beam_runner_api';
import { AtomicType, Field, FieldType, Schema } from 'apache-beam/proto/schema';
import type { PCollection, PValue, Root } from 'apache-beam/pvalue';
import { rawExternalTransform } from 'apache-beam/transforms/external';
import { withCoderInternal } from 'apache-beam/transforms/internal';
import { withName, type AsyncPTransform } from 'apache-beam/transforms/transform';
import type { KV } from 'apache-beam/values';
import type { Row } from './row-coder.js';

/** The fields of the configuration objects that KafkaIO's external builders have. */
type Configuration = Record<string, string | boolean | readonly string[] | Readonly<Record<string, string>>>;

const atomic = (type: AtomicType) => FieldType.create({ typeInfo: { oneofKind: 'atomicType', atomicType: type } });
const stringType = atomic(AtomicType.STRING);

function typeOf(value: Configuration[string]): FieldType {
  if (typeof value === 'string') return stringType;
  if (typeof value === 'boolean') return atomic(AtomicType.BOOLEAN);
  if (Array.isArray(value)) {
    return FieldType.create({ typeInfo: { oneofKind: 'arrayType', arrayType: { elementType: stringType } } });
  }
  return FieldType.create({
    typeInfo: { oneofKind: 'mapType', mapType: { keyType: stringType, valueType: stringType } },
  });
}

function encodeString(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([encodeVarint(bytes.length), bytes]);
}

function encodeVarint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 0x7f; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return Buffer.from([...bytes, value]);
}

/** Collections have their size before them as Java's DataOutputStream.writeInt does: four bytes, big-endian. */
function encodeSize(size: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(size);
  return bytes;
}

function encodeValue(value: Configuration[string]): Buffer {
  if (typeof value === 'string') return encodeString(value);
  if (typeof value === 'boolean') return Buffer.from([value ? 1 : 0]);
  const strings = Array.isArray(value) ? (value as string[]) : Object.entries(value).flat();
  const size = Array.isArray(value) ? strings.length : strings.length / 2;
  return Buffer.concat([encodeSize(size), ...strings.map(encodeString)]);
}

/** The configuration as a schema'd row without null fields (https://s.apache.org/beam-row-coder). */
export function configurationPayload(configuration: Configuration): Uint8Array {
  const entries = Object.entries(configuration);
  const schema = Schema.create({
    fields: entries.map(([name, value], index) =>
      Field.create({ name, type: typeOf(value), id: index, encodingPosition: index }),
    ),
  });
  const noNulls = encodeVarint(0);
  const row = Buffer.concat([encodeVarint(entries.length), noNulls, ...entries.map(([, value]) => encodeValue(value))]);
  return ExternalConfigurationPayload.toBinary({ schema, payload: row });
}

function externalTransform<I extends PValue<unknown>, O extends PValue<unknown>>(
  name: string,
  urn: string,
  configuration: Configuration,
  expansionService: string,
) {
  const transform = rawExternalTransform(urn, configurationPayload(configuration), expansionService) as unknown as {
    resolveArtifacts(components: Components): Promise<Components>;
  };
  // The expansion service offers its class path as the environment's artifacts. Flink has these jars on its own class
  // path, and the SDK's download of them fails.
  transform.resolveArtifacts = async (components) => {
    for (const environment of Object.values(components.environments)) environment.dependencies = [];
    return components;
  };
  return withName(name, transform as unknown as AsyncPTransform<never, never>) as unknown as AsyncPTransform<
    I & object,
    O & object
  >;
}

export interface KafkaReadOptions {
  readonly bootstrapServers: string;
  readonly topic: string;
  readonly groupId: string;
  /** host:port of the expansion service. */
  readonly expansionService: string;
}

/**
 * Reads a topic as rows with topic, partition, offset, timestamp, key and value (decoded by row-coder.ts).
 *
 * Offsets are committed to the consumer group when a checkpoint completes, and never by the consumer itself: a job that
 * starts without a checkpoint resumes from the last one's offsets, not from what was merely read. Elements are stamped
 * with the time of reading, so that a partition without records does not hold back the watermark.
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
      timestamp_policy: 'ProcessingTime',
    },
    options.expansionService,
  );
}

export interface KafkaWriteOptions {
  readonly bootstrapServers: string;
  readonly topic: string;
  readonly expansionService: string;
}

/** Writes key and value bytes to a topic, at least once: a bundle ends after the broker has acknowledged its records. */
export function writeToKafka(
  options: KafkaWriteOptions,
): AsyncPTransform<PCollection<KV<Uint8Array, Uint8Array>>, void> {
  const write = externalTransform<PCollection<KV<Uint8Array, Uint8Array>>, void>(
    `Write ${options.topic}`,
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
  return withName(`To ${options.topic}`, async (records: PCollection<KV<Uint8Array, Uint8Array>>) => {
    // Java must see KV<bytes, bytes>, and not the SDK's coder for any JavaScript value.
    const encoded = records.apply(
      withName(`Encode ${options.topic}`, withCoderInternal(new KVCoder(new BytesCoder(), new BytesCoder()))),
    );
    return (await encoded.applyAsync(write as never)) as void;
  }) as unknown as AsyncPTransform<PCollection<KV<Uint8Array, Uint8Array>>, void>;
}
