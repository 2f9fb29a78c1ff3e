/** `orderflow reference load FILE`. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { CommandModule } from 'yargs';
import { changeInMetastore } from '../audit/audited.js';
import { loadConfig } from '../config.js';
import { withPool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { type LoadedReferenceData, loadInTransaction, loadReferenceData } from '../metastore/load-reference-data.js';
import { readReferenceFile } from '../metastore/reference-data.js';
import type { Command } from './command.js';
import { table } from './table.js';

interface LoadArguments {
  file: string;
  dryRun: boolean;
  json: boolean;
}

/** How many changed rows of a kind are named. */
const named = 20;

function changesText(loaded: LoadedReferenceData): string {
  const kinds = Object.entries(loaded);
  const rows = kinds.map(([of, { added, changed, unchanged }]) =>
    [of, added.length, changed.length, unchanged].map(String),
  );
  const lines = kinds.flatMap(([of, { changed }]) => {
    if (changed.length === 0) return [];
    const more = changed.length > named ? `, and ${changed.length - named} more: --json has all` : '';
    return [`changed ${of}: ${changed.slice(0, named).join(', ')}${more}`];
  });
  return [table(['reference data', 'added', 'changed', 'unchanged'], rows), ...lines].join('\n');
}

/** Which data they were, for whoever has kept the file: keys and values may be personal data, and stay out of the audit trail. */
const fingerprint = async (file: string) =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

function whatChanged(loaded: LoadedReferenceData) {
  const changed = Object.entries(loaded).filter(([, { added, changed }]) => added.length + changed.length > 0);
  const counts = changed.map(([of, { added, changed }]) => [of, { added: added.length, changed: changed.length }]);
  return { subjects: changed.map(([of]) => of), details: Object.fromEntries(counts) as Record<string, object> };
}

const loadCommand: CommandModule<object, LoadArguments> = {
  command: 'load <file>',
  describe: 'add the data of a file to the reference data, and change what has the same key; nothing is removed',
  builder: (yargs) =>
    yargs
      .positional('file', { type: 'string', demandOption: true, describe: 'JSON, as metastore/reference/default.json' })
      .option('dry-run', { type: 'boolean', default: false, describe: 'say what would change, and change nothing' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow reference load metastore/reference/default.json', 'the data of the demonstration')
      .example('orderflow reference load new.json --dry-run', 'what it would add and change') as never,
  handler: async ({ file, dryRun, json }) => {
    const data = await readReferenceFile(file);
    const config = loadConfig();
    const loaded = dryRun
      ? await withPool(databaseOf(config, 'operator'), (pool) => loadReferenceData(pool, data, { dryRun }))
      : await changeInMetastore(
          config,
          'reference load',
          { details: { file: basename(file), sha256: await fingerprint(file) } },
          (client) => loadInTransaction(client, data),
          whatChanged,
        );
    if (json) return console.log(JSON.stringify(loaded));
    console.log(changesText(loaded));
    if (dryRun) console.log('nothing is changed: this was a dry run');
  },
};

export const referenceCommand: Command = {
  builder: (yargs) => yargs.command(loadCommand as never).demandCommand(1, 'reference load'),
  handler: () => {},
};
