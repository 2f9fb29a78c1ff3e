/** A demonstration: start everything, publish orders, account for each of them, stop everything. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.js';
import type { StreamCounts } from '../druid/counts.js';
import { listJobs, type JobStatus } from '../flink/jobs.js';
import { withMetastore } from '../generator/before-publishing.js';
import { generateOrders } from '../generator/orders.js';
import { publishOrders } from '../generator/producer.js';
import { stageLag } from '../kafka/lag.js';
import { runTasks } from '../local/progress.js';
import type { AddOn } from '../local/service.js';
import { stackStatus } from '../local/status.js';
import { withPool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { defaultReferenceFile, readReferenceFile, type ReferenceData } from '../metastore/reference-data.js';
import type { StageName } from '../model/stages.js';
import type { TopicName } from '../model/topics.js';
import { createReader, type Reader } from '../reconcile/read.js';
import type { Report } from '../reconcile/report.js';
import { isSettled, readUntilSettled } from '../reconcile/settle.js';
import { watchDruid, type DruidResult } from './druid.js';
import { DemoInterrupted } from './interrupted.js';
import { start, type Started } from './start.js';
import { stop } from './stop.js';

export interface DemoOptions {
  /** Publishes its orders, accounts for them, and ends; without it, goes on until the signal. */
  readonly once: boolean;
  /** How many different orders; Infinity for no end. */
  readonly orders: number;
  /** Orders per second; as fast as possible where it is not set. */
  readonly rate?: number;
  readonly seed: number;
  /** Leaves the stack and the jobs up. */
  readonly keep: boolean;
  /** Parts of the stack that are started on demand. */
  readonly addOns: readonly AddOn[];
  readonly signal: AbortSignal;
  /** How things stand, every few seconds, while it goes on without end. */
  readonly onLive: (state: LiveState) => void;
}

export interface LiveState {
  readonly report: Report;
  readonly jobs: readonly JobStatus[];
  /** Records that each stage has not committed yet. */
  readonly lag: Readonly<Record<StageName, number>>;
}

/** The report on this run's records, and what it took. It is reconciled only if Druid has the same records and orders, too. */
export interface DemoResult extends Report {
  readonly seed: number;
  /** Everything has its outcome; false where the wait ended before. */
  readonly isSettled: boolean;
  /** Since the start of the command. */
  readonly seconds: {
    /** Packages and jars were there. */
    readonly setup: number;
    readonly stackUp: number;
    readonly firstDelivered: number | null;
    readonly allAccounted: number;
    /** From the first order until each of Druid's datasources had a row of this run. */
    readonly druidAnswers?: number | null;
  };
  /** What Druid has of this run's records. */
  readonly druid?: Readonly<Record<TopicName, StreamCounts>>;
  /** Of the local stack with all jobs running. */
  readonly memoryBytes: number;
  readonly flinkUrl: string;
}

const livePeriodMs = 5_000;
/** Longer than a partner's outage of five minutes: what it holds back is delivered afterwards. */
const stuckMs = 6 * 60_000;
/** How long Ctrl-C waits for the orders under way. */
const afterwardsMs = 60_000;

/** Fails as its parts do, and with DemoInterrupted; whatever happens, it stops everything unless it is to keep it. */
export async function runDemo(config: Config, options: DemoOptions): Promise<DemoResult> {
  try {
    const data = await readReferenceFile(defaultReferenceFile);
    const started = await start(config, data, options);
    return await withPool(databaseOf(config, 'page'), async (pool) => {
      using reader = createReader(config, pool, { scope: started.scope });
      const watch = options.addOns.includes('druid') ? watchDruid(config, started.scope) : undefined;
      try {
        const report = await (options.once ? runOnce : runOn)(config, data, reader, options);
        const allAccounted = performance.now() / 1000;
        const druid = await watch?.result();
        return await summary(config, { ...started, allAccounted, seed: options.seed }, report, druid);
      } finally {
        watch?.stop();
      }
    });
  } catch (error) {
    // What ended with us at the Ctrl-C, as Maven does, failed for that alone.
    if (options.signal.aborted) throw new DemoInterrupted({ cause: error });
    throw error;
  } finally {
    if (!options.keep) await stop(config);
  }
}

async function runOnce(config: Config, data: ReferenceData, reader: Reader, options: DemoOptions): Promise<Report> {
  const { signal } = options;
  let report: Report | undefined;
  await runTasks(
    [
      {
        title: `publish ${options.orders} orders`,
        task: (_context, task) => publish(config, data, options, (orders) => (task.output = `${orders} published`)),
      },
      {
        title: 'account for every record',
        task: async (_context, task) => {
          const onProgress = (now: Report) => (task.output = progressText(now));
          if (!signal.aborted) report = await readUntilSettled(reader, { stuckMs, signal, onProgress });
          if (signal.aborted) throw new DemoInterrupted();
        },
      },
    ],
    { progress: 'list', concurrent: false },
  );
  return report!;
}

/** Until the signal, and then until what is under way has ended. */
async function runOn(config: Config, data: ReferenceData, reader: Reader, options: DemoOptions): Promise<Report> {
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  await Promise.all([
    publish(config, data, options, () => {}).catch((error: unknown) => {
      over.abort();
      throw error;
    }),
    showLive(config, reader, options.onLive, signal),
  ]);
  return readUntilSettled(reader, { waitMs: afterwardsMs });
}

async function showLive(config: Config, reader: Reader, onLive: DemoOptions['onLive'], signal: AbortSignal) {
  while (!signal.aborted) {
    const [jobs, lag] = await Promise.all([listJobs(config), stageLag(config), reader.readOn()]);
    onLive({ report: await reader.report(), jobs, lag });
    await sleep(livePeriodMs, undefined, { signal }).catch(() => {});
  }
}

async function publish(
  config: Config,
  data: ReferenceData,
  { orders, rate, seed, signal }: DemoOptions,
  onProgress: (orders: number) => void,
): Promise<void> {
  const publications = generateOrders(data, { seed, count: orders, rate });
  // About a batch a second.
  const batch = Math.min(1_000, Math.ceil(rate ?? Infinity));
  await withMetastore(config, (metastore) =>
    publishOrders(config, publications, metastore, { batch, rate, signal, onProgress }),
  );
}

function progressText({ raw, unaccounted, deliveryPending }: Report): string {
  const accounted = raw - unaccounted;
  const filled = raw > 0 ? Math.floor((accounted * 30) / raw) : 0;
  const bar = '█'.repeat(filled) + '░'.repeat(30 - filled);
  const parked = deliveryPending > 0 ? `, ${deliveryPending} of them parked until the partner takes them` : '';
  return `${bar} ${accounted}/${raw} records accounted for${parked}`;
}

async function summary(
  config: Config,
  { setupSeconds, stackUp, allAccounted, seed }: Started & { readonly allAccounted: number; readonly seed: number },
  report: Report,
  druid: DruidResult | undefined,
): Promise<DemoResult> {
  const services = await stackStatus(config);
  const firstDelivered =
    report.firstDeliveredAt === null ? null : (report.firstDeliveredAt - performance.timeOrigin) / 1000;
  const isInDruid = !druid || Object.values(druid.streams).every(({ isEqual }) => isEqual);
  return {
    ...report,
    reconciled: report.reconciled && isInDruid,
    seed,
    isSettled: isSettled(report),
    seconds: {
      setup: setupSeconds,
      stackUp,
      firstDelivered,
      allAccounted,
      ...(druid && { druidAnswers: druid.answers }),
    },
    ...(druid && { druid: druid.streams }),
    memoryBytes: services.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
    flinkUrl: config.flinkUrl,
  };
}
