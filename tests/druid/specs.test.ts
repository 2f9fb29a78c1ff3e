/** The supervisor specs against the messages and topics that they read. */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadConfig, projectRoot } from '../../config.js';
import { fingerprintKey, readSpec, specFor, streams, type SupervisorSpec } from '../../druid/specs.js';
import { druidExtensions } from '../../local/druid.js';
import { topics, type TopicName } from '../../model/topics.js';

// Its types know the messages of a descriptor, but not their codecs.
const fileDescriptorSet = (descriptor as unknown as { FileDescriptorSet: protobuf.Type }).FileDescriptorSet;

let messages: protobuf.Root;
beforeAll(async () => {
  messages = await new protobuf.Root().load(join(projectRoot, 'proto', 'orders.proto'), { keepCase: true });
});

/** The names of a spec's columns: its dimensions and its sketches. */
const columnsOf = ({ spec: { dataSchema } }: SupervisorSpec) => [
  ...dataSchema.dimensionsSpec.dimensions.map((dimension) =>
    typeof dimension === 'string' ? dimension : dimension.name,
  ),
  ...dataSchema.metricsSpec.map(({ name }) => name),
];

/** The field at the end of `$.a.b[*].c` or `.a.b[]` in a message; fails where there is none. */
function fieldAt(message: string, path: string): protobuf.Field {
  const names = path.replace(/^\$?\./, '').split('.');
  let type: protobuf.Type | undefined = messages.lookupType(message);
  let field: protobuf.Field | undefined;
  for (const name of names) {
    field = type?.fields[name.replace(/\[\*?\]$/, '')];
    expect(field, `${path} in ${message}`).toBeDefined();
    field!.resolve();
    type = field!.resolvedType instanceof protobuf.Type ? field!.resolvedType : undefined;
  }
  return field!;
}

it('has one file a stream', () => {
  expect(readdirSync(join(projectRoot, 'druid', 'specs')).sort()).toEqual(
    streams.map((topic) => `${topic}.json`).sort(),
  );
});

