/** `orderflow backfill`. */
import { randomUUID } from 'node:crypto';
import { changeInSteps } from '../audit/audited.js';
import { partOf, requireFormat } from '../backfill/files.js';
import { runBackfill, type BackfillReport, type Target } from '../backfill/run.js';
import { runners, type Runner, type SumRequest } from '../backfill/sum.js';
import { loadConfig, type Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { checkNew } from '../kafka/new-file.js';
import { allTopicNames } from '../model/topics.js';
import type { Command } from './command.js';
import { exitOnInterrupt, interruptSignal } from './interrupt.js';
import { badValue, requireSingle, wholeNumber } from './numbers.js';
import { overwriteOption } from './overwrite.js';
import { showProgress } from './progress-bar.js';
import { table } from './table.js';
import { spanFrom, timeFrom } from './times.js';

interface Arguments {
  stage: string;
  from: string;
  to: string | undefined;
  window: string | undefined;
  runner: Runner;
  parallelism: string | undefined;
  topic: string | undefined;
  output: string | undefined;
  overwrite: boolean;
  dryRun: boolean;
  partial: boolean;
  json: boolean;
}

const ownTopic = 'aggregated_order';

export const backfillCommand: Command<Arguments> = {
  builder: (yargs) =>
    yargs
      .positional('stage', { choices: ['aggregator'], describe: 'the stage whose work is done again' })
      .option('from', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: 'windows that begin from then on: 30m, 12h, 7d ago, or a time',
      })
      .option('to', { type: 'string', requiresArg: true, describe: 'windows that begin before then (default: now)' })
      .option('window', {
        type: 'string',
        requiresArg: true,
        describe: "size of the windows: 30s, 1m, 1h, 1d (default: the stream's)",
      })
      .option('runner', { choices: runners, default: 'flink' as const, describe: 'where the work is done' })
      .option('parallelism', {
        type: 'string',
        requiresArg: true,
        describe: 'workers side by side (default: ORDERFLOW_PARALLELISM)',
      })
      .option('topic', {
        type: 'string',
        requiresArg: true,
        describe: `write panes to this topic, which is there, instead of ${ownTopic}`,
      })
      .option('output', {
        type: 'string',
        requiresArg: true,
        describe: 'write a file instead: .jsonl, .csv or .parquet',
      })
      .option('overwrite', overwriteOption)
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'write nothing, and compare window by window; exit status 1 where something differs',
      })
      .option('partial', {
        type: 'boolean',
        default: false,
        describe: 'sum what is left, where Kafka has deleted records of that time',
      })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON object on stdout' })
      .example('orderflow backfill aggregator --from 12h --dry-run', 'do the panes hold what they should?')
      .example('orderflow backfill aggregator --from 12h', "panes that replace the stream's where they differ")
      .example(
        'orderflow backfill aggregator --from 7d --window 1h --output week.parquet',
        'a week by the hour, as a file',
      ) as never,
  handler: async (args) => {
    const { stage, output, overwrite, dryRun, json, runner } = args;
    const config = loadConfig();
    const target = targetOf(args);
    if (output !== undefined) {
      requireFormat(output);
      await checkNew('--output', output, { overwrite });
      // Where it is written, until all of it is there.
      await checkNew('--output', partOf(output), { overwrite: true });
    }
    const progress = showProgress('ranges');
    const interrupt = interruptOf(runner);
    const request = requestOf(config, args, { signal: interrupt.signal, onProgress: progress.update });
    if ('topic' in target && target.topic === ownTopic) requireOwnWindows(config, request);
    try {
      const work = () => runBackfill(config, request, target, interrupt.onSummed);
      const writesPanes = 'topic' in target && !target.isDryRun;
      const { windows, windowSeconds } = request;
      const details = { from: isoTime(windows.from), to: isoTime(windows.to), windowSeconds, runner };
      const report = await (writesPanes
        ? changeInSteps(config, 'backfill', { subjects: [stage, target.topic], details }, work, (done) => ({
            details: { ...details, windows: done.windows, written: done.written },
          }))
        : work());
      progress.stop();
      console.log(json ? JSON.stringify(report) : reportText(report, target, dryRun));
      if (dryRun && report.windows.different + report.windows.missing + report.windows.superfluous > 0)
        process.exitCode = 1;
    } finally {
      progress.stop();
    }
  },
};

