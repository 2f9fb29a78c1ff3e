/** `orderflow reconcile`. */
import { loadConfig } from '../config.js';
import { OperatorError } from '../errors.js';
import { withPool } from '../metastore/connection.js';
import { createReader } from '../reconcile/read.js';
import { readUntilSettled } from '../reconcile/settle.js';
import type { Command } from './command.js';
import { interruptSignal } from './interrupt.js';
import { reconcileText, stagesText } from './report-text.js';

interface Arguments {
  wait: number;
  json: boolean;
}

export const reconcileCommand: Command<Arguments> = {
  builder: (yargs) =>
    yargs
      .option('wait', {
        type: 'number',
        requiresArg: true,
        default: 0,
        describe: 'seconds to wait for what is under way; without it, that counts as lost',
      })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .check(({ wait }) => {
        if (Number.isFinite(wait) && (wait as number) >= 0) return true;
        throw new OperatorError('BAD_ARGUMENTS', '--wait: expected a number of seconds, 0 or more', { exitCode: 2 });
      })
      .example('orderflow reconcile --wait 30', 'exit status 1 if an order is lost or doubled after 30 s')
      .example('orderflow reconcile --json | jq .problems', 'all that is missing or doubled') as never,
  handler: async ({ wait, json }) => {
    const config = loadConfig();
    const report = await withPool(config.postgresUrl, (pool) =>
      readUntilSettled(createReader(config, pool), { waitMs: wait * 1000, signal: interruptSignal() }),
    );
    if (json) console.log(JSON.stringify(report));
    else console.log(`${stagesText(report)}\n\n${reconcileText(report)}`);
    if (!json && !report.partner) console.log('the partner is elsewhere: its books were not compared');
    if (!report.reconciled) process.exitCode = 1;
  },
};
