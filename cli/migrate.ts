/** `orderflow migrate`. */
import { loadConfig } from '../config.js';
import { OperatorError } from '../errors.js';
import { prepareMetastore } from '../metastore/prepare.js';
import { defaultReferenceFile, readReferenceFile } from '../metastore/reference-data.js';
import type { Command } from './command.js';

interface Arguments {
  reference: string;
  keepDays: number | undefined;
  json: boolean;
}

export const migrateCommand: Command<Arguments> = {
  builder: (yargs) =>
    yargs
      .option('reference', {
        type: 'string',
        default: defaultReferenceFile,
        defaultDescription: 'metastore/reference/default.json',
        describe: 'JSON file of reference data to add',
      })
      .option('keep-days', { type: 'number', describe: 'forget orders created longer ago (default: keep all)' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .check(({ keepDays }) => {
        if (keepDays === undefined || (Number.isInteger(keepDays) && (keepDays as number) >= 1)) return true;
        throw new OperatorError('BAD_ARGUMENTS', '--keep-days: expected a whole number, 1 or more', { exitCode: 2 });
      })
      .example('orderflow migrate', 'safe at any time, and to be run daily: it makes the partitions of a month ahead')
      .example('orderflow migrate --keep-days 30', 'drops the partitions of older orders, too') as never,
  handler: async ({ reference, keepDays, json }) => {
    const { postgresUrl } = loadConfig();
    const data = await readReferenceFile(reference);
    const done = await prepareMetastore(postgresUrl, data, { keepDays, now: Date.now() });
    if (json) return console.log(JSON.stringify(done));
    console.log(done.migrations.length > 0 ? `ran ${done.migrations.join(', ')}` : 'the tables are up to date');
    console.log(`made ${done.partitions.length} partitions, loaded ${done.referenceRows} rows of reference data`);
    if (!done.dropped) return;
    console.log(`dropped ${done.dropped.partitions.length} partitions, deleted ${done.dropped.claims} claims`);
  },
};
