/** `orderflow schema`. */
import type { CommandModule } from 'yargs';
import { changeInSteps } from '../audit/audited.js';
import { loadConfig } from '../config.js';
import { prepareSchema } from '../metastore/prepare.js';
import type { Command } from './command.js';
import { rolesCommand, rotateCommand } from './schema-roles.js';

const migrateCommand: CommandModule<object, { json: boolean }> = {
  command: 'migrate',
  describe:
    "bring the metastore's tables up to date, with the rights of roles, and make the partitions of a month ahead",
  builder: (yargs) =>
    yargs
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow schema migrate', 'safe at any time, while orders flow; it touches no data') as never,
  handler: async ({ json }) => {
    const config = loadConfig();
    const done = await changeInSteps(
      config,
      'schema migrate',
      {},
      () => prepareSchema(config, Date.now()),
      ({ migrations, partitions, grants }) => ({
        subjects: migrations,
        details: { partitions: partitions.length, rights: grants.done.length },
      }),
      { makesTrail: true },
    );
    if (json) return console.log(JSON.stringify(done));
    console.log(done.migrations.length > 0 ? `ran ${done.migrations.join(', ')}` : 'the tables are up to date');
    console.log(`made ${done.partitions.length} partitions`);
    const { done: changed, left } = done.grants;
    if (changed.length > 0) console.log(`changed ${changed.length} rights of roles`);
    if (left.length > 0) console.error('rights of roles are left for a superuser: see `orderflow schema roles plan`');
  },
};

export const schemaCommand: Command = {
  builder: (yargs) =>
    yargs
      .command(migrateCommand as never)
      .command(rolesCommand)
      .command(rotateCommand as never)
      .demandCommand(1, 'schema migrate'),
  handler: () => {},
};
