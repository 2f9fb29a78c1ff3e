/** One turn of a contestant, on a stack of its own that begins empty. */
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Config, loadConfig } from '../../config.js';
import { withMetastore } from '../../generator/before-publishing.js';
import { batchesOf } from '../../generator/batches.js';
import { generateOrders, type Publication } from '../../generator/orders.js';
import { announce, publishOrders, type BeforePublishing } from '../../generator/producer.js';
import { topicOffsets, withKafkaAdmin } from '../../kafka/client.js';
import { applyTopics } from '../../kafka/topics.js';
import { down } from '../../local/down.js';
import { runningProcess } from '../../local/pid-file.js';
import { up } from '../../local/up.js';
import { withPool } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import { loadReferenceData } from '../../metastore/load-reference-data.js';
import { prepareSchema } from '../../metastore/prepare.js';
import type { ReferenceData } from '../../metastore/reference-data.js';
import { topicNames } from '../../model/topics.js';
import { createReader } from '../../reconcile/read.js';
import type { Report } from '../../reconcile/report.js';
import { scopeFromNow } from '../../reconcile/scope.js';
import { readUntilSettled } from '../../reconcile/settle.js';
import type { Contestant } from './contestant.js';
import { type Usage, usageOf } from './usage.js';

const services = ['kafka', 'postgres', 'partner'] as const;
/** How long nothing must have been written until a load counts as done, in ms: longer than a pane waits, and than a parked delivery may. */
const stillMs = 6_000;
const pollMs = 250;
/** How long a contestant may write nothing at all while orders wait, in ms. */
const stuckMs = 120_000;

/** Orders that are published, and at which rate: as fast as possible without one. */
export interface Load {
  readonly orders: number;
  /** Orders per second. */
  readonly rate?: number;
  readonly seed: number;
}

/** What came of a load. */
export interface Measured {
  readonly report: Report;
  /** Records that were published: orders, and what comes beside them. */
  readonly records: number;
  /** From the first record on raw_order until the last effect, in s. */
  readonly seconds: number;
  /** Of all processes, in that time. */
  readonly cpuSeconds: number;
  /** At its end. */
  readonly memory: number;
}

export interface Turn {
  measure(load: Load): Promise<Measured>;
  /** Of all processes, so far. */
  usage(): Usage;
}

/**
 * Starts Kafka, PostgreSQL, the partner and the contestant, lets `play` measure, and stops and deletes everything. `home` is a folder that is not
 * there yet; the jars are those of the settings. Fails as its parts do.
 */
export async function playTurn<T>(
  contestant: Contestant,
  { home, data, environment = process.env }: { home: string; data: ReferenceData; environment?: NodeJS.ProcessEnv },
  play: (turn: Turn) => Promise<T>,
): Promise<T> {
  const { jars } = loadConfig(environment);
  const config = loadConfig({ ...environment, ORDERFLOW_HOME: home, ORDERFLOW_JARS: jars });
  const only = [...services, ...contestant.services];
  try {
    await up(config, { only, progress: 'silent' });
    await prepareSchema(config, Date.now());
    await withPool(databaseOf(config, 'operator'), (pool) => loadReferenceData(pool, data));
    await applyTopics(config);
    const folder = join(home, 'contestant');
    await mkdir(folder);
    const running = await contestant.start({ config, folder });
    try {
      const leaders = [...only.flatMap((name) => runningProcess(config, name)?.pid ?? []), ...running.pids];
      return await play({
        measure: (load) => measure(config, data, leaders, load),
        usage: () => usageOf(leaders),
      });
    } finally {
      await running.stop();
    }
  } finally {
    await down(config, { progress: 'silent' });
    await rm(home, { recursive: true, force: true });
  }
}

/** What was told before the load begins is not told again while it runs. */
const told: BeforePublishing = { recordStatuses: async () => [], cancelOrders: async () => {} };

async function measure(
  config: Config,
  data: ReferenceData,
  leaders: readonly number[],
  { orders, rate, seed }: Load,
): Promise<Measured> {
  const publications = [...generateOrders(data, { seed, count: orders, rate })];
  await withMetastore(config, async (metastore) => {
    for (const batch of batchesOf(publications, 1_000)) await announce(metastore, batch);
  });
  const scope = await scopeFromNow(config);
  const before = usageOf(leaders);
  const began = performance.now();
  const published = publish(config, publications, rate);
  const { at, usage } = await untilStill(config, leaders, published);
  await published;
  const report = await withPool(databaseOf(config, 'page'), async (pool) => {
    using reader = createReader(config, pool, { scope });
    return readUntilSettled(reader, { stuckMs });
  });
  return {
    report,
    records: publications.length,
    seconds: (at - began) / 1_000,
    cpuSeconds: usage.cpuSeconds - before.cpuSeconds,
    memory: usage.memory,
  };
}

/** In batches as they come within a quarter of a second. */
const publish = (config: Config, publications: readonly Publication[], rate: number | undefined) =>
  publishOrders(config, publications, told, { batch: Math.min(1_000, Math.ceil((rate ?? Infinity) / 4)), rate });

/** Waits until all was published, and then nothing written for a while: when the last record came, and what had been used then. */
async function untilStill(
  config: Config,
  leaders: readonly number[],
  published: Promise<unknown>,
): Promise<{ at: number; usage: Usage }> {
  let isPublished = false;
  const whenPublished = published.then(
    () => (isPublished = true),
    () => (isPublished = true),
  );
  const journal = join(config.home, 'partner', 'journal.ndjson');
  const last = await withKafkaAdmin(config, async (admin) => {
    let last = { state: '', at: performance.now(), usage: usageOf(leaders) };
    while (!isPublished || performance.now() - last.at < stillMs) {
      const offsets = await Promise.all(topicNames.map((topic) => topicOffsets(admin, topic)));
      // Deliveries are in no topic.
      const { size } = await stat(journal);
      const state = JSON.stringify([offsets.flat().map(({ high }) => high), size]);
      if (state !== last.state) last = { state, at: performance.now(), usage: usageOf(leaders) };
      await sleep(pollMs);
    }
    return last;
  });
  await whenPublished;
  return last;
}
