/** `npm run bench:secured`: the secured profile beside the open one. */
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { positiveNumber, requireSingle, wholeNumber } from '../cli/numbers.js';
import { failWith, runProgram, helpWidth } from '../cli/program.js';
import { table } from '../cli/table.js';
import { profiles } from '../model/profiles.js';
import { benchSecured, medianOf } from './secured.js';

async function main(): Promise<void> {
  const { rounds, orders, rate, seconds, json } = yargs(hideBin(process.argv))
    .scriptName('npm run bench:secured --')
    .option('rounds', { type: 'string', requiresArg: true, default: '3', describe: 'turns of each profile' })
    .option('orders', { type: 'string', requiresArg: true, default: '20000', describe: 'as fast as possible' })
    .option('rate', { type: 'string', requiresArg: true, default: '200', describe: 'orders per second for the delay' })
    .option('seconds', { type: 'string', requiresArg: true, default: '30', describe: 'how long, at that rate' })
    .option('json', { type: 'boolean', default: false, describe: 'the result as one JSON object on stdout' })
    .example('npm run bench:secured -- --rounds 1', 'one turn each')
    .strict()
    .wrap(helpWidth())
    .version(false)
    .fail(failWith())
    .parseSync();
  requireSingle({ rounds, orders, rate, seconds });
  const turns = await benchSecured({
    rounds: wholeNumber('rounds', rounds, 1),
    orders: wholeNumber('orders', orders, 1),
    rate: positiveNumber('rate', rate),
    seconds: positiveNumber('seconds', seconds),
    onProgress: (text) => console.error(text),
  });
  const isGood = turns.every(({ reconciled }) => reconciled);
  if (!isGood) process.exitCode = 1;
  const ratio = (of: 'ordersPerSecond' | 'p99Ms') => medianOf(turns, 'secured', of) / medianOf(turns, 'open', of);
  const ratios = { ordersPerSecond: ratio('ordersPerSecond'), p99Ms: ratio('p99Ms') };
  if (json) return console.log(JSON.stringify({ turns, ratios }));
  const rows = profiles.map((profile) => [
    profile,
    medianOf(turns, profile, 'ordersPerSecond').toFixed(0),
    medianOf(turns, profile, 'p99Ms').toFixed(0),
  ]);
  const ratioRow = ['secured / open', ratios.ordersPerSecond.toFixed(2), ratios.p99Ms.toFixed(2)];
  console.log(table(['profile', 'orders/s', 'p99 ms'], [...rows, ratioRow]));
}

await runProgram('bench:secured', main);
