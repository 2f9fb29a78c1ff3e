import '../../../beam/sdk.js';
import { readFileSync } from 'node:fs';
import { RowCoder as StockRowCoder } from 'apache-beam/coders/row_coder';
import { ExternalConfigurationPayload } from 'apache-beam/proto/external_transforms';
import { expect, test } from 'vitest';
import {
  configurationPayload,
  externalTransform,
  type Configuration,
} from '../../../beam/pipeline/external-transform.js';

const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8').trim();
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

const configuration = {
  consumer_config: { 'bootstrap.servers': 'a:1,b:2', 'group.id': 'größe' },
  no_config: {},
  topics: ['raw_order', 'valid_order'],
  no_topics: [],
  timestamp_policy: 'ProcessingTime',
  empty: '',
  long_text: 'x'.repeat(200),
  commit_offset_in_finalize: true,
  redistribute: false,
  start: 0,
  period: 300,
  start_read_time: 1_700_000_000_000,
  end: -1,
} satisfies Configuration;

/** A field as Java's program in fixtures/ prints it. */
function asJavaReads([name, value]: [string, Configuration[string]]): string {
  if (typeof value === 'string') return `${name}: STRING ${value}`;
  if (typeof value === 'boolean') return `${name}: BOOLEAN ${value}`;
  if (typeof value === 'number') return `${name}: INT64 ${value}`;
  if (Array.isArray(value)) return `${name}: ARRAY [${value.join(', ')}]`;
  return `${name}: MAP {${Object.entries(value)
    .map(([key, text]) => `${key}=${text}`)
    .join(', ')}}`;
}

test('Java read every field of the payload as it was meant, and nothing else', () => {
  const lines = [...Object.entries(configuration).map(asJavaReads), 'bytes left: 0'];
  expect(fixture('configuration.txt').split('\n')).toEqual(lines);
});

test('the payload is the one that Java read', () => {
  expect(hex(configurationPayload(configuration))).toBe(fixture('configuration.hex'));
});

test('refuses a number that is no integer', () => {
  expect(() => configurationPayload({ period: 0.5 })).toThrow(RangeError);
});

test("the SDK's own row coder writes no maps (when this fails, configurationPayload can go)", () => {
  const { schema } = ExternalConfigurationPayload.fromBinary(configurationPayload(configuration));
  expect(() => new StockRowCoder(schema!)).toThrow('a type that is not currently supported by RowCoder');
});

test("leaves out the expansion service's artifacts, which Flink has on its own class path", async () => {
  const transform = externalTransform('Read', 'some:urn', {}, 'localhost:1') as unknown as {
    resolveArtifacts(components: unknown): Promise<unknown>;
  };
  const java = { urn: 'beam:env:embedded:v1', dependencies: [{ typeUrn: 'beam:artifact:type:file:v1' }] };
  const components = await transform.resolveArtifacts({ environments: { java } });
  expect(components).toEqual({ environments: { java: { urn: 'beam:env:embedded:v1', dependencies: [] } } });
});
