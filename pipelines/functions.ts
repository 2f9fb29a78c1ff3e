/**
 * Everything that a worker can run: the stages' batch functions with their real dependencies, and the plain functions that
 * pipelines name. The worker pool imports this module in each of its workers, which connect at their first batch.
 */
import { onWorkerEnd, registerBatchFunction, type BatchFunction } from '../beam/operators/batch-functions.js';
import { nameElementsBy } from '../beam/operators/bundle-error.js';
import type { Kms } from '../kms/kms.js';
import { openKms } from '../kms/open-kms.js';
import { databaseOf } from '../metastore/database.js';
import { createPostgresMetastore } from '../metastore/postgres.js';
import { createKeyring } from '../personal-data/keyring.js';
import { createVault } from '../personal-data/vault.js';
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
const dependencies = new Map<string, StageDependencies & { readonly kms: Kms }>();

function dependenciesFor(functionName: FunctionName, options: unknown) {
  const key = JSON.stringify(options);
  const known = dependencies.get(key);
  if (known) return known;
  const config = workerConfig(functionName, options);
  const metastore = createPostgresMetastore(databaseOf(config, stageOf(functionName)), {
    connections: config.postgresConnections,
  });
  const kms = openKms(config);
  const made = {
    metastore,
    kms,
    vault: createVault(createKeyring({ kms, metastore })),
    personalData: config.personalData,
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
    [...dependencies.values()].flatMap(({ partner, metastore, kms }) => [
      partner.close(),
      metastore.close(),
      kms.close(),
    ]),
  );
});
