/** `npm run soak`: the chain under a steady load for an hour and more. */
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { interruptSignal } from '../cli/interrupt.js';
import { positiveNumber, requireSingle, wholeNumber } from '../cli/numbers.js';
import { overwriteOption } from '../cli/overwrite.js';
import { failWith, runProgram, helpWidth } from '../cli/program.js';
import { reconcileText } from '../cli/report-text.js';
import { loadConfig } from '../config.js';
import { checkNew, writeWhole } from '../kafka/new-file.js';
import { soakChart } from './soak-chart.js';
import { runSoak, type SoakResult } from './soak.js';

async function main(): Promise<void> {
  const { minutes, rate, seed, chart, overwrite, json } = yargs(hideBin(process.argv))
    .scriptName('npm run soak --')
    .option('minutes', { type: 'string', requiresArg: true, default: '65', describe: 'how long orders are published' })
    .option('rate', {
      type: 'string',
      requiresArg: true,
      describe: 'orders per second (default: the highest that holds)',
    })
    .option('seed', { type: 'string', requiresArg: true, default: '1', describe: 'the same seed, the same orders' })
    .option('chart', { type: 'string', requiresArg: true, describe: 'writes a picture (SVG) to this file' })
    .option('overwrite', overwriteOption)
    .option('json', { type: 'boolean', default: false, describe: 'the result as one JSON object on stdout' })
    .example('npm run soak -- --chart docs/soak.svg --overwrite', 'the rate is looked for first')
    .strict()
    .wrap(helpWidth())
    .version(false)
    .fail(failWith())
    .parseSync();
  requireSingle({ minutes, rate, seed, chart });
  if (chart !== undefined) await checkNew('--chart', chart, { overwrite });
  const result = await runSoak(loadConfig(), {
    minutes: positiveNumber('minutes', minutes),
    ...(rate !== undefined && { rate: positiveNumber('rate', rate) }),
    seed: wholeNumber('seed', seed, 0),
    signal: interruptSignal(),
    onProgress: (text) => console.error(text),
  });
  if (chart !== undefined) await writeWhole(chart, [soakChart(result)]);
  console.log(json ? JSON.stringify(result) : resultText(result));
  if (!result.isGood) process.exitCode = 1;
}

function resultText({ report, slopes, restarts, failedCheckpoints, rate, ...result }: SoakResult): string {
  const parts = Object.entries(slopes).map(([part, slope]) => `${part} ${slope.toFixed(2)} %/h`);
  return [
    reconcileText(report),
    `${result.minutes.toFixed(1)} min at ${rate} orders/s (${result.ordersPerSecond.toFixed(1)} published)`,
    `memory over the last 40 minutes: ${parts.join(', ')}`,
    `restarts ${restarts}, failed checkpoints ${failedCheckpoints}, lost ${report.lost}, duplicated ${report.duplicated}`,
    result.isGood ? 'good' : 'NOT GOOD',
  ].join('\n\n');
}

await runProgram('soak', main);
