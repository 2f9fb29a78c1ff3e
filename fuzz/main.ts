/** `npm run fuzz`: hostile records through the validator, each one accounted for. */
import { SingleBar } from 'cli-progress';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { interruptSignal } from '../cli/interrupt.js';
import { requireSingle, wholeNumber } from '../cli/numbers.js';
import { failWith, runProgram } from '../cli/program.js';
import { loadConfig } from '../config.js';
import { defaultReferenceFile, readReferenceFile } from '../metastore/reference-data.js';
import { tableOfKinds, textOfFindings } from './report.js';
import { fuzzValidator } from './run.js';
import type { HostileOptions } from './values.js';

/** A fixed time, so that a seed means the same records at any time. */
const NOW = Date.UTC(2026, 0, 15, 12);
/** What a batch may take at most: see docs/architecture.md. */
const LONGEST_BATCH_MS = 5_000;

/** Runs it, prints what came of it, and answers whether all is well. */
async function fuzz(values: number, seed: number, from: number): Promise<boolean> {
  const { maxOrderBytes, batchSize } = loadConfig();
  const reference = await readReferenceFile(defaultReferenceFile);
  const options: HostileOptions = { seed, reference, now: NOW, maxOrderBytes };
  const bar = new SingleBar({ format: '{value} of {total} values, {eta_formatted} left', stream: process.stderr });
  bar.start(values, 0);
  const begin = performance.now();
  const report = await fuzzValidator({
    ...options,
    values,
    from,
    batchSize,
    signal: interruptSignal(),
    onProgress: (done) => bar.update(done),
  }).finally(() => bar.stop());
  const seconds = (performance.now() - begin) / 1000;
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(tableOfKinds(report));
  console.log(
    `seed ${seed}: ${report.values} values in ${seconds.toFixed(1)} s (${Math.round(report.values / seconds)}/s), ` +
      `${report.unaccounted} not accounted for; slowest batch ${report.slowestBatch.toFixed(0)} ms, memory at most ${peak} MiB`,
  );
  if (report.findings.length > 0) console.error(`\n${textOfFindings(report, options)}`);
  return report.unaccounted === 0 && report.values === values && report.slowestBatch <= LONGEST_BATCH_MS;
}

async function main(): Promise<void> {
  const { values, seed, from } = yargs(hideBin(process.argv))
    .scriptName('npm run fuzz --')
    .usage(
      '$0 [options]\n\nhostile records through the validator, each one accounted for; exit status 1 when one is not',
    )
    .option('values', { type: 'string', default: '1000000', requiresArg: true, describe: 'how many' })
    .option('seed', {
      type: 'string',
      default: '1',
      requiresArg: true,
      describe: 'the same seed makes the same values',
    })
    .option('from', { type: 'string', default: '0', requiresArg: true, describe: 'index of the first one' })
    .example('$0 --seed 7', 'a million others')
    .example('$0 --seed 7 --from 1234 --values 1', 'one value again')
    .strict()
    .version(false)
    .fail(failWith())
    .parseSync();
  requireSingle({ values, seed, from });
  const isWell = await fuzz(
    wholeNumber('values', values, 1),
    wholeNumber('seed', seed, 0),
    wholeNumber('from', from, 0),
  );
  process.exitCode = isWell ? 0 : 1;
}

await runProgram('fuzz', main);
