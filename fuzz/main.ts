/** `npm run fuzz`: hostile records through the validator, each one accounted for. */
import { SingleBar } from 'cli-progress';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { interruptSignal } from '../cli/interrupt.js';
import { wholeNumber } from '../cli/numbers.js';
import { table } from '../cli/table.js';
import { loadConfig } from '../config.js';
import { OperatorError } from '../errors.js';
import { defaultReferenceFile, readReferenceFile } from '../metastore/reference-data.js';
import { outcomes } from './kind.js';
import { fuzzValidator, type FuzzReport } from './run.js';
import { hostileRecords, type HostileOptions } from './values.js';

/** Bytes of a failing value that are printed; it can be had again whole by its index. */
const MAX_PRINTED_BYTES = 2_000;
const MAX_PRINTED_FINDINGS = 20;
/** A fixed time, so that a seed means the same records at any time. */
const NOW = Date.UTC(2026, 0, 15, 12);
/** What a worker calls a batch by default, and the longest that one may take: see docs/architecture.md. */
const LONGEST_BATCH_MS = 5_000;

function reportText(
  { kinds, findings, unaccounted, values, slowestBatch }: FuzzReport,
  seed: number,
  seconds: number,
): string {
  const columns = [...outcomes, 'unaccounted'] as const;
  const rows = [...kinds].sort(([a], [b]) => (a < b ? -1 : 1));
  const count = (number: number) => (number === 0 ? '' : String(number));
  const totals = columns.map((column) => String(rows.reduce((sum, [, row]) => sum + row[column], 0)));
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  return [
    table(
      ['kind', ...columns],
      [...rows.map(([name, row]) => [name, ...columns.map((column) => count(row[column]))]), ['all', ...totals]],
    ),
    `seed ${seed}: ${values} values in ${seconds.toFixed(1)} s (${Math.round(values / seconds)}/s), ${unaccounted} not accounted for, ` +
      `${findings.length} findings; slowest batch ${slowestBatch.toFixed(0)} ms, memory at most ${peak} MiB`,
  ].join('\n');
}

/** Each finding with the value, and how to have it again. */
function showFindings({ findings }: FuzzReport, options: HostileOptions): void {
  const recordAt = hostileRecords(options);
  for (const { index, kind, problem } of findings.slice(0, MAX_PRINTED_FINDINGS)) {
    const { value } = recordAt(index).record;
    const hex = Buffer.from(value ?? [])
      .subarray(0, MAX_PRINTED_BYTES)
      .toString('hex');
    console.error(`\n${index} (${kind}): ${problem}`);
    console.error(`  again: npm run fuzz -- --seed ${options.seed} --from ${index} --values 1`);
    console.error(`  ${value === null ? 'no value' : `${value.length} bytes: ${hex}`}`);
  }
}

async function fuzz(values: number, seed: number, from: number): Promise<boolean> {
  const options: HostileOptions = {
    seed,
    reference: await readReferenceFile(defaultReferenceFile),
    now: NOW,
    maxOrderBytes: loadConfig().maxOrderBytes,
  };
  const bar = new SingleBar({
    format: '{value} of {total} values, {eta_formatted} left',
    stream: process.stderr,
    noTTYOutput: false,
  });
  bar.start(values, 0);
  const begin = performance.now();
  const report = await fuzzValidator({
    ...options,
    values,
    from,
    batchSize: loadConfig().batchSize,
    signal: interruptSignal(),
    onProgress: (done) => bar.update(done),
  }).finally(() => bar.stop());
  console.log(reportText(report, seed, (performance.now() - begin) / 1000));
  showFindings(report, options);
  return report.unaccounted === 0 && report.values === values && report.slowestBatch <= LONGEST_BATCH_MS;
}

const { values, seed, from } = await yargs(hideBin(process.argv))
  .scriptName('npm run fuzz --')
  .usage('$0 [options]\n\nhostile records through the validator, each one accounted for; exit status 1 when one is not')
  .option('values', { type: 'string', default: '1000000', requiresArg: true, describe: 'how many' })
  .option('seed', { type: 'string', default: '1', requiresArg: true, describe: 'the same seed makes the same values' })
  .option('from', { type: 'string', default: '0', requiresArg: true, describe: 'index of the first one' })
  .example('$0 --seed 7', 'a million others')
  .example('$0 --seed 7 --from 1234 --values 1', 'one value again')
  .strict()
  .version(false)
  .parseAsync();
try {
  const isWell = await fuzz(
    wholeNumber('values', values, 1),
    wholeNumber('seed', seed, 0),
    wholeNumber('from', from, 0),
  );
  process.exitCode = isWell ? 0 : 1;
} catch (error) {
  if (!(error instanceof OperatorError)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
