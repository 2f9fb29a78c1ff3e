/** `orderflow retention run`. */
import type { CommandModule } from 'yargs';
import { loadConfig } from '../config.js';
import { OperatorError } from '../errors.js';
import { withPool } from '../metastore/connection.js';
import { dropOldPartitions } from '../metastore/partitions.js';
import type { Command } from './command.js';

const runCommand: CommandModule<object, { keepDays: number; json: boolean }> = {
  command: 'run',
  describe: 'forget orders created longer ago: drop their partitions of the history, and delete their claims',
  builder: (yargs) =>
    yargs
      .option('keep-days', {
        type: 'number',
        demandOption: true,
        requiresArg: true,
        describe: 'how many days are kept: more than the topics keep',
      })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .check(({ keepDays }) => {
        if (Number.isInteger(keepDays) && (keepDays as number) >= 1) return true;
        throw new OperatorError('BAD_ARGUMENTS', '--keep-days: expected a whole number, 1 or more', { exitCode: 2 });
      })
      .example('orderflow retention run --keep-days 30', 'safe to run again') as never,
  handler: async ({ keepDays, json }) => {
    const { postgresUrl } = loadConfig();
    const dropped = await withPool(postgresUrl, (pool) => dropOldPartitions(pool, keepDays, Date.now()));
    if (json) return console.log(JSON.stringify(dropped));
    console.log(`dropped ${dropped.partitions.length} partitions, deleted ${dropped.claims} claims`);
  },
};

export const retentionCommand: Command = {
  builder: (yargs) => yargs.command(runCommand as never).demandCommand(1, 'retention run'),
  handler: () => {},
};
