/** `npm run bench`: the contest, and how what it measures scales. */
import { mkdir } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { interruptSignal } from '../../cli/interrupt.js';
import { badValue, positiveNumber, requireSingle, wholeNumber } from '../../cli/numbers.js';
import { overwriteOption } from '../../cli/overwrite.js';
import { failWith, helpWidth, runProgram, textOption } from '../../cli/program.js';
import { loadConfig } from '../../config.js';
import { OperatorError } from '../../errors.js';
import { checkNew, writeWhole } from '../../kafka/new-file.js';
import { defaultReferenceFile, readReferenceFile } from '../../metastore/reference-data.js';
import { scalingChart } from '../scaling/chart.js';
import { chosenScales, scales } from '../scaling/scales.js';
import { playScales, type ScalingOptions } from '../scaling/scaling.js';
import { scalingText } from '../scaling/tables.js';
import { contestChart } from './chart.js';
import { type ContestOptions, limitsName, playContest } from './contest.js';
import { contestants } from './contestants.js';
import { fusedJobs } from './ours.js';
import { pairsOf, type TurnResult } from './result.js';
import { contestText } from './tables.js';
import type { Ground } from './turn.js';

const known = [...contestants.map(({ name }) => name), limitsName];

/** Who is scaled where nobody is named. */
const scaledName = fusedJobs.name;

/** What only a contest has: without a default of yargs', so that it is seen whether it was given. */
const contestDefaults = { steadyRounds: '2', rate: '500', seconds: '20' };
const ofContest = (describe: string, value: string) =>
  ({ type: 'string', requiresArg: true, defaultDescription: `"${value}"`, describe }) as const;

const parse = () =>
  yargs(hideBin(process.argv))
    .scriptName('npm run bench --')
    .option('rounds', textOption('turns of each contestant', '5'))
    .option('orders', textOption('as fast as possible', '40000'))
    .option('warm-up', textOption('orders before that', '20000'))
    .option(
      'steady-rounds',
      ofContest('rounds in which the steady rates and the limits are measured', contestDefaults.steadyRounds),
    )
    .option('rate', ofContest('orders per second, the same for all', contestDefaults.rate))
    .option('seconds', ofContest('how long at that rate, and at half of what it did', contestDefaults.seconds))
    .option('only', { type: 'string', requiresArg: true, describe: `some of: ${known.join(', ')}` })
    .option('scale', {
      type: 'string',
      requiresArg: true,
      describe: `${scaledName}, or who is named, at several values of some of: ${scales.map(({ name }) => name).join(', ')}`,
    })
    .option('values', { type: 'string', requiresArg: true, describe: 'other values of the scale, as in 1,2,4' })
    .option('seed', textOption('of the orders, and of whose turn is when', '1'))
    .option('out', { type: 'string', requiresArg: true, describe: 'writes result.json and a picture to this folder' })
    .option('overwrite', overwriteOption)
    .option('json', { type: 'boolean', default: false, describe: 'the result as one JSON object on stdout' })
    .example('npm run bench -- --rounds 1 --only "five jobs"', 'one turn of one contestant')
    .example('npm run bench -- --scale workers --values 1,2', 'what one worker, and what two do')
    .strict()
    .wrap(helpWidth())
    .version(false)
    .fail(failWith())
    .parseSync();

/** Fails with BAD_ARGUMENTS for a name that nobody has. */
function chosen(only: string | undefined, known: readonly string[], otherwise = known): readonly string[] {
  const names = only?.split(',').map((name) => name.trim()) ?? otherwise;
  const stranger = names.find((name) => !known.includes(name));
  if (stranger !== undefined) throw badValue('only', `expected some of ${known.join(', ')}`, stranger);
  return names;
}

const playing = (names: readonly string[]) => contestants.filter(({ name }) => names.includes(name));

/** Something to play, which is checked before anything is started. */
interface Programme {
  /** The picture's name. */
  readonly chartName: string;
  play(ground: Ground): Promise<Played>;
}

