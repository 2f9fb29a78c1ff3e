/** `npm run bench:cubes`: the page's usual questions over a million orders. */
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { requireSingle, wholeNumber } from '../cli/numbers.js';
import { failWith, runProgram, helpWidth } from '../cli/program.js';
import { table } from '../cli/table.js';
import { loadConfig } from '../config.js';
import { benchCubes } from './cubes.js';

async function main(): Promise<void> {
  const { orders, runs, seed, json } = yargs(hideBin(process.argv))
    .scriptName('npm run bench:cubes --')
    .option('orders', { type: 'string', requiresArg: true, default: '1000000', describe: 'enriched orders' })
    .option('runs', { type: 'string', requiresArg: true, default: '50', describe: 'times that each question is asked' })
    .option('seed', { type: 'string', requiresArg: true, default: '1', describe: 'the same seed, the same orders' })
    .option('json', { type: 'boolean', default: false, describe: 'the result as one JSON object on stdout' })
    .example('npm run bench:cubes -- --orders 100000', 'a shorter one')
    .strict()
    .wrap(helpWidth())
    .version(false)
    .fail(failWith())
    .parseSync();
  requireSingle({ orders, runs, seed });
  const timings = await benchCubes(loadConfig(), {
    orders: wholeNumber('orders', orders, 1),
    runs: wholeNumber('runs', runs, 1),
    seed: wholeNumber('seed', seed, 0),
    onProgress: (text) => console.error(text),
  });
  if (json) return console.log(JSON.stringify({ timings }));
  const [baseline] = timings;
  const rows = timings.map(({ name, rows: count, newest, history }) => [
    name,
    String(count),
    ...[newest.p50, newest.p95, history.p50, history.p95].map((ms) => ms.toFixed(0)),
    (history.p50 / baseline!.history.p50).toFixed(1),
  ]);
  const heads = ['question', 'rows', 'read: p50 ms', 'p95 ms', 'segments: p50 ms', 'p95 ms', 'p50 by that of COUNT(*)'];
  console.log(table(heads, rows));
}

await runProgram('bench:cubes', main);
