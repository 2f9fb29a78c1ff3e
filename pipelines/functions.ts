/**
 * Everything that a worker can run: the stages' batch functions with their real dependencies, and the plain functions that
 * pipelines name. The worker pool imports this module in each of its workers, which connect at their first batch.
 */
import { onWorkerEnd, registerBatchFunction, type BatchFunction } from '../beam/operators/batch-functions.js';
import { nameElementsBy } from '../beam/operators/bundle-error.js';
import { databaseOf } from '../metastore/database.js';
import { createPostgresMetastore } from '../metastore/postgres.js';
import { createPartnerClient } from '../transforms/delivery/partner-client.js';
import { nameOfElement } from '../transforms/step/element-name.js';
import './named-functions.js';
import { createStageFunctions, type StageDependencies } from './stage-functions.js';
import { type FunctionName, stageOf, workerConfig } from './stage-options.js';
import { createUpkeepStarter } from './upkeep-starter.js';

/**
 * By the options that a submission brought: what agrees in them shares a metastore and a partner client, with its circuit. A process
 * works for one job, whose functions have the same options.
 */
const dependencies = new Map<string, StageDependencies>();

function dependenciesFor(functionName: FunctionName, options: unknown): StageDependencies {
  const key = JSON.stringify(options);
  const known = dependencies.get(key);
  if (known) return known;
  const config = workerConfig(functionName, options);
  const made: StageDependencies = {
    metastore: createPostgresMetastore(databaseOf(config, stageOf(functionName)), {
      connections: config.postgresConnections,
    }),
    partner: createPartnerClient({ url: config.partnerUrl, partnersFile: config.partnersFile, ...config.partner }),
    clock: Date.now,
    maxOrderBytes: config.maxOrderBytes,
    allowedLatenessMs: config.allowedLatenessMs,
    retry: config.partner,
    startUpkeep: createUpkeepStarter(config, Date.now),
  };
  dependencies.set(key, made);
  return made;
}

for (const [name, create] of Object.entries(createStageFunctions)) {
  registerBatchFunction(
    name,
    (options) => create(dependenciesFor(name as FunctionName, options)) as BatchFunction<never, unknown>,
  );
}

nameElementsBy(nameOfElement);
onWorkerEnd(async () => {
  await Promise.all(
    [...dependencies.values()].flatMap(({ partner, metastore }) => [partner.close(), metastore.close()]),
  );
});
