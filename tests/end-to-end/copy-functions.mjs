/** The batch functions of the worker pool in copy-under-kill.test.ts: a stage that copies a topic. Runs in workers, from dist/. */
import { registerBatchFunction } from '../../dist/beam/operators/batch-functions.js';

registerBatchFunction('copy', () => async (batch, { count }) => {
  // As a call to a database would: the bundle must wait for it.
  await new Promise((resolve) => setTimeout(resolve, 2));
  count('copied', batch.length);
  return batch.map(({ key, value, partition, offset }) => [
    { copied: { key, value: Buffer.concat([value, Buffer.from(` from ${partition}/${offset}`)]) } },
  ]);
});
