import { readFileSync } from 'node:fs';
import '../../../beam/sdk.js';
import { writeToKafka as stockWriteToKafka } from 'apache-beam/io/kafka';
import { ExternalConfigurationPayload } from 'apache-beam/proto/external_transforms';
import { Schema } from 'apache-beam/proto/schema';
import type { Root } from 'apache-beam/pvalue';
import { expect, test } from 'vitest';
import { buildPipeline } from '../../../beam/pipeline/portable-runner.js';
import { readFromKafka, recordSchema, writeToKafka } from '../../../beam/pipeline/kafka-io.js';

const bootstrapServers = 'localhost:9092';

/** A topic that is copied, as the runner gets it: its transforms by name, and its PCollections. */
function copied() {
  const { transforms, pcollections } = buildPipeline((root: Root) => {
    root
      .apply(readFromKafka({ bootstrapServers, topic: 'raw_order', groupId: 'validator' }))
      .apply(writeToKafka({ bootstrapServers, topic: 'copy', label: 'copy' }) as never);
  }, 'localhost:1').components!;
  const named = (name: string) => Object.values(transforms).find(({ uniqueName }) => uniqueName === name)!;
  const payloadOf = (name: string) => JSON.parse(Buffer.from(named(name).spec!.payload).toString()) as never;
  return { named, payloadOf, pcollections };
}

test('reads with topic and offsets, commits them with checkpoints, and never by the consumer itself', () => {
  const { named, payloadOf, pcollections } = copied();
  expect(payloadOf('Read raw_order')).toMatchObject({
    topic: 'raw_order',
    client: {
      'bootstrap.servers': bootstrapServers,
      'group.id': 'validator',
      'enable.auto.commit': 'false',
      'commit.offsets.on.checkpoint': 'true',
    },
  });
  const [output] = Object.values(named('Read raw_order').outputs);
  expect(pcollections[output!]).toMatchObject({ uniqueName: 'Read raw_order.main', isBounded: 1 });
});

test('reading and writing are work of the runner', () => {
  const { named, payloadOf } = copied();
  expect(payloadOf('To copy/Write copy')).toMatchObject({ topic: 'copy', client: { acks: 'all' } });
  for (const [name, urn] of [
    ['Read raw_order', 'orderflow:transform:kafka_read:v1'],
    ['To copy/Write copy', 'orderflow:transform:kafka_write:v1'],
  ] as const)
    expect(named(name)).toMatchObject({ spec: { urn }, environmentId: '', subtransforms: [] });
});

test('the rows are those that Java fills in', () => {
  const fixtures = JSON.parse(readFileSync(new URL('../fixtures/kafka-rows.json', import.meta.url), 'utf8'));
  expect(Buffer.from(Schema.toBinary(recordSchema)).toString('hex')).toBe(fixtures.schema);
});

test("the SDK's own write sends other fields than Java has", () => {
  // Java's KafkaIO.Write.External.Configuration has producerConfig, a map, and topic, a string.
  const { payload } = stockWriteToKafka({ 'bootstrap.servers': 'localhost:9092' }, ['orders']) as unknown as {
    readonly payload: Uint8Array;
  };
  const fields = ExternalConfigurationPayload.fromBinary(payload).schema!.fields;
  expect(fields.map(({ name, type }) => [name, type!.typeInfo.oneofKind])).toEqual(
    expect.arrayContaining([
      ['topics', 'arrayType'],
      ['producerConfig', 'rowType'],
    ]),
  );
});
