/**
 * Everything that a worker can run: the stages' batch functions with their real dependencies, and the plain functions that
 * pipelines name. The worker pool imports this module in each of its workers, which connect at their first batch.
 */
import { onWorkerEnd, registerBatchFunction, type BatchFunction } from '../beam/operators/batch-functions.js';
import { nameElementsBy } from '../beam/operators/bundle-error.js';
import { actingAs, loadConfig } from '../config.js';
import { databaseOf } from '../metastore/database.js';
import type { Metastore } from '../metastore/metastore.js';
import { createPostgresMetastore } from '../metastore/postgres.js';
import { nameOfElement } from '../transforms/step/element-name.js';
import {
  askFunction,
  type BackfillOptions,
  type BackfillSources,
  createAskingAgain,
  createPaneWriter,
  createRangeReader,
  readFunction,
  writeFunction,
} from './backfill/functions.js';
import './named-functions.js';
import { openDependencies, type OpenDependencies } from './stage-dependencies.js';
import { fusedFunction } from '../model/fusion.js';
import { createFusedFunction, createStageFunctions } from './stage-functions.js';
import { type FunctionName, stageOf, workerConfig } from './stage-options.js';

/**
 * By stage and the options that a submission brought: what agrees in them shares a metastore and a partner client, with its circuit. A process
 * works for one job, whose functions have the same options.
 */
const dependencies = new Map<string, OpenDependencies>();

function dependenciesFor(
  functionName: FunctionName,
  options: unknown,
  stage = stageOf(functionName),
): OpenDependencies {
  const key = JSON.stringify([stage, options]);
  const known = dependencies.get(key);
  if (known) return known;
  const made = openDependencies(workerConfig(functionName, options), stage);
  dependencies.set(key, made);
  return made;
}

for (const [name, create] of Object.entries(createStageFunctions)) {
  registerBatchFunction(
    name,
    (options) => create(dependenciesFor(name as FunctionName, options)) as BatchFunction<never, unknown>,
  );
}

// Each stage asks in its own name, fused or not.
registerBatchFunction(
  fusedFunction,
  (options) =>
    createFusedFunction((stage) => dependenciesFor(fusedFunction, options, stage)) as BatchFunction<never, unknown>,
);

// A backfill reads in the name of the stage whose work it does again.
const backfillStage = 'aggregator';
let backfillMetastore: Metastore | undefined;
function backfillSources(options: unknown): BackfillSources {
  const { kafka } = options as BackfillOptions;
  const config = loadConfig({ ...process.env, ORDERFLOW_KAFKA: kafka });
  const connections = config.postgresConnections;
  // Its functions share the connections: a process works for one job.
  backfillMetastore ??= createPostgresMetastore(databaseOf(config, backfillStage), { connections });
  return { kafka: actingAs(config, backfillStage), metastore: backfillMetastore };
}
registerBatchFunction(
  readFunction,
  (options) => createRangeReader(options as BackfillOptions, backfillSources(options)) as BatchFunction<never, unknown>,
);
registerBatchFunction(
  askFunction,
  (options) => createAskingAgain(backfillSources(options)) as BatchFunction<never, unknown>,
);
registerBatchFunction(
  writeFunction,
  (options) => createPaneWriter(options as BackfillOptions) as BatchFunction<never, unknown>,
);

nameElementsBy(nameOfElement);
onWorkerEnd(async () => {
  await Promise.all([...dependencies.values(), backfillMetastore].map((of) => of?.close()));
});
