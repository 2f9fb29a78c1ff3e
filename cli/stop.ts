/** `orderflow stop`. */
import { changeInSteps } from '../audit/audited.js';
import { loadConfig } from '../config.js';
import { stopStages } from '../flink/stage-jobs.js';
import type { Command } from './command.js';
import { stagesFrom, stageSubjects } from './stages.js';
import { stateText } from './state-text.js';

interface Arguments {
  stage: string[];
  json: boolean;
}

export const stopCommand: Command<Arguments> = {
  builder: (yargs) =>
    yargs
      .positional('stage', { type: 'string', array: true, describe: 'names of stages, or all' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow stop all', 'the five jobs; a job that cannot take a savepoint is left at its last checkpoint')
      .example('orderflow stop aggregator && orderflow submit aggregator', 'it goes on with its windows') as never,
  handler: async ({ stage, json }) => {
    const config = loadConfig();
    const names = stagesFrom(stage);
    const stopped = await changeInSteps(
      config,
      'stop',
      { subjects: stageSubjects(names) },
      () => stopStages(config, names),
      (done) => ({ details: { stopped: done.map(({ name }) => name) } }),
    );
    if (json) return console.log(JSON.stringify({ stopped }));
    if (stopped.length === 0) return console.log('none of these stages was running');
    for (const { name, state } of stopped) console.log(`stopped ${name}${stateText(', and left', state)}`);
  },
};
