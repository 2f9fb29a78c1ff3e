/**
 * Everything that a worker can run: the stages' batch functions with their real dependencies, and the plain functions that
 * pipelines name. The worker pool imports this module in each of its workers, which connect at their first batch.
 */
import { onWorkerEnd, registerBatchFunction, type BatchFunction } from '../beam/operators/batch-functions.js';
import { nameElementsBy } from '../beam/operators/bundle-error.js';
import { loadConfig } from '../config.js';
import { createPostgresMetastore } from '../metastore/postgres.js';
import { createPartnerClient } from '../transforms/delivery/partner-client.js';
import { nameOfElement } from '../transforms/step/element-name.js';
import './named-functions.js';
import { createStageFunctions, type StageDependencies } from './stage-functions.js';

let dependencies: StageDependencies | undefined;

/** One metastore and one partner client per process, made when the first function is. */
function realDependencies(): StageDependencies {
  if (!dependencies) {
    const config = loadConfig();
    dependencies = {
      metastore: createPostgresMetastore(config.postgresUrl, { connections: config.postgresConnections }),
      partner: createPartnerClient({ url: config.partnerUrl, ...config.partner }),
      clock: Date.now,
      maxOrderBytes: config.maxOrderBytes,
      allowedLatenessMs: config.allowedLatenessMs,
      redeliveryMs: config.partner.retryMs,
    };
  }
  return dependencies;
}

for (const [name, create] of Object.entries(createStageFunctions)) {
  registerBatchFunction(name, () => create(realDependencies()) as BatchFunction<never, unknown>);
}

nameElementsBy(nameOfElement);
onWorkerEnd(async () => {
  await Promise.all([dependencies?.partner.close(), dependencies?.metastore.close()]);
});