interface Played {
  readonly result: object;
  readonly turns: readonly TurnResult[];
  readonly text: () => string;
  readonly chart: () => string;
}

type Given = ReturnType<typeof parse>;

function contest(given: Given, common: ScalingOptions): Programme {
  const { steadyRounds, rate, seconds } = contestDefaults;
  if (given.values !== undefined) throw badValue('values', 'expected --scale beside it', given.values);
  const names = chosen(given.only, known);
  const options: ContestOptions = {
    ...common,
    steadyRounds: wholeNumber('steady-rounds', given.steadyRounds ?? steadyRounds, 0),
    rate: positiveNumber('rate', given.rate ?? rate),
    seconds: positiveNumber('seconds', given.seconds ?? seconds),
    hasLimits: names.includes(limitsName),
  };
  const all = playing(names);
  const playingNames = all.map(({ name }) => name);
  return {
    chartName: 'contest.svg',
    async play(ground) {
      const played = await playContest(all, ground, options);
      const tables = { contestants: playingNames, pairs: pairsOf(all), rate: options.rate };
      return {
        result: { options, ...played },
        turns: played.turns,
        text: () => contestText(played, tables),
        chart: () => contestChart(played, playingNames, options.rate),
      };
    },
  };
}

function scaling(scale: string, given: Given, options: ScalingOptions): Programme {
  const { only, values, rate, seconds } = given;
  for (const [option, text] of Object.entries({ 'steady-rounds': given.steadyRounds, rate, seconds }))
    if (text !== undefined) throw badValue(option, 'expected nothing beside --scale', text);
  const chosenOnes = chosenScales(scale, values);
  const all = playing(
    chosen(
      only,
      contestants.map(({ name }) => name),
      [scaledName],
    ),
  );
  return {
    chartName: 'scaling.svg',
    async play(ground) {
      const played = await playScales(chosenOnes, all, ground, { ...options, config: loadConfig() });
      return {
        result: { options, scales: played },
        turns: played.flatMap(({ turns }) => turns),
        text: () => scalingText(played),
        chart: () => scalingChart(played),
      };
    },
  };
}

async function main(): Promise<void> {
  const given = parse();
  const { rounds, orders, warmUp, steadyRounds, rate, seconds, seed, only, scale, values, out } = given;
  requireSingle({ rounds, orders, 'warm-up': warmUp, 'steady-rounds': steadyRounds, rate, seconds, seed });
  requireSingle({ only, scale, values, out });
  const common: ScalingOptions = {
    rounds: wholeNumber('rounds', rounds, 1),
    orders: wholeNumber('orders', orders, 1),
    warmUp: wholeNumber('warm-up', warmUp, 1),
    seed: wholeNumber('seed', seed, 0),
    onProgress: (line) => console.error(line),
  };
  const programme = scale === undefined ? contest(given, common) : scaling(scale, given, common);
  const files =
    out === undefined ? undefined : { result: join(out, 'result.json'), chart: join(out, programme.chartName) };
  const { overwrite, json } = given;
  if (files) await mkdir(out!, { recursive: true });
  for (const file of Object.values(files ?? {})) await checkNew('--out', file, { overwrite });
  const signal = interruptSignal();
  const ground = {
    home: join(loadConfig().home, 'contest'),
    data: await readReferenceFile(defaultReferenceFile),
    signal,
  };
  const played = await programme.play(ground).catch((cause: unknown) => {
    if (!signal.aborted) throw cause;
    throw new OperatorError('INTERRUPTED', 'interrupted: what was measured is lost', { cause, exitCode: 130 });
  });
  const result = { machine: { cores: availableParallelism(), memory: totalmem() }, ...played.result };
  if (files) {
    await writeWhole(files.result, [JSON.stringify(result, null, 2)]);
    await writeWhole(files.chart, [played.chart()]);
  }
  console.log(json ? JSON.stringify(result) : played.text());
  if (played.turns.some(({ fault }) => fault !== null)) process.exitCode = 1;
}

await runProgram('bench', main);
