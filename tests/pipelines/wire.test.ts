import '../../beam/sdk.js';
import type { Components } from 'apache-beam/proto/beam_runner_api';
import { describe, expect, test } from 'vitest';
import { buildPipeline } from '../../beam/pipeline/portable-runner.js';
import { passThrough } from '../../beam/pipeline/pass-through.js';
import { loadConfig } from '../../config.js';
import { carriedHeader } from '../../model/fusion.js';
import { redeliveryFunction, stageByName, stageNames, type StageName } from '../../model/stages.js';
import { kafkaIo, kafkaPipeline, wiringOptions } from '../../pipelines/kafka-pipeline.js';
import { stageOptions } from '../../pipelines/stage-options.js';
import { wireStage, type StageIo } from '../../pipelines/wire.js';

const day = 86_400_000;
/** A job for each stage; the fused form has tests of its own below. */
const config = loadConfig({
  ORDERFLOW_FUSED: 'false',
  ORDERFLOW_ALLOWED_LATENESS_MS: String(3 * day),
  ORDERFLOW_POSTGRES_URL: 'postgres://me:hush@db.example.com/orders',
});

/** A stage's pipeline as Beam's job server gets it. */
function wired(stage: StageName, io: StageIo = kafkaIo(config, stage)): Components {
  return buildPipeline(wireStage(stage, io, wiringOptions(config)), config.workerPool).components!;
}

test('tells each batch function what the submission says, and no password', () => {
  for (const stage of stageNames) {
    const { transforms } = wired(stage);
    const payloads = Object.values(transforms).map(({ spec }) => Buffer.from(spec?.payload ?? []).toString('latin1'));
    for (const name of stage === 'external-processor' ? [stage, redeliveryFunction] : [stage]) {
      const [batch, another] = payloads.filter((payload) => payload.includes(`"function":"${name}"`));
      expect(batch, name).toContain(`"options":${JSON.stringify(stageOptions(config))}`);
      expect(another, name).toBeUndefined();
    }
    expect(payloads.filter((payload) => payload.includes('hush'))).toEqual([]);
  }
});

test('keeps the windows a day longer than an order may be late', () => {
  const lateness = (stage: StageName) =>
    Object.values(wired(stage).windowingStrategies).map(({ allowedLateness }) => allowedLateness);
  expect(lateness('aggregator')).toContain(BigInt(4 * day));
  for (const stage of stageNames.filter((name) => name !== 'aggregator'))
    expect(new Set(lateness(stage)), stage).toEqual(new Set([0n]));
});

test('reads and ticks by what the runner has a state for, or none: an Impulse may come again after a savepoint', () => {
  for (const stage of stageNames) {
    const { transforms } = wired(stage);
    const sources = Object.values(transforms).filter(
      ({ inputs, outputs, subtransforms }) =>
        Object.keys(inputs).length === 0 && Object.keys(outputs).length > 0 && subtransforms.length === 0,
    );
    const urns = sources.map(({ spec }) => spec?.urn);
    const ticks = stage === 'external-processor' ? ['flink:transform:streaming_impulse:v1'] : [];
    expect(urns.sort(), stage).toEqual([...ticks, 'orderflow:transform:kafka_read:v1']);
  }
});

describe('where orders are carried on', () => {
  const fused = loadConfig({
    ORDERFLOW_PRINCIPAL: 'operator',
    ORDERFLOW_KAFKA_USER: '{principal}',
  });
  const payloads = (stage: StageName) => {
    const build = kafkaPipeline(fused, stage);
    const { transforms } = buildPipeline(build, fused.workerPool).components!;
    return new Map(
      Object.values(transforms).flatMap(({ uniqueName, spec }) =>
        spec?.urn.startsWith('orderflow:transform:kafka')
          ? [[uniqueName, JSON.parse(Buffer.from(spec.payload).toString()) as Record<string, unknown>] as const]
          : [],
      ),
    );
  };

  test('the validator writes what all of the fused stages write, each topic marked that is read by one of them', () => {
    const writes = [...payloads('validator')].flatMap(([name, { topic, header, isStateless }]) =>
      name.includes('Write') ? [[topic, header, isStateless]] : [],
    );
    // Of what it writes now only, nothing is in the state: it goes on from there alone, too.
    expect(writes.sort()).toEqual([
      ['dead_letter', undefined, false],
      ['enriched_order', carriedHeader, true],
      ['external_order', undefined, true],
      ['internal_order', undefined, true],
      ['rejected_order', undefined, false],
      ['valid_order', carriedHeader, false],
    ]);
  });

  test('its state is that of one which carries none: what it reads, and the step, have their names', () => {
    const { pcollections } = buildPipeline(kafkaPipeline(fused, 'validator'), fused.workerPool).components!;
    const names = Object.values(pcollections).map(({ uniqueName }) => uniqueName);
    expect(names).toEqual(expect.arrayContaining(['Read raw_order.main', 'Validator.main', 'Split.valid_order']));
  });

  test.each<[StageName, string | undefined]>([
    ['validator', undefined],
    ['enricher', carriedHeader],
    ['router', carriedHeader],
    ['external-processor', undefined],
    ['aggregator', undefined],
  ])('the %s passes over %s, whether it is so now or was', (stage, header) => {
    expect(payloads(stage).get(`Read ${stageByName(stage).input}`)).toMatchObject(header ? { passOver: header } : {});
    expect('passOver' in payloads(stage).get(`Read ${stageByName(stage).input}`)!).toBe(header !== undefined);
  });
});

describe('names, by which Flink finds state again', () => {
  const namesOf = ({ pcollections }: Components) => Object.values(pcollections).map(({ uniqueName }) => uniqueName);

  // Another name for what a step reads is another operator for Flink: it takes up no state of the one before.
  test.each<[StageName, readonly string[]]>([
    [
      'validator',
      ['Read raw_order.main', 'Validator.main', 'Split.dead_letter', 'Split.rejected_order', 'Split.valid_order'],
    ],
    [
      'aggregator',
      [
        'Read enriched_order.main',
        'Aggregator.main',
        'Split.aggregate',
        'Split.dead_letter',
        'By created_at.main',
        'Window/Into.main',
        'map(Key by to-location).main',
        'Sum/Encode.main',
        'Sum/Combine.main',
        'map(To panes).main',
        'To aggregated_order/Encode aggregated_order.main',
      ],
    ],
  ])('of the %s are these', (stage, names) => {
    expect(namesOf(wired(stage))).toEqual(expect.arrayContaining([...names]));
  });

  test.each(stageNames)('of the %s are different, and the same with a step more in front', (stage) => {
    const io = kafkaIo(config, stage);
    const longer: StageIo = { ...io, read: (root, topic) => io.read(root, topic).apply(passThrough('Look')) };
    const names = namesOf(wired(stage));
    expect(new Set(names).size).toBe(names.length);
    expect(namesOf(wired(stage, longer)).sort()).toEqual([...names, 'Look.main'].sort());
  });
});
