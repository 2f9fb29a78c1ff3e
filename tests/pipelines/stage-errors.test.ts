/** What is shown when a stage fails as a whole: stage, order and place, and nothing that PostgreSQL quotes. */
import { afterEach, expect, test } from 'vitest';
import '../../beam/sdk.js';
import { registerBatchFunction, type BatchFunction } from '../../beam/operators/batch-functions.js';
import { batchParDo } from '../../beam/operators/batch-par-do.js';
import { nameElementsBy } from '../../beam/operators/bundle-error.js';
import { runDirectly } from '../../beam/pipeline/direct-runner.js';
import { readFromMemory } from '../../beam/pipeline/memory-io.js';
import { stageNames, type StageName } from '../../model/stages.js';
import { createStageFunctions, type StageDependencies } from '../../pipelines/stage-functions.js';
import { nameOfElement } from '../../transforms/step/element-name.js';
import type { KafkaRecord } from '../../model/record.js';
import { anOrder, clock, enrichedRecord, externalRecord, rawRecord } from '../transforms/fixtures.js';

/** PostgreSQL's words with the values of an order in them. */
const failure = Object.assign(new Error('customer c-1 at 192.0.2.7'), {
  code: '57P01',
  detail: 'Key (customer_id, ip)=(c-1, 192.0.2.7)',
});
const metastore = new Proxy({}, { get: () => () => Promise.reject(failure) });
const dependencies = { metastore, clock, maxOrderBytes: 900_000 } as unknown as StageDependencies;

const records: Record<StageName, (offset: number) => KafkaRecord> = {
  validator: (offset) => rawRecord(anOrder(), offset),
  enricher: (offset) => ({ ...rawRecord(anOrder(), offset), topic: 'valid_order' }),
  router: (offset) => enrichedRecord(anOrder(), offset),
  'external-processor': (offset) => externalRecord(anOrder(), offset),
  aggregator: (offset) => enrichedRecord(anOrder(), offset),
};

afterEach(() => nameElementsBy(() => undefined));

test.each(stageNames)('the %s names itself and the order, and shows nothing of what PostgreSQL said', async (stage) => {
  nameElementsBy(nameOfElement);
  const create = createStageFunctions[stage] as (given: StageDependencies) => BatchFunction<never, unknown>;
  registerBatchFunction(stage, () => create(dependencies));
  const input = [3, 4, 5].map(records[stage]);
  const run = runDirectly(async (root) => {
    root
      .apply(readFromMemory('Records', input))
      .apply(batchParDo('Stage', stage, {}, { maxBatchSize: 500, maxConcurrency: 1 }));
  });
  const { topic } = records[stage](3);
  await expect(run).rejects.toThrow(
    new RegExp(
      `^stage ${stage}, order o-1 \\(${topic} 1@3\\) and 2 more: the metastore is shutting down; try again when it is back \\(57P01\\)$`,
    ),
  );
});
