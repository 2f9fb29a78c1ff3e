/** `npm run bench:backfill`: a million orders summed again, on each runner. */
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { requireSingle, wholeNumber } from '../cli/numbers.js';
import { failWith, helpWidth, runProgram } from '../cli/program.js';
import { table } from '../cli/table.js';
import { loadConfig } from '../config.js';
import { benchBackfill, machine, type BackfillTurn } from './backfill.js';
import { spreadOf } from './contest/statistics.js';

async function main(): Promise<void> {
  const { orders, seed, workers, rounds, json } = yargs(hideBin(process.argv))
    .scriptName('npm run bench:backfill --')
    .option('orders', { type: 'string', requiresArg: true, default: '1000000', describe: 'different orders' })
    .option('seed', { type: 'string', requiresArg: true, default: '1', describe: 'the same seed, the same orders' })
    .option('workers', { type: 'string', requiresArg: true, default: '1,2,4', describe: 'side by side, in turns' })
    .option('rounds', { type: 'string', requiresArg: true, default: '3', describe: 'turns of each' })
    .option('json', { type: 'boolean', default: false, describe: 'all turns as one JSON object on stdout' })
    .example('npm run bench:backfill -- --orders 100000 --rounds 1', 'a shorter one')
    .epilogue('Writes into the topics and the metastore of ORDERFLOW_HOME, which should be a folder of its own.')
    .strict()
    .wrap(helpWidth())
    .version(false)
    .fail(failWith())
    .parseSync();
  requireSingle({ orders, seed, workers, rounds });
  const turns = await benchBackfill(loadConfig(), {
    orders: wholeNumber('orders', orders, 1),
    seed: wholeNumber('seed', seed, 0),
    workers: workers.split(',').map((each) => wholeNumber('workers', each, 1)),
    rounds: wholeNumber('rounds', rounds, 1),
    onProgress: (text) => console.error(text),
  });
  console.log(json ? JSON.stringify({ machine: machine(), turns }) : tableOf(turns));
}

/** A row for each runner and number of workers: medians, with the least and the most of the rounds. */
function tableOf(turns: readonly BackfillTurn[]): string {
  const names = [...new Set(turns.map(({ runner, workers }) => `${runner} ${workers}`))];
  const rows = names.map((name) => {
    const own = turns.filter(({ runner, workers }) => `${runner} ${workers}` === name);
    const spread = (of: (turn: BackfillTurn) => number) => {
      const { median, least, most } = spreadOf(own.map(of))!;
      return `${median.toFixed(0)} (${least.toFixed(0)}–${most.toFixed(0)})`;
    };
    const cpuOf = ({ cpuSeconds, orders }: BackfillTurn) => (cpuSeconds / orders) * 1e6;
    const [runner, workers] = name.split(' ');
    return [runner!, workers!, spread(({ orders, seconds }) => orders / seconds), spread(cpuOf)];
  });
  return table(['runner', 'workers', 'orders/s', 'CPU of an order, µs'], rows);
}

await runProgram('bench:backfill', main);
