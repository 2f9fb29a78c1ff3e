/** Runs a backfill in this process on Beam's DirectRunner, over the real Kafka and metastore. */
import { registerBatchFunction, type BatchFunction } from '../../beam/operators/batch-functions.js';
import { runDirectly } from '../../beam/pipeline/direct-runner.js';
import type { Config } from '../../config.js';
import { databaseOf } from '../../metastore/database.js';
import { createPostgresMetastore } from '../../metastore/postgres.js';
import {
  askFunction,
  type BackfillOptions,
  type BackfillSources,
  createAskingAgain,
  createPaneWriter,
  createRangeReader,
  readFunction,
  writeFunction,
} from './functions.js';
import '../named-functions.js';

/** How often progress is told, in ms. */
const tellMs = 1_000;

/** Where the backfills under way read, by their folders, which the functions are told. */
const sources = new Map<string, BackfillSources>();

registerBatchFunction(readFunction, (options) => {
  const of = options as BackfillOptions;
  return createRangeReader(of, sources.get(of.folder)!) as BatchFunction<never, unknown>;
});
registerBatchFunction(
  askFunction,
  (options) => createAskingAgain(sources.get((options as BackfillOptions).folder)!) as BatchFunction<never, unknown>,
);
registerBatchFunction(
  writeFunction,
  (options) => createPaneWriter(options as BackfillOptions) as BatchFunction<never, unknown>,
);

/**
 * Resolves when the pipeline of `wireBackfill` has ended, whose folder is given. Kafka is read in the name of the configuration's principal, and the
 * metastore is asked as `page`, which reads.
 */
export async function runBackfillDirectly(
  config: Config,
  build: Parameters<typeof runDirectly>[0],
  { folder, onProgress }: { readonly folder: string; readonly onProgress: () => Promise<void> },
): Promise<void> {
  const { postgresConnections: connections } = config;
  const metastore = createPostgresMetastore(databaseOf(config, 'page'), { connections });
  sources.set(folder, { kafka: config, metastore });
  const timer = setInterval(() => void onProgress().catch(() => undefined), tellMs);
  try {
    await runDirectly(build);
  } finally {
    clearInterval(timer);
    sources.delete(folder);
    await metastore.close();
  }
}
