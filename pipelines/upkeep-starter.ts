/** Starts the metastore's daily upkeep from the ticks of a job, which there are wherever orders are delivered. */
import type { Config } from '../config.js';
import { databaseOf } from '../metastore/database.js';
import { runUpkeepIfDue } from '../metastore/upkeep.js';
import type { Clock } from '../transforms/step/step.js';

/** How often a worker asks whether the upkeep is due, in ms. */
const askEveryMs = 60_000;

/**
 * Makes the function that is called about once a second. It returns at once: the upkeep may take minutes, and a batch must not. It runs on
 * connections of its own, and ends with the worker; another one begins anew then. How a run went stands in the metastore (`orderflow status`).
 * It makes and drops partitions, and so is the owner's: a worker that lacks the owner's password leaves it to `orderflow retention run`.
 */
export function createUpkeepStarter(
  config: Pick<Config, 'postgresUrl' | 'postgres' | 'keepDays'>,
  clock: Clock,
  run = runUpkeepIfDue,
): () => void {
  let isRunning = false;
  let askedAt = -Infinity;
  return () => {
    const now = clock();
    if (isRunning || now - askedAt < askEveryMs) return;
    [isRunning, askedAt] = [true, now];
    run(databaseOf(config, 'owner'), { keepDays: config.keepDays, by: 'external-processor' })
      // It has written down what was wrong, unless PostgreSQL does not answer: then the job's own batches say so.
      .catch(() => undefined)
      .finally(() => {
        isRunning = false;
      });
  };
}
