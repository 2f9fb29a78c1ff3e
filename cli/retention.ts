/** `orderflow retention run`. */
import type { CommandModule } from 'yargs';
import { accountName, changeInSteps } from '../audit/audited.js';
import { loadConfig } from '../config.js';
import { OperatorError } from '../errors.js';
import { forgetAuditEvents } from '../metastore/audit-trail.js';
import { withPool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { runUpkeep } from '../metastore/upkeep.js';
import { keepProblem } from '../model/retention.js';
import type { Command } from './command.js';

const runCommand: CommandModule<object, { keepDays: number | undefined; json: boolean }> = {
  command: 'run',
  describe:
    "the daily upkeep, which the external-processor's job does by itself: forget old orders, make partitions ahead",
  builder: (yargs) =>
    yargs
      .option('keep-days', {
        type: 'number',
        requiresArg: true,
        describe: 'how many days an order is kept after its last line (default: ORDERFLOW_KEEP_DAYS)',
      })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .check(({ keepDays }) => {
        if (keepDays === undefined || (Number.isInteger(keepDays) && (keepDays as number) >= 1)) return true;
        throw badKeepDays('expected a whole number, 1 or more');
      })
      .example('orderflow retention run', 'safe to run again, and while orders flow')
      .example('orderflow retention run --keep-days 90', 'forgets less than the setting says, this once') as never,
  handler: async ({ keepDays, json }) => {
    const config = loadConfig();
    const days = keepDays ?? config.keepDays;
    const problem = keepProblem(days, config);
    if (problem !== null) throw badKeepDays(problem);
    const done = await changeInSteps(
      config,
      'retention run',
      { details: { keepDays: days } },
      () =>
        withPool(databaseOf(config, 'owner'), async (pool) => {
          const upkeep = await runUpkeep(pool, { keepDays: days, by: accountName() });
          return { ...upkeep, auditEvents: await forgetAuditEvents(pool, config.auditKeepDays) };
        }),
      ({ made, partitions, ...counts }) => ({
        details: { made: made.length, dropped: partitions.length, ...counts },
      }),
    );
    if (json) return console.log(JSON.stringify(done));
    console.log(
      `made ${done.made.length} partitions, dropped ${done.partitions.length}, deleted ${done.lines} lines and ${done.claims} claims` +
        (done.auditEvents > 0 ? `, and ${done.auditEvents} events of the audit trail` : ''),
    );
  },
};

const badKeepDays = (problem: string) => new OperatorError('BAD_ARGUMENTS', `--keep-days: ${problem}`, { exitCode: 2 });

export const retentionCommand: Command = {
  builder: (yargs) => yargs.command(runCommand as never).demandCommand(1, 'retention run'),
  handler: () => {},
};
