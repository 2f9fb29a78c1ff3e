/** `npm run bench:reconcile`: the account of a million orders. */
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { requireSingle, wholeNumber } from '../cli/numbers.js';
import { failWith, runProgram, helpWidth } from '../cli/program.js';
import { table } from '../cli/table.js';
import { loadConfig } from '../config.js';
import { benchReconcile } from './reconcile.js';

async function main(): Promise<void> {
  const { orders, seed, json } = yargs(hideBin(process.argv))
    .scriptName('npm run bench:reconcile --')
    .option('orders', { type: 'string', requiresArg: true, default: '1000000', describe: 'different orders' })
    .option('seed', { type: 'string', requiresArg: true, default: '1', describe: 'the same seed, the same orders' })
    .option('json', { type: 'boolean', default: false, describe: 'the result as one JSON object on stdout' })
    .example('npm run bench:reconcile -- --orders 100000', 'a shorter one')
    .epilogue('Writes into the topics and the metastore of ORDERFLOW_HOME, which should be a folder of its own.')
    .strict()
    .wrap(helpWidth())
    .version(false)
    .fail(failWith())
    .parseSync();
  requireSingle({ orders, seed });
  const timing = await benchReconcile(loadConfig(), {
    orders: wholeNumber('orders', orders, 1),
    seed: wholeNumber('seed', seed, 0),
    onProgress: (text) => console.error(text),
  });
  if (json) return console.log(JSON.stringify(timing));
  const row = [timing.orders, timing.seconds, timing.ordersPerSecond, timing.cpuSeconds, timing.peakMegabytes];
  const heads = ['orders', 's', 'orders/s', 'CPU s', 'peak MB', 'reconciled'];
  console.log(table(heads, [[...row.map((value) => value.toFixed(0)), timing.reconciled ? 'yes' : 'NO']]));
  if (!timing.reconciled) process.exitCode = 1;
}

await runProgram('bench:reconcile', main);
