/** `orderflow druid apply|status|query|reset`. */
import type { CommandModule } from 'yargs';
import { changeInSteps } from '../audit/audited.js';
import { loadConfig } from '../config.js';
import { compareStreams } from '../druid/counts.js';
import { fillStream, type Filled, type FillOptions } from '../druid/fill.js';
import { queryNames, readQuery } from '../druid/queries.js';
import { queryDruid } from '../druid/rest.js';
import { streams } from '../druid/specs.js';
import { applySupervisors, resetStreams, supervisorState, waitUntilReading } from '../druid/supervisors.js';
import { OperatorError } from '../errors.js';
import type { TopicName } from '../model/topics.js';
import type { Command } from './command.js';
import { printable } from './printable.js';
import { showProgress } from './progress-bar.js';
import { table } from './table.js';

interface StreamArguments {
  stream: TopicName[] | undefined;
  json: boolean;
}

const chosen = (stream: TopicName[] | undefined) => (stream?.length ? stream : streams);

const streamSubjects = (stream: TopicName[] | undefined) => chosen(stream).map((name) => `datasource ${name}`);

const applyCommand: CommandModule<object, StreamArguments> = {
  command: 'apply [stream..]',
  describe: 'give Druid the supervisor specs that it does not have yet, and wait until they read; safe to run again',
  builder: (yargs) =>
    yargs
      .positional('stream', { choices: streams, array: true, describe: 'only these' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow druid apply', 'all streams of the stage table') as never,
  handler: async ({ stream, json }) => {
    const config = loadConfig();
    const apply = async () => {
      const applied = await applySupervisors(config, chosen(stream));
      await waitUntilReading(config, chosen(stream));
      return applied;
    };
    const said = { subjects: streamSubjects(stream) };
    const applied = await changeInSteps(config, 'druid apply', said, apply, (states) => ({
      details: Object.fromEntries(states),
    }));
    if (json) console.log(JSON.stringify(Object.fromEntries(applied)));
    else console.log(table(['stream', 'supervisor'], [...applied]));
  },
};

const statusCommand: CommandModule<object, { compare: boolean; json: boolean }> = {
  command: 'status',
  describe: 'how the supervisors are, how much they have read, and what they could make no row of',
  builder: (yargs) =>
    yargs
      .option('compare', {
        type: 'boolean',
        default: false,
        describe: 'read the topics, too, and compare: exit status 1 where Druid has other records or orders',
      })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow druid status', 'exit status 1 unless all supervisors read')
      .example('orderflow druid status --compare', 'while nothing is published') as never,
  handler: async ({ compare, json }) => {
    const config = loadConfig();
    const states = await Promise.all(streams.map((topic) => supervisorState(config, topic)));
    const counts = compare ? await compareStreams(config) : undefined;
    if (json) {
      const shown = states.map(({ topic, position, ...state }) => [
        topic,
        { ...state, position: Object.fromEntries(position), ...counts?.[topic] },
      ]);
      console.log(JSON.stringify(Object.fromEntries(shown)));
    } else {
      const counted = ['records', 'rows', 'parse errors', 'orders', 'equal to the topic'];
      console.log(
        table(
          ['stream', 'supervisor', 'tasks', 'read up to', 'unparseable', ...(counts ? counted : [])],
          states.map(({ topic, state, tasks, position, unparseable }) => {
            const of = counts?.[topic];
            return [
              topic,
              state ?? 'not there: `orderflow druid apply`',
              String(tasks),
              [...position].map(([partition, offset]) => `${partition}:${offset}`).join(' '),
              String(unparseable),
              ...(of
                ? [of.records, of.rows, of.parseErrors, of.orders, of.isEqual ? 'yes' : 'NO'].map((cell) =>
                    String(cell),
                  )
                : []),
            ];
          }),
        ),
      );
      for (const { topic, parseErrors } of states)
        if (parseErrors.length > 0) console.log(printable(`${topic}, last parse error: ${parseErrors.at(-1)}`));
    }
    const isGood = states.every(({ isHealthy, tasks }) => isHealthy && tasks > 0);
    if (!isGood || (counts && !streams.every((topic) => counts[topic].isEqual))) process.exitCode = 1;
  },
};

const queryCommand: CommandModule<object, { query: string | undefined; sql: string | undefined; json: boolean }> = {
  command: 'query [query]',
  describe: 'run a saved query of druid/queries, or SQL of your own',
  builder: (yargs) =>
    yargs
      .positional('query', { type: 'string', describe: 'the name of a saved query; without it, lists them' })
      .option('sql', { type: 'string', requiresArg: true, describe: 'a query of your own instead' })
      .option('json', { type: 'boolean', default: false, describe: 'a JSON array of rows on stdout' })
      .check(({ query, sql }) => {
        if (query === undefined || sql === undefined) return true;
        throw new OperatorError('BAD_ARGUMENTS', 'give the name of a saved query or --sql, not both', { exitCode: 2 });
      })
      .example('orderflow druid query', 'lists the saved queries')
      .example('orderflow druid query orders-by-region', 'runs one')
      .example("orderflow druid query --sql 'SELECT COUNT(*) FROM raw_order'", 'rows, whatever they hold') as never,
  handler: async ({ query, sql, json }) => {
    if (query === undefined && sql === undefined) {
      const queries = await Promise.all((await queryNames()).map(readQuery));
      if (json) console.log(JSON.stringify(queries));
      else
        console.log(
          table(
            ['query', 'answers'],
            queries.map(({ name, question }) => [name, question]),
          ),
        );
      return;
    }
    const text = sql ?? (await readQuery(query as string)).sql;
    const rows = await queryDruid<Record<string, unknown>>(loadConfig(), text);
    if (json) return console.log(JSON.stringify(rows));
    const columns = Object.keys(rows[0] ?? {});
    const cell = (value: unknown) => (typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value));
    console.log(
      rows.length === 0
        ? 'no rows'
        : table(
            columns,
            rows.map((row) => columns.map((name) => cell(row[name]))),
          ),
    );
  },
};

const resetCommand: CommandModule<object, StreamArguments & { yes: boolean }> = {
  command: 'reset [stream..]',
  describe: 'remove what Druid has read, and read the topics again from their beginning',
  builder: (yargs) =>
    yargs
      .positional('stream', { choices: streams, array: true, describe: 'only these' })
      .option('yes', { type: 'boolean', default: false, describe: 'rows of records that Kafka no longer has are lost' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .check(({ yes }) => {
        if (yes) return true;
        const problem = 'rows whose records Kafka no longer has are lost for good: add --yes if that is what you want';
        throw new OperatorError('BAD_ARGUMENTS', problem, { exitCode: 2 });
      })
      .example(
        'orderflow druid reset enriched_order --yes',
        'after a change of its spec, for what was read before',
      ) as never,
  handler: async ({ stream, json }) => {
    const config = loadConfig();
    await changeInSteps(config, 'druid reset', { subjects: streamSubjects(stream) }, async () => {
      await resetStreams(config, chosen(stream));
      await waitUntilReading(config, chosen(stream));
    });
    if (json) console.log(JSON.stringify({ reset: chosen(stream) }));
    else console.log(`${chosen(stream).join(', ')}: read again from the beginning`);
  },
};

const fillCommand: CommandModule<object, StreamArguments> = {
  command: 'fill [stream..]',
  describe: 'add from the archive what neither Druid nor Kafka has any more; safe to run again',
  builder: (yargs) =>
    yargs
      .positional('stream', { choices: streams, array: true, describe: 'only these' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow druid fill', 'after a datasource was lost, and read again from Kafka') as never,
  handler: async ({ stream, json }) => {
    const config = loadConfig();
    const progress = showProgress('files');
    const optionsFor = (name: TopicName): FillOptions => ({
      onWait: () => console.error('waiting for another `orderflow druid fill`'),
      onProgress: (done, files) => progress.update(done, files, name),
    });
    const fill = async () => {
      const filled: [TopicName, Filled][] = [];
      for (const name of chosen(stream)) filled.push([name, await fillStream(config, name, optionsFor(name))]);
      return filled;
    };
    const said = { subjects: streamSubjects(stream) };
    const filled = await changeInSteps(config, 'druid fill', said, fill, (done) => ({
      details: Object.fromEntries(done.map(([name, { sent }]) => [name, sent])),
    })).finally(progress.stop);
    if (json) console.log(JSON.stringify(Object.fromEntries(filled)));
    else
      console.log(
        table(
          ['stream', 'in the archive alone', 'sent to Druid', 'without value'],
          filled.map(([name, { archived, sent, withoutValue }]) => [
            name,
            ...[archived, sent, withoutValue].map(String),
          ]),
        ),
      );
  },
};

export const druidCommand: Command = {
  builder: (yargs) =>
    yargs
      .command([applyCommand, statusCommand, queryCommand, resetCommand, fillCommand] as never)
      .demandCommand(1, 'druid apply, druid status, druid query, druid reset, or druid fill'),
  handler: () => {},
};
