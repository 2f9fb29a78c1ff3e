/** A long run at a steady rate: does it hold, does memory grow, is anything lost? */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.js';
import { DemoInterrupted } from '../demo/interrupted.js';
import { start } from '../demo/start.js';
import { stop } from '../demo/stop.js';
import { OperatorError } from '../errors.js';
import { listJobs } from '../flink/jobs.js';
import { withMetastore } from '../generator/before-publishing.js';
import { generateOrders } from '../generator/orders.js';
import { publishOrders } from '../generator/producer.js';
import { stageLag } from '../kafka/lag.js';
import { readRestarts } from '../local/supervision.js';
import { withPool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { defaultReferenceFile, readReferenceFile, type ReferenceData } from '../metastore/reference-data.js';
import { createReader } from '../reconcile/read.js';
import type { Report } from '../reconcile/report.js';
import { scopeFromNow } from '../reconcile/scope.js';
import { readUntilSettled } from '../reconcile/settle.js';
import { highestRate } from './highest-rate.js';
import { type Memory, readMemory, slopePerHour } from './memory.js';

export interface SoakOptions {
  readonly minutes: number;
  /** Orders per second; the highest that holds is looked for where it is not set. */
  readonly rate?: number;
  readonly seed: number;
  /** Ends the load; what was published is accounted for. */
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/** How things stood at a moment of the run. */
export interface Sample extends Memory {
  /** Since the load began. */
  readonly seconds: number;
  /** Orders that the slowest stage had not committed. */
  readonly lag: number;
}

export interface SoakResult {
  readonly rate: number;
  readonly ordersPerSecond: number;
  readonly minutes: number;
  readonly samples: readonly Sample[];
  /** Percent per hour, over the last 40 minutes. */
  readonly slopes: Memory;
  /** Of services and jobs, during the run; 0 as it should be. */
  readonly restarts: number;
  readonly failedCheckpoints: number;
  readonly report: Report;
  /** All of it as it should be: accounted for, without restart, within the slopes and the rate. */
  readonly isGood: boolean;
}

const samplePeriodMs = 10_000;
const slopeSeconds = 40 * 60;
const mostSlope = 5;
/** The stages hold a rate as long as they are not further behind than this, s; a checkpoint commits every few. */
const mostSecondsBehind = 20;
/**
 * A step of the search is held when it is no further behind in its last half minute, s, which is what a steady stream is between two
 * commits, and when at least this share of what was asked for was published.
 */
const mostSecondsBehindAtEnd = 5;
const leastPublished = 0.98;
const searchFrom = { rate: 500, factor: 1.15, seconds: 90 };
const catchUpMs = 10 * 60_000;

/** Starts what is missing, runs, accounts for each order, and stops everything. Fails as its parts do. */
export async function runSoak(config: Config, options: SoakOptions): Promise<SoakResult> {
  const data = await readReferenceFile(defaultReferenceFile);
  try {
    await start(config, data, { signal: options.signal, addOns: [] });
    return await soak(config, data, options.rate ?? (await findRate(config, data, options)), options);
  } finally {
    await stop(config);
  }
}

async function findRate(config: Config, data: ReferenceData, options: SoakOptions): Promise<number> {
  const { seed, signal, onProgress } = options;
  const holds = async (rate: number) => {
    const load = publish(config, data, { rate, seconds: searchFrom.seconds, seed: seed * 1_000 + rate, signal });
    let leastBehind = Infinity;
    await whileRunning(load.done, async (seconds) => {
      // The least of the last half minute: offsets are committed in steps.
      if (seconds > searchFrom.seconds - 30) leastBehind = Math.min(leastBehind, (await slowestLag(config)) / rate);
    });
    const { ordersPerSecond } = await load.done;
    if (signal.aborted) throw new DemoInterrupted();
    const isHeld = leastBehind <= mostSecondsBehindAtEnd && ordersPerSecond >= leastPublished * rate;
    const seen = `${ordersPerSecond.toFixed(0)} published, ${leastBehind.toFixed(1)} s behind`;
    onProgress(`${rate} orders/s: ${isHeld ? '' : 'not '}held (${seen})`);
    await untilCaughtUp(config);
    return isHeld;
  };
  const rate = await highestRate({ from: searchFrom.rate, factor: searchFrom.factor, holds });
  if (rate === undefined) {
    const sentence = `this machine does not hold ${searchFrom.rate} orders/s: name a lower rate with --rate`;
    throw new OperatorError('RATE_NOT_HELD', sentence);
  }
  return rate;
}

async function soak(config: Config, data: ReferenceData, rate: number, options: SoakOptions): Promise<SoakResult> {
  const { minutes, seed, signal, onProgress } = options;
  const scope = await scopeFromNow(config);
  const before = await troubles(config);
  const begin = Date.now();
  const load = publish(config, data, { rate, seconds: minutes * 60, seed, signal });
  const samples: Sample[] = [];
  await whileRunning(load.done, async (seconds) => {
    const sample = { seconds, ...readMemory(config), lag: await slowestLag(config) };
    samples.push(sample);
    onProgress(progressText(sample, load.published()));
  });
  const { ordersPerSecond } = await load.done;
  const ran = (Date.now() - begin) / 60_000;
  await untilCaughtUp(config);
  const after = await troubles(config);
  onProgress('account for each order');
  const report = await withPool(databaseOf(config, 'page'), async (pool) => {
    using reader = createReader(config, pool, { scope });
    return await readUntilSettled(reader, { stuckMs: 120_000 });
  });
  const slopes = slopesOf(samples);
  const restarts = after.restarts - before.restarts;
  const failedCheckpoints = after.failedCheckpoints - before.failedCheckpoints;
  const isHeld =
    ordersPerSecond >= leastPublished * rate && samples.every(({ lag }) => lag <= mostSecondsBehind * rate);
  const isFlat = Object.values(slopes).every((slope) => slope < mostSlope);
  const isGood = !signal.aborted && report.reconciled && restarts === 0 && failedCheckpoints === 0 && isHeld && isFlat;
  return { rate, ordersPerSecond, minutes: ran, samples, slopes, restarts, failedCheckpoints, report, isGood };
}

interface Load {
  readonly rate: number;
  readonly seconds: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

function publish(config: Config, data: ReferenceData, { rate, seconds, seed, signal }: Load) {
  let published = 0;
  const publications = generateOrders(data, { seed, count: Math.round(rate * seconds), rate });
  const done = withMetastore(config, (metastore) =>
    publishOrders(config, publications, metastore, {
      batch: Math.ceil(rate / 2),
      rate,
      signal,
      onProgress: (orders) => (published = orders),
    }),
  );
  return { done, published: () => published };
}

/** Calls `sample` every few seconds until the work has ended, with the seconds since now. */
async function whileRunning(work: Promise<unknown>, sample: (seconds: number) => Promise<void>): Promise<void> {
  const begin = performance.now();
  let isOver = false;
  const over = work.finally(() => (isOver = true));
  over.catch(() => {});
  while (!isOver) {
    await sample((performance.now() - begin) / 1000);
    await Promise.race([over, sleep(samplePeriodMs, undefined, { ref: false })]);
  }
}

async function slowestLag(config: Config): Promise<number> {
  return Math.max(...Object.values(await stageLag(config)));
}

/** What the stages commit after their last record shows with the next checkpoint. */
async function untilCaughtUp(config: Config): Promise<void> {
  const deadline = performance.now() + catchUpMs;
  while ((await slowestLag(config)) > 0 && performance.now() < deadline) await sleep(1_000);
}

async function troubles(config: Config): Promise<{ restarts: number; failedCheckpoints: number }> {
  const jobs = await listJobs(config);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    restarts: readRestarts(config).length + sum(jobs.map(({ restarts }) => restarts)),
    failedCheckpoints: sum(jobs.map(({ failedCheckpoints }) => failedCheckpoints)),
  };
}

function slopesOf(samples: readonly Sample[]): Memory {
  const from = (samples.at(-1)?.seconds ?? 0) - slopeSeconds;
  const last = samples.filter(({ seconds }) => seconds >= from);
  const slope = (part: keyof Memory) => slopePerHour(last.map((sample) => ({ ...sample, value: sample[part] })));
  return { workers: slope('workers'), pool: slope('pool'), taskManager: slope('taskManager') };
}

function progressText({ seconds, workers, pool, taskManager, lag }: Sample, published: number): string {
  const [ofWorkers, ofPool, ofTaskManager] = [workers, pool, taskManager].map(
    (b) => `${Math.round(b / 1024 ** 2)} MiB`,
  );
  const memory = `workers ${ofWorkers}, pool ${ofPool}, TaskManager ${ofTaskManager}`;
  return `${(seconds / 60).toFixed(1)} min: ${published} orders, ${lag} not committed; ${memory}`;
}
