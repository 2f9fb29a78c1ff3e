/** `orderflow submit`. */
import { loadConfig } from '../config.js';
import { OperatorError } from '../errors.js';
import { type From, submitMissing, waitUntilRunning } from '../flink/stage-jobs.js';
import { applyTopics, keptPartitions } from '../kafka/topics.js';
import type { Command } from './command.js';
import { dropStateOption, stagesFrom } from './stages.js';
import { stateText } from './state-text.js';

interface Arguments {
  stage: string[];
  fresh: boolean;
  from: string | undefined;
  dropState: boolean;
}

export const submitCommand: Command<Arguments> = {
  builder: (yargs) =>
    yargs
      .positional('stage', { type: 'string', array: true, describe: 'names of stages, or all' })
      .option('fresh', {
        type: 'boolean',
        default: false,
        describe: "start without any state, at the offsets of the stage's consumer group",
      })
      .option('from', { type: 'string', requiresArg: true, describe: 'go on from this savepoint of one stage' })
      .option('drop-state', dropStateOption)
      .example('orderflow submit all', 'the five jobs, each from where it was stopped')
      .example('orderflow submit validator enricher', 'two of them') as never,
  handler: async ({ stage, fresh, from, dropState }) => {
    const config = loadConfig();
    const names = stagesFrom(stage);
    const start = startOf(names, fresh, from);
    const topics = await applyTopics(config);
    const notes = topics
      .filter(({ partitions }) => partitions !== config.partitions)
      .map(({ topic, partitions }) => `${topic} ${keptPartitions(partitions, config.partitions)}`);
    if (notes.length > 0)
      console.error(`${notes[0]}${notes.length > 1 ? ` (and ${notes.length - 1} topics more)` : ''}`);
    const submitted = await submitMissing(config, names, { from: start, dropState });
    await waitUntilRunning(config, names);
    const running = names.filter((name) => !submitted.some((each) => each.name === name));
    for (const { name, state } of submitted) console.log(`submitted ${name}${stateText(', from', state)}`);
    if (running.length > 0) console.log(`running already: ${running.join(', ')}`);
  },
};

function startOf(names: readonly string[], fresh: boolean, from: string | undefined): From {
  if (from === undefined) return fresh ? 'nothing' : 'newest';
  if (fresh) throw new OperatorError('BAD_ARGUMENTS', '--from and --fresh: choose one', { exitCode: 2 });
  if (names.length === 1) return { path: from };
  throw new OperatorError('BAD_ARGUMENTS', '--from: a savepoint is of one stage, name one', { exitCode: 2 });
}
