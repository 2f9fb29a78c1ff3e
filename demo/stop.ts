/** Ends a demonstration. */
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { stopStages } from '../flink/stage-jobs.js';
import { down } from '../local/down.js';
import { runTasks } from '../local/progress.js';
import { stageNames } from '../model/stages.js';

/** Stops the jobs, each with a savepoint, and the local stack. Safe to call in any state. */
export async function stop(config: Config): Promise<void> {
  await runTasks(
    [
      {
        title: 'stop the five jobs',
        task: () => stopStages(config, stageNames).then(() => {}, unlessNothingThere),
      },
    ],
    { progress: 'list', concurrent: false },
  );
  await down(config);
}

/** Flink or the metastore has not come up, or has ended. Jobs that run on in Flink's books go on at the next start. */
function unlessNothingThere(error: unknown): void {
  const codes = ['FLINK_UNREACHABLE', 'METASTORE_UNREACHABLE'];
  if (!(error instanceof OperatorError && codes.includes(error.code))) throw error;
}
