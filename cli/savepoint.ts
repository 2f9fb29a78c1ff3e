/** `orderflow savepoint`. */
import { changeInSteps } from '../audit/audited.js';
import { loadConfig } from '../config.js';
import { saveStages } from '../flink/stage-jobs.js';
import type { Command } from './command.js';
import { stagesFrom, stageSubjects } from './stages.js';

interface Arguments {
  stage: string[];
  json: boolean;
}

export const savepointCommand: Command<Arguments> = {
  builder: (yargs) =>
    yargs
      .positional('stage', { type: 'string', array: true, describe: 'names of stages, or all' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow savepoint all', 'before a change that may have to be taken back')
      .example('orderflow submit aggregator --from file:///…/savepoint-1a2b', 'takes it back') as never,
  handler: async ({ stage, json }) => {
    const config = loadConfig();
    const names = stagesFrom(stage);
    const said = { subjects: stageSubjects(names) };
    const savepoints = await changeInSteps(config, 'savepoint', said, () => saveStages(config, names));
    if (json) return console.log(JSON.stringify({ savepoints }));
    for (const { name, state } of savepoints) console.log(`${name}: ${state?.path}`);
  },
};
