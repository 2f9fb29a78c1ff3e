/** `orderflow archive [topic..]` and `orderflow archive verify`. */
import type { CommandModule } from 'yargs';
import { keepTopics, type Kept } from '../archive/keep.js';
import { verifyArchive } from '../archive/verify.js';
import { changeInSteps } from '../audit/audited.js';
import { loadConfig } from '../config.js';
import { topicNames, type TopicName } from '../model/topics.js';
import type { Command } from './command.js';
import { exitOnInterrupt } from './interrupt.js';
import { printable } from './printable.js';
import { showProgress } from './progress-bar.js';
import { table } from './table.js';

const keepCommand: CommandModule<object, { topic: TopicName[] | undefined; json: boolean }> = {
  command: '$0 [topic..]',
  describe: 'copy what the topics hold and the archive does not; safe to run again, and while orders flow',
  builder: (yargs) =>
    yargs
      .positional('topic', { choices: topicNames, array: true, describe: 'only these' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow archive', 'once a day, say: exit status 1 where Kafka has deleted records before')
      .example('orderflow archive enriched_order', 'what a backfill of the aggregator reads') as never,
  handler: async ({ topic, json }) => {
    const config = loadConfig();
    const topics = topic?.length ? topic : topicNames;
    exitOnInterrupt('whole files are in the archive; run it again to go on');
    const progress = showProgress('records');
    const onProgress = (name: TopicName, done: number, records: number) => progress.update(done, records, name);
    const subjects = topics.map((name) => `topic ${name}`);
    const onWait = () => console.error('waiting for another `orderflow archive`');
    const keep = () => keepTopics(config, topics, { onProgress, onWait });
    const kept = await changeInSteps(config, 'archive', { subjects }, keep, (done) => ({
      details: { records: done.reduce((sum, { records }) => sum + records, 0) },
    })).finally(progress.stop);
    console.log(json ? JSON.stringify({ folder: config.archive, topics: kept }) : keptText(config.archive, kept));
    if (kept.some(({ gaps }) => gaps.length > 0)) process.exitCode = 1;
  },
};

function keptText(folder: string, kept: readonly Kept[]): string {
  const rows = kept.map(({ topic, files, records, withheld }) => [topic, ...[files, records, withheld].map(String)]);
  const gaps = kept.flatMap(({ topic, gaps: of }) =>
    of.map(
      ({ partition, from, to }) =>
        `Kafka had deleted ${topic}/${partition} from offset ${from} to before ${to} when it was to be archived: they are lost`,
    ),
  );
  return [table(['topic', 'new files', 'records', 'without value'], rows), '', ...gaps, `in ${folder}`].join('\n');
}

const verifyCommand: CommandModule<object, { json: boolean }> = {
  command: 'verify',
  describe:
    'read all files: checksums, records, and what is missing between files; exit status 1 where something is wrong',
  builder: (yargs) =>
    yargs
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow archive verify', 'needs the folder alone') as never,
  handler: async ({ json }) => {
    const { archive } = loadConfig();
    exitOnInterrupt('nothing was changed');
    const progress = showProgress('files');
    const verified = await verifyArchive(archive, progress.update).finally(progress.stop);
    const { files, records, problems } = verified;
    if (json) console.log(JSON.stringify({ folder: archive, ...verified }));
    else {
      for (const problem of problems) console.log(printable(problem));
      console.log(`${archive}: ${files} files, ${records} records, ${problems.length} problems`);
    }
    if (problems.length > 0) process.exitCode = 1;
  },
};

export const archiveCommand: Command = {
  builder: (yargs) => yargs.command([keepCommand, verifyCommand] as never),
  handler: () => {},
};
