/** The supervisor specs: a plain file for each stream, with what depends on the installation filled in. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, projectRoot } from '../config.js';
import { javaSecurity } from '../kafka/security.js';
import { topicNames, type TopicName } from '../model/topics.js';

export interface Dimension {
  readonly type: string;
  readonly name: string;
}

/** What this project reads and fills in of a spec; the rest is Druid's. */
export interface SupervisorSpec {
  readonly type: 'kafka';
  context?: Readonly<Record<string, unknown>>;
  readonly spec: {
    readonly dataSchema: {
      readonly dataSource: TopicName;
      readonly timestampSpec: { readonly column: string; readonly format: string; readonly missingValue?: string };
      readonly dimensionsSpec: { readonly dimensions: readonly (string | Dimension)[] };
      readonly metricsSpec: readonly { readonly type: string; readonly name: string; readonly fieldName: string }[];
      readonly granularitySpec: { readonly rollup: boolean };
    };
    readonly ioConfig: {
      readonly topic: TopicName;
      readonly consumerProperties: Record<string, unknown>;
      readonly inputFormat: {
        readonly type: 'orderflow-protobuf';
        readonly message: string;
        descriptorSet: string;
        readonly flattenSpec: { readonly fields: readonly { type: string; name: string; expr: string }[] };
      };
    };
  };
}

/** Where a stream's spec stands. */
export const specFile = (topic: TopicName) => join(projectRoot, 'druid', 'specs', `${topic}.json`);

/** The spec as it stands in its file. */
export const readSpec = async (topic: TopicName): Promise<SupervisorSpec> =>
  JSON.parse(await readFile(specFile(topic), 'utf8')) as SupervisorSpec;

/** By this name in a spec's context, one sees whether Druid has the present spec. */
export const fingerprintKey = 'orderflow.spec';

/**
 * The spec as Druid gets it: with the brokers of this configuration, the descriptor set itself (base64) in place of its file's
 * name, and a fingerprint of it all.
 */
export async function specFor(config: Config, topic: TopicName): Promise<SupervisorSpec> {
  const spec = await readSpec(topic);
  const { consumerProperties, inputFormat } = spec.spec.ioConfig;
  consumerProperties['bootstrap.servers'] = config.druidKafka;
  Object.assign(consumerProperties, javaSecurity(config.kafkaSecurity, 'druid'));
  const descriptorSet = await readFile(join(projectRoot, inputFormat.descriptorSet));
  inputFormat.descriptorSet = descriptorSet.toString('base64');
  const fingerprint = createHash('sha256').update(JSON.stringify(spec)).digest('hex');
  spec.context = { ...spec.context, [fingerprintKey]: fingerprint };
  return spec;
}

/** One a stream, named as the topic and the datasource. */
export const streams: readonly TopicName[] = topicNames;
