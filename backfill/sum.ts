/** Sums orders again that the aggregator had before, on a runner of one's choice, into a folder. */
import { requireSound } from '../archive/files.js';
import type { Config } from '../config.js';
import { codeOf, OperatorError } from '../errors.js';
import { runOnFlink } from '../flink/bounded-job.js';
import { checkInputs } from '../flink/inputs.js';
import { runOnSpark } from '../spark/bounded-job.js';
import { withheldIn } from '../kafka/parquet-records.js';
import { requireSameTopic } from '../kafka/topic-ids.js';
import type { Pool } from '../metastore/connection.js';
import { incarnationOf } from '../model/incarnation.js';
import type { OffsetRange } from '../model/offset-range.js';
import { stageByName } from '../model/stages.js';
import { workFolder } from '../model/work-folder.js';
import { countTallies, makeFolder, readPanes, readTallies } from '../pipelines/backfill/folder.js';
import type { BackfillOptions } from '../pipelines/backfill/functions.js';
import type { Tally } from '../transforms/backfill.js';
import { cutRanges, partitionRanges, requireWhole, takenIn, type Span } from './ranges.js';
import { setAsideIn } from './set-aside.js';

/** Where a backfill can run. */
export const runners = ['flink', 'spark', 'direct'] as const;
export type Runner = (typeof runners)[number];

export interface SumRequest {
  /** Windows that begin from `from` on, and before `to`: multiples of the windows' size, in ms since the epoch. */
  readonly windows: Span;
  readonly windowSeconds: number;
  readonly runner: Runner;
  /** So many workers read side by side. */
  readonly parallelism: number;
  /** Sums what is left, where Kafka has deleted records of that time. */
  readonly isPartial: boolean;
  /** Unlike that of any other backfill: it is the name of the job, and of the folder. */
  readonly name: string;
  readonly signal: AbortSignal;
  /** How many of the ranges have been read. */
  readonly onProgress: (done: number, ranges: number) => void;
}

export interface Summed {
  readonly folder: string;
  /** What became of the records that were read. */
  readonly tally: Tally;
  readonly ranges: number;
  /** Orders in all of the sums. */
  readonly orders: number;
  /** Whether a record of that time may be missing. */
  readonly isWhole: boolean;
}

const { input, name: stage } = stageByName('aggregator');

/**
 * Reads `enriched_order` as far as the orders of the windows can be there, and leaves the sums in the backfill's folder. Changes nothing else, and
 * claims nothing: it may be called again. Fails with TOPIC_MADE_ANEW and the like (flink/inputs.ts), HISTORY_DELETED, HISTORY_WITHHELD, ARCHIVE_DAMAGED,
 * BACKFILL_INCOMPLETE, or as Kafka, metastore and runner do.
 */
export async function sumAgain(config: Config, pool: Pool, request: SumRequest): Promise<Summed> {
  const { windows, windowSeconds, parallelism, isPartial, name } = request;
  // The orders of its last window come after it has begun.
  const taken = takenIn({ from: windows.from, to: windows.to + windowSeconds * 1000 }, config);
  const inputs = await checkInputs(config, pool, [stage]);
  const [topicId, known] = [inputs.ids.get(input) ?? '', inputs.known.get(input)];
  const partitions = await partitionRanges(config, input, topicId, taken);
  const isMadeAnew = known !== undefined && known.incarnation > 1 && known.knownSince > taken.from;
  const seen = isMadeAnew ? partitions.map((partition) => ({ ...partition, isCutOff: true })) : partitions;
  const withheld = await checkFiles(partitions.flatMap(({ archived }) => archived.map(({ file }) => file)));
  if (!isPartial) {
    requireWhole(input, seen);
    requireValues(withheld);
  }
  const topic = incarnationOf(input, known?.incarnation ?? 1);
  const ranges = cutRanges(partitions, parallelism);
  const folder = workFolder(config.backfills, name);
  await makeFolder(folder);
  const options: BackfillOptions = {
    folder,
    kafka: config.kafka,
    topic,
    windowSeconds,
    ...windows,
    allowedLatenessMs: config.allowedLatenessMs,
    batchSize: config.batchSize,
    setAside: await setAsideIn(config, topic, taken.from),
  };
  request.onProgress(0, ranges.length);
  const requireSame = () => requireSameTopic(config, input, topicId);
  await run(config, request, ranges, options).catch(async (error: unknown) => {
    // It may be why.
    await requireSame().catch((other: unknown) => {
      if (codeOf(other) === 'TOPIC_MADE_ANEW') throw other;
    });
    throw error;
  });
  await requireSame();
  const summed = await check(folder, ranges.length);
  request.onProgress(ranges.length, ranges.length);
  return { ...summed, folder, isWhole: withheld === 0 && !seen.some(({ isCutOff }) => isCutOff) };
}

/** How many of the files' records have no value. Fails with ARCHIVE_DAMAGED: of a file that is not what it was, no sum would be right. */
async function checkFiles(files: readonly string[]): Promise<number> {
  await requireSound(files);
  let withheld = 0;
  for (const file of files) withheld += await withheldIn(file);
  return withheld;
}

function requireValues(withheld: number): void {
  if (withheld === 0) return;
  const message = `${withheld} records of that time are in the archive without their values, since these said in plain form who ordered: --partial sums what is left`;
  throw new OperatorError('HISTORY_WITHHELD', message);
}

/** Loads the Beam SDK, which takes longer than all else together. */
async function run(
  config: Config,
  { runner, name, parallelism, signal, onProgress }: SumRequest,
  ranges: readonly OffsetRange[],
  options: BackfillOptions,
): Promise<void> {
  if (ranges.length === 0) return;
  const { wireBackfill } = await import('../pipelines/backfill/wire.js');
  const build = wireBackfill(ranges, options);
  const tell = async () => onProgress(await countTallies(options.folder), ranges.length);
  if (runner === 'flink') return runOnFlink(config, { name, build, parallelism, signal, onProgress: tell });
  if (runner === 'spark') return runOnSpark(config, { name, build, signal, onProgress: tell });
  const { runBackfillDirectly } = await import('../pipelines/backfill/run-directly.js');
  await runBackfillDirectly(config, build, { folder: options.folder, onProgress: tell });
}

/** What the folder holds, once the runner says that it has done its work. */
async function check(folder: string, expected: number): Promise<Pick<Summed, 'tally' | 'ranges' | 'orders'>> {
  const { ranges, tally } = await readTallies(folder);
  let orders = 0;
  for await (const panes of readPanes(folder)) for (const pane of panes) orders += pane.orders;
  const incomplete = (what: string) =>
    new OperatorError('BACKFILL_INCOMPLETE', `${what}: nothing was written; run it again`);
  if (ranges < expected) {
    const where = `is ${folder} (ORDERFLOW_BACKFILLS) a folder that the workers reach?`;
    throw incomplete(`${expected - ranges} of ${expected} ranges were read by nobody; ${where}`);
  }
  if (orders < tally.counted || orders > tally.counted + tally.unclaimed)
    throw incomplete(`${tally.counted} orders were counted, and ${orders} are in the sums`);
  return { tally, ranges, orders };
}
