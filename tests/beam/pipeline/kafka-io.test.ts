import '../../../beam/sdk.js';
import { writeToKafka as stockWriteToKafka } from 'apache-beam/io/kafka';
import { ExternalConfigurationPayload } from 'apache-beam/proto/external_transforms';
import { expect, test } from 'vitest';
import { readFromKafka } from '../../../beam/pipeline/kafka-io.js';

/** What a cross-language transform sends to the expansion service. */
interface External {
  readonly urn: string;
  readonly payload: Uint8Array;
}

const fieldsOf = ({ payload }: External) =>
  ExternalConfigurationPayload.fromBinary(payload).schema!.fields.map(({ name, type }) => [
    name,
    type!.typeInfo.oneofKind,
  ]);

test('reads with topic and offsets, commits them with checkpoints, and never by the consumer itself', () => {
  const read = readFromKafka({
    bootstrapServers: 'localhost:9092',
    topic: 'raw_order',
    groupId: 'validator',
    expansionService: 'localhost:8097',
  }) as unknown as External;
  expect(read.urn).toBe('beam:transform:org.apache.beam:kafka_read_with_metadata:v1');
  expect(fieldsOf(read)).toEqual([
    ['consumer_config', 'mapType'],
    ['topics', 'arrayType'],
    ['key_deserializer', 'atomicType'],
    ['value_deserializer', 'atomicType'],
    ['commit_offset_in_finalize', 'atomicType'],
    ['timestamp_policy', 'atomicType'],
  ]);
  expect(Buffer.from(read.payload).toString('latin1')).toContain('\x12enable.auto.commit\x05false');
});

test.each([
  [undefined, 'ProcessingTime'],
  ['reading', 'ProcessingTime'],
  ['record', 'LogAppendTime'],
] as const)('takes the time of %s for the watermark', (time, policy) => {
  const kafka = {
    bootstrapServers: 'localhost:9092',
    topic: 'raw_order',
    groupId: 'g',
    expansionService: 'localhost:8097',
  };
  const { payload } = readFromKafka({ ...kafka, time }) as unknown as External;
  expect(Buffer.from(payload).toString('latin1').endsWith(policy)).toBe(true);
});

test("the SDK's own write sends other fields than Java has (when this fails, ours can go)", () => {
  // Java's KafkaIO.Write.External.Configuration has producerConfig, a map, and topic, a string.
  const write = stockWriteToKafka({ 'bootstrap.servers': 'localhost:9092' }, ['orders']) as unknown as External;
  expect(fieldsOf(write)).toEqual(
    expect.arrayContaining([
      ['topics', 'arrayType'],
      ['producerConfig', 'rowType'],
    ]),
  );
});
