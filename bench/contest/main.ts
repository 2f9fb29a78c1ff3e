/** `npm run bench`: the contest. */
import { mkdir } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { interruptSignal } from '../../cli/interrupt.js';
import { badValue, positiveNumber, requireSingle, wholeNumber } from '../../cli/numbers.js';
import { overwriteOption } from '../../cli/overwrite.js';
import { failWith, helpWidth, runProgram } from '../../cli/program.js';
import { loadConfig } from '../../config.js';
import { OperatorError } from '../../errors.js';
import { checkNew, writeWhole } from '../../kafka/new-file.js';
import { defaultReferenceFile, readReferenceFile } from '../../metastore/reference-data.js';
import { contestChart } from './chart.js';
import { type ContestOptions, limitsName, playContest } from './contest.js';
import { contestants } from './contestants.js';
import { pairsOf } from './result.js';
import { contestText } from './tables.js';

const known = [...contestants.map(({ name }) => name), limitsName];

const text = (describe: string, value: string) =>
  ({ type: 'string', requiresArg: true, default: value, describe }) as const;

const parse = () =>
  yargs(hideBin(process.argv))
    .scriptName('npm run bench --')
    .option('rounds', text('turns of each contestant', '5'))
    .option('orders', text('as fast as possible', '20000'))
    .option('warm-up', text('orders before that', '2000'))
    .option('steady-rounds', text('rounds in which the steady rates and the limits are measured', '2'))
    .option('rate', text('orders per second, the same for all', '500'))
    .option('seconds', text('how long at that rate, and at half of what it did', '20'))
    .option('only', { type: 'string', requiresArg: true, describe: `some of: ${known.join(', ')}` })
    .option('seed', text('of the orders, and of whose turn is when', '1'))
    .option('out', { type: 'string', requiresArg: true, describe: 'writes result.json and contest.svg to this folder' })
    .option('overwrite', overwriteOption)
    .option('json', { type: 'boolean', default: false, describe: 'the result as one JSON object on stdout' })
    .example('npm run bench -- --rounds 1 --only "five jobs"', 'one turn of one contestant')
    .strict()
    .wrap(helpWidth())
    .version(false)
    .fail(failWith())
    .parseSync();

/** Fails with BAD_ARGUMENTS for a name that nobody has. */
function chosen(only: string | undefined): readonly string[] {
  const names = only?.split(',').map((name) => name.trim()) ?? known;
  const stranger = names.find((name) => !known.includes(name));
  if (stranger !== undefined) throw badValue('only', `expected some of ${known.join(', ')}`, stranger);
  return names;
}

async function main(): Promise<void> {
  const { only, out, overwrite, json, ...given } = parse();
  const { rounds, orders, warmUp, steadyRounds, rate, seconds, seed } = given;
  requireSingle({ rounds, orders, 'warm-up': warmUp, 'steady-rounds': steadyRounds, rate, seconds, seed, only, out });
  const names = chosen(only);
  const options: ContestOptions = {
    rounds: wholeNumber('rounds', rounds, 1),
    orders: wholeNumber('orders', orders, 1),
    warmUp: wholeNumber('warm-up', warmUp, 1),
    steadyRounds: wholeNumber('steady-rounds', steadyRounds, 0),
    rate: positiveNumber('rate', rate),
    seconds: positiveNumber('seconds', seconds),
    seed: wholeNumber('seed', seed, 0),
    hasLimits: names.includes(limitsName),
    onProgress: (line) => console.error(line),
  };
  const files = out === undefined ? undefined : { result: join(out, 'result.json'), chart: join(out, 'contest.svg') };
  for (const file of Object.values(files ?? {})) await checkNew('--out', file, { overwrite });
  const playing = contestants.filter(({ name }) => names.includes(name));
  const signal = interruptSignal();
  const ground = {
    home: join(loadConfig().home, 'contest'),
    data: await readReferenceFile(defaultReferenceFile),
    signal,
  };
  const played = await playContest(playing, ground, options).catch((cause: unknown) => {
    if (!signal.aborted) throw cause;
    throw new OperatorError('INTERRUPTED', 'interrupted: what was measured is lost', { cause, exitCode: 130 });
  });
  const machine = { cores: availableParallelism(), memory: totalmem() };
  const result = { options, machine, ...played };
  const playingNames = playing.map(({ name }) => name);
  if (files) {
    await mkdir(out!, { recursive: true });
    await writeWhole(files.result, [JSON.stringify(result, null, 2)]);
    await writeWhole(files.chart, [contestChart(played, playingNames, options.rate)]);
  }
  const tables = { contestants: playingNames, pairs: pairsOf(playing), rate: options.rate };
  console.log(json ? JSON.stringify(result) : contestText(played, tables));
  if (played.turns.some(({ fault }) => fault !== null)) process.exitCode = 1;
}

await runProgram('bench', main);
