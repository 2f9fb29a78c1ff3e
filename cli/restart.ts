/** `orderflow restart`. */
import { changeInSteps } from '../audit/audited.js';
import { loadConfig } from '../config.js';
import { restartStages } from '../flink/stage-jobs.js';
import type { Command } from './command.js';
import { dropStateOption, stagesFrom, stageSubjects } from './stages.js';
import { stateText } from './state-text.js';

export const restartCommand: Command<{ stage: string[]; dropState: boolean }> = {
  builder: (yargs) =>
    yargs
      .positional('stage', { type: 'string', array: true, describe: 'names of stages, or all' })
      .option('drop-state', dropStateOption)
      .example('orderflow restart all', 'a rolling restart of all workers, with the code as it is built now')
      .example('ORDERFLOW_PARALLELISM=4 orderflow restart validator', 'twice the workers for one stage') as never,
  handler: async ({ stage, dropState }) => {
    const config = loadConfig();
    const names = stagesFrom(stage);
    await changeInSteps(config, 'restart', { subjects: stageSubjects(names), details: { dropState } }, () =>
      restartStages(config, names, ({ name, state }) => console.log(`restarted ${name}${stateText(', from', state)}`), {
        dropState,
      }),
    );
  },
};
