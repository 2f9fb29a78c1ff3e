/** `orderflow submit`. */
import { changeInSteps } from '../audit/audited.js';
import { loadConfig } from '../config.js';
import { OperatorError } from '../errors.js';
import { submitMissing, waitUntilRunning } from '../flink/stage-jobs.js';
import type { From } from '../flink/submissions.js';
import { applyTopics, desiredTopic, keptPartitions } from '../kafka/topics.js';
import type { Command } from './command.js';
import { positiveNumber } from './numbers.js';
import { dropStateOption, stagesFrom, stageSubjects } from './stages.js';
import { stateText } from './state-text.js';

interface Arguments {
  stage: string[];
  fresh: boolean;
  from: string | undefined;
  again: string | undefined;
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
      .option('again', {
        type: 'string',
        requiresArg: true,
        describe: 'with --fresh: read again what came in the last so many hours',
      })
      .option('from', { type: 'string', requiresArg: true, describe: 'go on from this savepoint of one stage' })
      .option('drop-state', dropStateOption)
      .example('orderflow submit all', 'the five jobs, each from where it was stopped')
      .example('orderflow submit validator enricher', 'two of them')
      .example(
        'orderflow submit aggregator --fresh --again 48',
        'without its state: windows are made from the topic again',
      ) as never,
  handler: async ({ stage, fresh, again, from, dropState }) => {
    const config = loadConfig();
    const names = stagesFrom(stage);
    const start = startOf(names, { fresh, again, from });
    const submit = async () => {
      const topics = await applyTopics(config);
      const submitted = await submitMissing(config, names, { from: start, dropState });
      await waitUntilRunning(config, names);
      return { topics, submitted };
    };
    const { topics, submitted } = await changeInSteps(
      config,
      'submit',
      { subjects: stageSubjects(names), details: { from: start, dropState } },
      submit,
      (done) => ({ details: { submitted: done.submitted.map(({ name }) => name) } }),
    );
    const running = names.filter((name) => !submitted.some((each) => each.name === name));
    for (const { name, state } of submitted) console.log(`submitted ${name}${stateText(', from', state)}`);
    if (running.length > 0) console.log(`running already: ${running.join(', ')}`);
    const notes = topics
      .filter(({ topic, partitions }) => partitions !== desiredTopic(config, topic).partitions)
      .map(({ topic, partitions }) => `${topic} ${keptPartitions(partitions, config.partitions)}`);
    if (notes.length > 0)
      console.error(`${notes[0]}${notes.length > 1 ? ` (and ${notes.length - 1} topics more)` : ''}`);
  },
};

function startOf(names: readonly string[], { fresh, again, from }: Pick<Arguments, 'fresh' | 'again' | 'from'>): From {
  const bad = (message: string) => new OperatorError('BAD_ARGUMENTS', message, { exitCode: 2 });
  if (again !== undefined) {
    if (!fresh) throw bad('--again: only with --fresh, since a job with state goes on where that ends');
    return { sinceMs: Date.now() - positiveNumber('again', again) * 3_600_000 };
  }
  if (from === undefined) return fresh ? 'nothing' : 'newest';
  if (fresh) throw bad('--from and --fresh: choose one');
  if (names.length > 1) throw bad('--from: a savepoint is of one stage, name one');
  return { path: from };
}
