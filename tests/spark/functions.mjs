/** The batch function of the worker pool in limits.services.test.ts. Runs in workers, from dist/. */
import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { registerBatchFunction } from '../../dist/beam/operators/batch-functions.js';
import '../../dist/pipelines/named-functions.js';

/** Counts and notes what comes, and lets it pass when nothing holds it. */
registerBatchFunction('note', ({ folder, name }) => async (batch, { count }) => {
  count('noted', batch.length);
  await appendFile(join(folder, name), batch.map((element) => `${JSON.stringify(element)}\n`).join(''));
  while (existsSync(join(folder, `hold ${name}`))) await sleep(50);
  return batch.map((element) => [element]);
});
