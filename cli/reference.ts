/** `orderflow reference load FILE`. */
import type { CommandModule } from 'yargs';
import { loadConfig } from '../config.js';
import { withPool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { type LoadedReferenceData, loadReferenceData } from '../metastore/load-reference-data.js';
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
    const loaded = await withPool(databaseOf(loadConfig(), 'operator'), (pool) =>
      loadReferenceData(pool, data, { dryRun }),
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