describe.each(streams)('the spec of %s', (topic: TopicName) => {
  let spec: SupervisorSpec;
  beforeAll(async () => {
    spec = await readSpec(topic);
  });

  it('reads the topic, and the message of the stage table, into a datasource of its name', () => {
    const { dataSchema, ioConfig } = spec.spec;
    expect([dataSchema.dataSource, ioConfig.topic]).toEqual([topic, topic]);
    expect(ioConfig.inputFormat.message).toBe(`orderflow.v1.${topics[topic].message}`);
  });

  it('takes all its columns from fields of the message, or from the record', () => {
    const { dataSchema, ioConfig } = spec.spec;
    const { message, flattenSpec } = ioConfig.inputFormat;
    for (const { type, expr } of flattenSpec.fields) {
      const paths =
        type === 'path'
          ? [expr]
          : [...expr.matchAll(expr.includes('[]') ? /\.[a-z_]+(?:\.[a-z_]+)*\[\](?:\.[a-z_]+)?/g : /(?<=\s)\.[a-z_.]+/g)].map(([path]) => path); // prettier-ignore
      expect(paths, expr).not.toEqual([]);
      for (const path of paths) fieldAt(message, path);
    }
    const flattened = flattenSpec.fields.map(({ name }) => name);
    expect(new Set(flattened).size).toBe(flattened.length);
    const record = ['kafka.partition', 'kafka.offset', 'kafka.timestamp'];
    const sources = [
      ...dataSchema.dimensionsSpec.dimensions.map((dimension) =>
        typeof dimension === 'string' ? dimension : dimension.name,
      ),
      ...dataSchema.metricsSpec.map(({ fieldName }) => fieldName),
      dataSchema.timestampSpec.column,
    ];
    expect(sources.filter((name) => !flattened.includes(name) && !record.includes(name))).toEqual([]);
    expect(flattened.filter((name) => !sources.includes(name))).toEqual([]);
  });

  it("has the event's own time", () => {
    const { dataSchema, ioConfig } = spec.spec;
    const { message, flattenSpec } = ioConfig.inputFormat;
    const column = flattenSpec.fields.find(({ name }) => name === dataSchema.timestampSpec.column)!;
    expect(fieldAt(message, column.expr).type).toBe('google.protobuf.Timestamp');
    expect(dataSchema.timestampSpec.format).toBe('iso');
  });

  it('keeps every record, and which one it is', () => {
    expect(spec.spec.dataSchema.granularitySpec.rollup).toBe(false);
    expect(columnsOf(spec)).toEqual(expect.arrayContaining(['kafka.partition', 'kafka.offset']));
  });

  it('loads numbers as numbers', () => {
    const { dataSchema, ioConfig } = spec.spec;
    const { message, flattenSpec } = ioConfig.inputFormat;
    for (const { name, type, expr } of flattenSpec.fields.filter((field) => field.type === 'path')) {
      const isNumber = /^u?int/.test(fieldAt(message, expr).type);
      const dimension = dataSchema.dimensionsSpec.dimensions.find(
        (each) => typeof each !== 'string' && each.name === name,
      );
      if (isNumber) expect([type, dimension]).toEqual(['path', { type: 'long', name }]);
    }
  });

  it('loads no personal data and no payload', () => {
    const { message, flattenSpec } = spec.spec.ioConfig.inputFormat;
    expect(flattenSpec.fields.filter(({ expr }) => /ip_address/.test(expr))).toEqual([]);
    expect(columnsOf(spec)).not.toContain('customer_id');
    const payload = flattenSpec.fields.filter(
      ({ type, expr }) => type === 'path' && fieldAt(message, expr).type === 'bytes',
    );
    expect(payload).toEqual([]);
  });

  it('counts customers by their key where they are sealed, and has no payment method of those', () => {
    const { fields } = spec.spec.ioConfig.inputFormat.flattenSpec;
    const ofCustomer = fields.filter(({ expr }) => /customer_|payment_method/.test(expr));
    if (ofCustomer.length === 0) return;
    const order = /^if (\.(?:[a-z_]+\.)*)customer_key_id/.exec(ofCustomer[0]!.expr)![1]!;
    expect(ofCustomer.map(({ name, expr }) => [name, expr])).toEqual([
      ['customer', `if ${order}customer_key_id == "" then ${order}customer_id else ${order}customer_key_id end`],
      ['payment_method', `if ${order}customer_key_id == "" then ${order}payment_method else "" end`],
    ]);
    expect(spec.spec.dataSchema.metricsSpec).toEqual([
      { type: 'hyperUnique', name: 'customers', fieldName: 'customer' },
    ]);
  });

  it('goes to Druid with the brokers, the descriptor set itself and a fingerprint', async () => {
    const config = loadConfig({ ORDERFLOW_KAFKA: 'one:1,two:2' });
    const filled = await specFor(config, topic);
    expect(filled.spec.ioConfig.consumerProperties['bootstrap.servers']).toBe('one:1,two:2');
    const set = fileDescriptorSet.decode(Buffer.from(filled.spec.ioConfig.inputFormat.descriptorSet, 'base64'));
    const types = (set as unknown as { file: { messageType: { name: string }[] }[] }).file.flatMap(
      ({ messageType }) => messageType,
    );
    expect(types.map(({ name }) => name)).toContain(topics[topic].message);
    expect(await specFor(config, topic)).toEqual(filled);
    const other = await specFor(loadConfig({ ORDERFLOW_KAFKA: 'one:1' }), topic);
    expect(other.context?.[fingerprintKey]).not.toBe(filled.context?.[fingerprintKey]);
  });
});

it('has an extension of each name that is loaded', async () => {
  for (const extension of druidExtensions) {
    const folder = extension.replace(/^druid-/, '');
    const pom = await readFile(join(projectRoot, 'druid', folder, 'pom.xml'), 'utf8');
    expect(pom).toContain(`<artifactId>${extension}</artifactId>`);
  }
});
