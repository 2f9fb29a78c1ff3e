/** `orderflow topics apply`, `orderflow topics grow`, `orderflow topics adopt TOPIC` and `orderflow topics tail TOPIC`. */
import type { CommandModule } from 'yargs';
import { changeInSteps } from '../audit/audited.js';
import { loadConfig } from '../config.js';
import { OperatorError } from '../errors.js';
import { adoptTopic } from '../flink/adoption.js';
import { waitUntilRead } from '../flink/readers.js';
import { runningStages } from '../flink/stage-jobs.js';
import { isAboutOrder, recordToJson, type RecordJson } from '../kafka/record-json.js';
import { followTopic } from '../kafka/topic-reader.js';
import { applyTopics, growTopics, type TopicChange } from '../kafka/topics.js';
import { incarnationOf } from '../model/incarnation.js';
import { stages } from '../model/stages.js';
import { allTopicNames, type AnyTopicName, topicNames, type TopicName } from '../model/topics.js';
import type { Command } from './command.js';
import { idFrom } from './ids.js';
import { interruptSignal } from './interrupt.js';
import { printable } from './printable.js';
import { stateText } from './state-text.js';
import { table } from './table.js';

const appliedTopics = (topics: readonly TopicChange[]) => ({
  subjects: topics.filter(({ action }) => action !== 'unchanged').map(({ topic }) => `topic ${topic}`),
});

const applyCommand: CommandModule<object, { json: boolean }> = {
  command: 'apply',
  describe: 'create the topics of the stage table, and set retention and the like where they differ',
  builder: (yargs) =>
    yargs
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow topics apply', 'safe to run again') as never,
  handler: async ({ json }) => {
    const config = loadConfig();
    const topics = await changeInSteps(config, 'topics apply', {}, () => applyTopics(config), appliedTopics);
    if (json) return console.log(JSON.stringify({ topics }));
    const rows = topics.map(({ topic, action, details }) => [topic, action, details.join(', ')]);
    console.log(table(['topic', 'was', 'what'], rows));
  },
};

const growCommand: CommandModule<object, { json: boolean }> = {
  command: 'grow',
  describe:
    'give topics more partitions, ORDERFLOW_PARTITIONS of them, and wait until the running stages read them all',
  builder: (yargs) =>
    yargs
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example(
        'ORDERFLOW_PARTITIONS=8 orderflow topics grow',
        'while orders flow; Kafka takes none away again',
      ) as never,
  handler: async ({ json }) => {
    const config = loadConfig();
    const grow = async () => {
      // Who cannot see whether the new partitions are read makes none.
      await runningStages(config);
      const topics = await growTopics(config);
      // Also those that grew before, where this is called again.
      const stages = await waitUntilRead(config, new Map(topicNames.map((topic) => [topic, config.partitions])));
      return { topics, stages };
    };
    const { topics, stages } = await changeInSteps(config, 'topics grow', {}, grow, ({ topics: grown }) => ({
      subjects: grown.map(({ topic }) => `topic ${topic}`),
      details: { partitions: config.partitions },
    }));
    if (json) return console.log(JSON.stringify({ topics, stages }));
    if (topics.length === 0) console.log(`no topic has fewer than ${config.partitions} partitions`);
    for (const { topic, from, to } of topics) console.log(`${topic}: ${from} -> ${to} partitions`);
    if (stages.length > 0) console.log(`all partitions are read by ${stages.join(', ')}`);
  },
};

/** Those that a stage reads. */
const readTopics = topicNames.filter((topic) => stages.some(({ input }) => input === topic));

const adoptCommand: CommandModule<object, { topic: TopicName[]; json: boolean }> = {
  command: 'adopt <topic..>',
  describe:
    'go on with topics that were deleted and made anew: from their beginning, with the state of the stages that read them',
  builder: (yargs) =>
    yargs
      .positional('topic', { choices: readTopics, array: true, demandOption: true, describe: 'which ones' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow topics adopt raw_order', 'after `orderflow status` has said that it was made anew') as never,
  handler: async ({ topic: topics, json }) => {
    const config = loadConfig();
    const adopted: object[] = [];
    for (const topic of topics) {
      const { incarnation, stages } = await changeInSteps(
        config,
        'topics adopt',
        { subjects: [`topic ${topic}`] },
        () => adoptTopic(config, topic),
        (of) => ({ details: { incarnation: of.incarnation, stages: of.stages.map(({ name }) => name) } }),
      );
      const name = incarnationOf(topic, incarnation);
      adopted.push({ topic, name, stages });
      if (json) continue;
      console.log(`${topic} is called ${name} in claims and dead letters from now on`);
      for (const { name: stage, state } of stages) console.log(`submitted ${stage}${stateText(', from', state)}`);
      if (stages.length === 0) console.log('no stage that reads it had a job: `orderflow submit` starts them');
    }
    if (json) console.log(JSON.stringify({ topics: adopted }));
  },
};

interface TailArguments {
  topic: AnyTopicName;
  order: string | undefined;
  'from-beginning': boolean;
  limit: number | undefined;
  json: boolean;
  personal: boolean;
}

const tailCommand: CommandModule<object, TailArguments> = {
  command: 'tail <topic>',
  describe: 'the records of a topic as they come, decoded, until Ctrl-C',
  builder: (yargs) =>
    yargs
      .positional('topic', { choices: allTopicNames, demandOption: true, describe: 'which one' })
      .option('order', { type: 'string', describe: 'only records of this order', coerce: idFrom })
      .option('from-beginning', { type: 'boolean', default: false, describe: 'what is there already, too' })
      .option('limit', { type: 'number', describe: 'end after so many records' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object per line' })
      .option('personal', { type: 'boolean', default: false, describe: 'show customer ids and IP addresses' })
      .check(({ limit }) => {
        if (limit === undefined || (Number.isInteger(limit) && limit > 0)) return true;
        throw new OperatorError('BAD_ARGUMENTS', '--limit: expected a whole number, 1 or more', { exitCode: 2 });
      })
      .example('orderflow topics tail rejected_order', 'what is rejected from now on')
      .example('orderflow topics tail raw_order --from-beginning --limit 5 --json', 'the first five orders') as never,
  handler: async ({ topic, order, fromBeginning, limit = Infinity, json, personal }) => {
    const enough = new AbortController();
    const signal = AbortSignal.any([interruptSignal(), enough.signal]);
    let shown = 0;
    await followTopic(
      loadConfig(),
      topic,
      (record) => {
        const readable = recordToJson({ ...record, topic }, personal);
        if (order !== undefined && !isAboutOrder(readable, order)) return;
        console.log(json ? JSON.stringify(readable) : asText(readable));
        if (++shown >= limit) enough.abort();
      },
      { fromBeginning, signal },
    );
  },
};

function asText({ time, partition, offset, key, value, valueBase64 }: RecordJson): string {
  const content = valueBase64 === undefined ? JSON.stringify(value) : `undecodable, base64: ${valueBase64}`;
  return printable(`${time} ${partition}@${offset} ${key} ${content}`);
}

export const topicsCommand: Command = {
  builder: (yargs) =>
    yargs
      .command([applyCommand, growCommand, adoptCommand, tailCommand] as never)
      .demandCommand(1, 'topics apply, topics grow, topics adopt, or topics tail'),
  handler: () => {},
};
