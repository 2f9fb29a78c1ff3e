/** `npm run simulate`: lives of the whole flow, one seed after another, until the time is over. */
import { SingleBar } from 'cli-progress';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { interruptSignal } from '../cli/interrupt.js';
import { requireSingle, wholeNumber } from '../cli/numbers.js';
import { failWith, runProgram } from '../cli/program.js';
import { simulateMany, textOf } from './many.js';

async function main(): Promise<void> {
  const { minutes, seed, seeds, steps } = yargs(hideBin(process.argv))
    .scriptName('npm run simulate --')
    .usage('$0 [options]\n\nlives of the whole flow, under change and failure; exit status 1 when one breaks a promise')
    .option('minutes', { type: 'string', default: '1', requiresArg: true, describe: 'how long' })
    .option('seed', { type: 'string', default: '1', requiresArg: true, describe: 'the first one: a seed is a life' })
    .option('seeds', { type: 'string', default: '1000000', requiresArg: true, describe: 'how many at most' })
    .option('steps', { type: 'string', default: '1500', requiresArg: true, describe: 'how long a life is' })
    .example('$0 --minutes 30', 'as many as there is time for')
    .example('$0 --seed 248 --seeds 1', 'one life again')
    .strict()
    .version(false)
    .fail(failWith())
    .parseSync();
  requireSingle({ minutes, seed, seeds, steps });
  const first = wholeNumber('seed', seed, 0);
  const millis = wholeNumber('minutes', minutes, 1) * 60_000;
  const bar = new SingleBar({ format: '{steps} steps, {value} seeds, {time} s left', stream: process.stderr });
  bar.start(0, 0);
  const begin = performance.now();
  const report = await simulateMany({
    first,
    seeds: wholeNumber('seeds', seeds, 1),
    steps: wholeNumber('steps', steps, 1),
    millis,
    signal: interruptSignal(),
    onProgress: (done, stepsDone) =>
      bar.update(done, { steps: stepsDone, time: Math.round((millis - performance.now() + begin) / 1000) }),
  }).finally(() => bar.stop());
  console.log(textOf(report));
  process.exitCode = report.broken.length > 0 ? 1 : 0;
}

await runProgram('simulate', main);
