/** `orderflow stop`. */
import type { CommandModule } from 'yargs';
import { loadConfig } from '../config.js';
import { cancelStages } from '../pipelines/flink-jobs.js';
import { stagesFrom } from './stages.js';

export const stopCommand: CommandModule<object, { stage: string[] }> = {
  command: 'stop <stage..>',
  describe: "stop stages' jobs on Flink; submitted again, they go on from their last checkpoint's offsets",
  builder: (yargs) =>
    yargs
      .positional('stage', { type: 'string', array: true, describe: 'names of stages, or all' })
      .example('orderflow stop all', 'cancels the five jobs') as never,
  handler: async ({ stage }) => {
    const stopped = await cancelStages(loadConfig(), stagesFrom(stage));
    console.log(stopped.length > 0 ? `stopped ${stopped.join(', ')}` : 'none of these stages was running');
  },
};