function targetOf({ topic, output, dryRun }: Arguments): Target {
  requireSingle({ topic, output });
  if (topic !== undefined && topic !== ownTopic && allTopicNames.some((name) => name === topic))
    throw badValue('topic', `expected ${ownTopic}, or a topic of your own for sums`, topic);
  if (output === undefined) return { topic: topic ?? ownTopic, isDryRun: dryRun };
  const other = topic === undefined ? (dryRun ? '--dry-run' : undefined) : '--topic';
  if (other) throw new OperatorError('BAD_ARGUMENTS', `--output and ${other}: choose one`, { exitCode: 2 });
  return { file: output };
}

/** A runner elsewhere goes on unless it is told to end. This process may end at any time while it sums, and says how far it is once it writes. */
function interruptOf(runner: Runner): { readonly signal: AbortSignal; readonly onSummed: () => void } {
  if (runner !== 'direct') return { signal: interruptSignal(), onSummed: () => undefined };
  const controller = new AbortController();
  const takeBack = exitOnInterrupt('nothing was written');
  function onSummed(): void {
    takeBack();
    interruptSignal().addEventListener('abort', () => controller.abort());
  }
  return { signal: controller.signal, onSummed };
}

function requestOf(
  config: Config,
  args: Arguments,
  { signal, onProgress }: Pick<SumRequest, 'signal' | 'onProgress'>,
): SumRequest {
  const { from, to, window, runner, parallelism, partial } = args;
  requireSingle({ from, to, window, parallelism });
  const windowMs = window === undefined ? config.windowSeconds * 1000 : spanFrom('window', window);
  const beginning = (millis: number) => Math.ceil(millis / windowMs) * windowMs;
  const windows = {
    from: beginning(timeFrom('from', from)),
    to: beginning(to === undefined ? Date.now() : timeFrom('to', to)),
  };
  if (windows.from >= windows.to) throw badValue('from', 'expected a time with a window between it and --to', from);
  const name = `backfill-${args.stage}-${isoTime(Date.now()).replace(/\D/g, '').slice(0, 14)}-${randomUUID().slice(0, 4)}`;
  return {
    name,
    windows,
    windowSeconds: windowMs / 1000,
    runner,
    parallelism: parallelism === undefined ? config.parallelism : wholeNumber('parallelism', parallelism, 1),
    isPartial: partial,
    signal,
    onProgress,
  };
}

/** Windows of another size would be counted beside the stream's. */
function requireOwnWindows({ windowSeconds }: Config, request: SumRequest): void {
  if (request.windowSeconds === windowSeconds) return;
  const message = `--window: ${ownTopic} has windows of ${windowSeconds} s, and others would count beside them: give another --topic, or --output`;
  throw new OperatorError('BAD_ARGUMENTS', message, { exitCode: 2 });
}

const isoTime = (millis: number) => new Date(millis).toISOString();

function reportText(report: BackfillReport, target: Target, isDryRun: boolean): string {
  const { records, ranges, orders, windows, written, open, examples, isWhole } = report;
  const counts = Object.entries(records).filter(([, count]) => count > 0);
  const lines = [
    table(
      ['records', 'number'],
      counts.map(([outcome, count]) => [outcome.replaceAll('_', ' '), String(count)]),
    ),
    '',
  ];
  if (!isWhole) lines.push('Kafka has deleted records of that time: the sums are of what is left');
  if ('file' in target)
    return [...lines, `${orders} orders in ${written} windows, written to ${target.file}`].join('\n');
  lines.push(
    table(
      ['window', 'to-location', target.topic, 'should hold'],
      examples.map(({ row, held }) => [
        ...[isoTime(row.windowStart), row.toLocationId],
        ...[held ? `${held.orders} orders` : 'nothing', `${row.orders} orders`],
      ]),
    ),
    '',
  );
  const all = Object.entries(windows).map(([difference, count]) => `${count} ${difference}`);
  lines.push(`${orders} orders in ${ranges} ranges; windows of to-locations: ${all.join(', ')}`);
  if (!isDryRun) {
    lines.push(`${written} panes written to ${target.topic}`);
    const kept = windows.different + windows.missing + windows.superfluous - written;
    if (kept > 0)
      lines.push(`${kept} windows that may get more orders stay as they are: ${target.topic} has more of them`);
  }
  if (open.until !== null)
    lines.push(
      `${open.windows} windows may get more orders until ${isoTime(open.until)}: back-fill them again then if the stream lost its state`,
    );
  return lines.join('\n');
}
