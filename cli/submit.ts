/** `orderflow submit`. */
import type { CommandModule } from 'yargs';
import { loadConfig } from '../config.js';
import { submitMissing, waitUntilRunning } from '../pipelines/flink-jobs.js';
import { applyTopics } from '../pipelines/topics.js';
import { stagesFrom } from './stages.js';

export const submitCommand: CommandModule<object, { stage: string[] }> = {
  command: 'submit <stage..>',
  describe: 'submit stages to Flink, each as its own job; those that run already are left alone',
  builder: (yargs) =>
    yargs
      .positional('stage', { type: 'string', array: true, describe: 'names of stages, or all' })
      .example('orderflow submit all', 'the five jobs')
      .example('orderflow submit validator enricher', 'two of them') as never,
  handler: async ({ stage }) => {
    const config = loadConfig();
    const names = stagesFrom(stage);
    await applyTopics(config);
    const submitted = await submitMissing(config, names);
    await waitUntilRunning(config, names);
    const running = names.filter((name) => !submitted.includes(name));
    if (submitted.length > 0) console.log(`submitted ${submitted.join(', ')}`);
    if (running.length > 0) console.log(`running already: ${running.join(', ')}`);
  },
};
