import '../../beam/sdk.js';
import { Pipeline } from 'apache-beam/internal/pipeline';
import { Root } from 'apache-beam/pvalue';
import { expect, test } from 'vitest';
import { readFromMemory, writeToMemory } from '../../beam/pipeline/memory-io.js';
import { loadConfig } from '../../config.js';
import { redeliveryFunction, stageNames, type StageName } from '../../model/stages.js';
import { wiringOptions } from '../../pipelines/kafka-pipeline.js';
import { stageOptions } from '../../pipelines/stage-options.js';
import { wireStage, type StageIo } from '../../pipelines/wire.js';

const day = 86_400_000;
const config = loadConfig({
  ORDERFLOW_ALLOWED_LATENESS_MS: String(3 * day),
  ORDERFLOW_POSTGRES_URL: 'postgres://me:hush@db.example.com/orders',
});

/** The windowing strategies of a stage's pipeline, and how it reads. */
async function wired(stage: StageName) {
  const pipeline = new Pipeline();
  const reads: unknown[] = [];
  const io: StageIo = {
    async read(root, topic, time) {
      reads.push([topic, time]);
      return root.apply(readFromMemory(`Read ${topic}`, []));
    },
    write: async (records, topic, label = topic) => void records.apply(writeToMemory(`Write ${label}`, [])),
    ticks: async (root) => root.apply(readFromMemory('Every second', [])),
  };
  await wireStage(stage, io, wiringOptions(config))(new Root(pipeline));
  const { windowingStrategies, transforms } = pipeline.getProto().components!;
  return { reads, strategies: Object.values(windowingStrategies), transforms: Object.values(transforms) };
}

test('tells each batch function what the submission says, and no password', async () => {
  for (const stage of stageNames) {
    const { transforms } = await wired(stage);
    const payloads = transforms.map(({ spec }) => Buffer.from(spec?.payload ?? []).toString('latin1'));
    for (const name of stage === 'external-processor' ? [stage, redeliveryFunction] : [stage]) {
      const [batch, another] = payloads.filter((payload) => payload.includes(`"function":"${name}"`));
      expect(batch, name).toContain(`"options":${JSON.stringify(stageOptions(config))}`);
      expect(another, name).toBeUndefined();
    }
    expect(payloads.filter((payload) => payload.includes('hush'))).toEqual([]);
  }
});

test('keeps the windows a day longer than an order may be late, by the time of the records', async () => {
  const { reads, strategies } = await wired('aggregator');
  expect(reads).toEqual([['enriched_order', 'record']]);
  expect(strategies.map(({ allowedLateness }) => allowedLateness)).toContain(BigInt(4 * day));
});

test('needs no time of the records in the stages without windows', async () => {
  for (const stage of stageNames.filter((name) => name !== 'aggregator')) {
    const { reads, strategies } = await wired(stage);
    expect(reads).toEqual([[expect.any(String), undefined]]);
    expect(
      strategies.every(({ allowedLateness }) => allowedLateness === 0n),
      stage,
    ).toBe(true);
  }
});
