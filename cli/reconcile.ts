/** `orderflow reconcile`. */
import { loadConfig, type Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { withPool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { readOrder } from '../reconcile/one-order.js';
import { createReader } from '../reconcile/read.js';
import { scopeSince } from '../reconcile/scope.js';
import { readUntilSettled } from '../reconcile/settle.js';
import type { Command } from './command.js';
import { idFrom } from './ids.js';
import { interruptSignal } from './interrupt.js';
import { requireSingle } from './numbers.js';
import { orderAccountText } from './order-account-text.js';
import { reconcileText, stagesText } from './report-text.js';
import { timeFrom } from './times.js';

interface Arguments {
  wait: number;
  since: string | undefined;
  order: string | undefined;
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
      .option('since', {
        type: 'string',
        requiresArg: true,
        describe: 'only orders that were published since then: 30m, 12h, 7d, or a time',
      })
      .option('order', {
        type: 'string',
        requiresArg: true,
        describe: 'one order: where it lies, and if that fits together',
        coerce: idFrom,
      })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .check(({ wait, since, order }) => {
        requireSingle({ since, order });
        if (Number.isFinite(wait) && (wait as number) >= 0) return true;
        throw new OperatorError('BAD_ARGUMENTS', '--wait: expected a number of seconds, 0 or more', { exitCode: 2 });
      })
      .example('orderflow reconcile --wait 30', 'exit status 1 if an order is lost or doubled after 30 s')
      .example('orderflow reconcile --since 12h', 'the orders of half a day')
      .example('orderflow reconcile --order O-1001', 'the records, statuses, claims and requests of an order')
      .example('orderflow reconcile --json | jq .problems', 'what is missing or doubled') as never,
  handler: async ({ wait, since, order, json }) => {
    const config = loadConfig();
    const time = since === undefined ? undefined : timeFrom('since', since);
    if (order !== undefined) return reconcileOrder(config, order, { since: time, json });
    const scope = time === undefined ? undefined : await scopeSince(config, time);
    const report = await withPool(databaseOf(config, 'page'), async (pool) => {
      using reader = createReader(config, pool, { scope, onProgress: progressLine() });
      return await readUntilSettled(reader, { waitMs: wait * 1000, signal: interruptSignal() });
    });
    if (json) console.log(JSON.stringify(report));
    else console.log(`${stagesText(report)}\n\n${reconcileText(report)}`);
    if (!json && !report.partner) console.log('the partner is elsewhere: its books were not compared');
    if (!report.reconciled) process.exitCode = 1;
  },
};

async function reconcileOrder(config: Config, orderId: string, { since, json }: { since?: number; json: boolean }) {
  const from = since === undefined ? undefined : (await scopeSince(config, since)).from;
  const found = await withPool(databaseOf(config, 'page'), (pool) => readOrder(config, pool, orderId, { from }));
  if (found.records.length === 0 && !found.story)
    throw new OperatorError('UNKNOWN_ORDER', `nothing is known of order ${orderId}: check the id, and --since`);
  console.log(json ? JSON.stringify(found) : orderAccountText(found));
  if (!found.reconciled) process.exitCode = 1;
}

/** Nothing is told of what takes less, in ms. */
const quietMs = 5_000;

/** Tells on stderr what is read, a line each few seconds. */
function progressLine() {
  let last = performance.now();
  return (what: string, count: number) => {
    const now = performance.now();
    if (now - last < quietMs) return;
    last = now;
    console.error(`${what}: ${count} read`);
  };
}
