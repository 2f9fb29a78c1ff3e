/** Ends a demonstration. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { down } from '../local/down.js';
import { runTasks } from '../local/progress.js';
import { cancelStages } from '../pipelines/flink-jobs.js';
import { stageLag } from '../pipelines/stage-lag.js';
import { stageNames } from '../pipelines/stages.js';

/** How long the jobs may take to commit what they have done, in checkpoints. */
const patienceInCheckpoints = 4;

/** Cancels the jobs and stops the local stack. Safe to call in any state. `isDone`: all records have been worked on. */
export async function stop(config: Config, isDone: boolean): Promise<void> {
  await runTasks(
    [
      {
        title: 'the last checkpoints',
        enabled: () => isDone,
        task: () => waitUntilCommitted(config),
      },
      {
        title: 'stop the five jobs',
        task: () => cancelStages(config, stageNames).then(() => {}, unlessUnreachable),
      },
    ],
    { progress: 'list', concurrent: false },
  );
  await down(config);
}

/** Records whose offsets are not committed would be read again by the jobs of the next run. */
async function waitUntilCommitted(config: Config): Promise<void> {
  const deadline = performance.now() + patienceInCheckpoints * config.checkpointMs;
  while (performance.now() < deadline) {
    if (Object.values(await stageLag(config)).every((lag) => lag === 0)) return;
    await sleep(200);
  }
}

/** Flink has not come up, or has ended: there is nothing to cancel. */
function unlessUnreachable(error: unknown): void {
  if (!(error instanceof OperatorError && error.code === 'FLINK_UNREACHABLE')) throw error;
}
