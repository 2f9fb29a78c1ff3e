/** `orderflow run STAGE --runner direct`. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError, withoutCredentials } from '../errors.js';
import { checkNew, writeWhole } from '../kafka/new-file.js';
import { readRecordFile } from '../kafka/record-file.js';
import { defaultReferenceFile, readReferenceFile } from '../metastore/reference-data.js';
import { stageByName, type StageName, stages } from '../model/stages.js';
import type { TopicName } from '../model/topics.js';
import type { DirectRun } from '../pipelines/run-directly.js';
import { webAddress } from '../settings/forms.js';
import type { Command } from './command.js';
import { overwriteOption } from './overwrite.js';
import { stageFrom } from './stages.js';

interface Arguments {
  stage: string;
  runner: 'direct';
  input: string;
  reference: string;
  output: string | undefined;
  overwrite: boolean;
  partnerUrl: string | undefined;
  now: string | undefined;
  json: boolean;
}

export const runCommand: Command<Arguments> = {
  builder: (yargs) =>
    yargs
      .positional('stage', { type: 'string', demandOption: true, describe: 'name of a stage' })
      .option('runner', { choices: ['direct'] as const, default: 'direct', describe: "Beam's DirectRunner" })
      .option('input', {
        type: 'string',
        demandOption: true,
        requiresArg: true,
        describe:
          "records of the stage's input topic: JSON lines (.jsonl), length-delimited protobuf (.bin), a file of the archive (.parquet)",
      })
      .option('reference', {
        type: 'string',
        requiresArg: true,
        default: defaultReferenceFile,
        defaultDescription: 'metastore/reference/default.json',
        describe: 'JSON file of reference data',
      })
      .option('output', { type: 'string', requiresArg: true, describe: 'folder for a file of JSON lines per topic' })
      .option('overwrite', overwriteOption)
      .option('partner-url', {
        type: 'string',
        requiresArg: true,
        describe: 'where the external-processor posts the orders to',
      })
      .option('now', {
        type: 'string',
        requiresArg: true,
        describe: 'the time it is, ISO 8601 (default: the real one)',
      })
      .option('json', { type: 'boolean', default: false, describe: 'the summary on stderr as one JSON object' })
      .example('orderflow generate --to orders.jsonl --orders 1000', 'makes a file of orders')
      .example('orderflow run validator --runner direct --input orders.jsonl', 'prints what it writes, a line a record')
      .example('orderflow run validator --input orders.jsonl --output out', 'writes out/valid_order.jsonl and others')
      .example('orderflow run enricher --input out/valid_order.jsonl', 'goes on with the next stage') as never,
  handler: async ({ stage, input, reference, output, overwrite, partnerUrl, now, json }) => {
    const name = stageFrom(stage);
    const startedAt = timeFrom(now);
    if (partnerUrl !== undefined && !webAddress.safeParse(partnerUrl).success) {
      throw badValue(
        'partner-url',
        'expected an address such as http://127.0.0.1:8090/orders',
        withoutCredentials(partnerUrl),
      );
    }
    const referenceData = await readReferenceFile(reference);
    const records = await readRecordFile(input, stageByName(name).input, startedAt);
    const options = { reference: referenceData, clock: () => startedAt, ...(partnerUrl && { partnerUrl }) };
    // Before anything is delivered to a partner.
    const files = output === undefined ? undefined : await makeFolder(output, name, { overwrite });
    // With the Beam SDK, which takes longer to load than all else together.
    const { runStageDirectly } = await import('../pipelines/run-directly.js');
    const run = await runStageDirectly(name, records, options);
    for (const record of run.records) console.log(JSON.stringify(record));
    for (const [topic, file] of files ?? [])
      await writeRecords(
        output!,
        file,
        run.records.filter((record) => record.topic === topic),
      );
    const summary = { stage: name, in: records.length, out: countByTopic(name, run), statuses: run.statuses };
    console.error(json ? JSON.stringify(summary) : asText(summary));
  },
};

function timeFrom(text: string | undefined): number {
  if (text === undefined) return Date.now();
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw badValue('now', 'expected a time such as 2026-01-31T12:00:00Z', text);
  return time;
}

const badValue = (option: string, expected: string, text: string) =>
  new OperatorError('BAD_ARGUMENTS', `--${option}: ${expected}, not "${text}"`, { exitCode: 2 });

const countByTopic = (stage: StageName, { records }: DirectRun) =>
  Object.fromEntries(
    stageByName(stage).outputs.map((topic) => [topic, records.filter((record) => record.topic === topic).length]),
  );

/** What several stages write has the stage's name in its file: each of them may have the same folder. */
const fileOf = (topic: TopicName, stage: StageName) =>
  stages.filter(({ outputs }) => (outputs as readonly TopicName[]).includes(topic)).length > 1
    ? `${topic}-${stage}.jsonl`
    : `${topic}.jsonl`;

/** Makes the folder, and answers the file of each topic; fails with BAD_OUTPUT_FOLDER, and with FILE_EXISTS where one is there. */
async function makeFolder(folder: string, stage: StageName, options: { overwrite: boolean }) {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw badFolder(folder, error);
  });
  const files = stageByName(stage).outputs.map((topic) => [topic, join(folder, fileOf(topic, stage))] as const);
  for (const [, file] of files) await checkNew('--output', file, options);
  return files;
}

/** A file for each topic, empty ones too: what a run before has left there would mislead. */
async function writeRecords(folder: string, file: string, records: DirectRun['records']): Promise<void> {
  await writeWhole(
    file,
    records.map((record) => `${JSON.stringify(record)}\n`),
  ).catch((error: unknown) => {
    throw badFolder(folder, error);
  });
}

function badFolder(folder: string, error: unknown): OperatorError {
  const { code } = error as NodeJS.ErrnoException;
  const message = `--output ${folder} cannot be written to (${code}): give a folder that can`;
  return new OperatorError('BAD_OUTPUT_FOLDER', message, { cause: error });
}

function asText(summary: { stage: string; in: number; out: object; statuses: object }): string {
  const list = (counts: object) =>
    Object.entries(counts)
      .map(([what, count]) => `${what} ${count}`)
      .join(', ') || 'none';
  return `${summary.stage}: in ${summary.in}; out ${list(summary.out)}; statuses ${list(summary.statuses)}`;
}
