/** Publishes a load, and measures what becomes of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../config.js';
import { batchesOf } from '../../generator/batches.js';
import { withMetastore } from '../../generator/before-publishing.js';
import { generateOrders, type Publication } from '../../generator/orders.js';
import { announce, publishOrders, type BeforePublishing } from '../../generator/producer.js';
import { runningProcess } from '../../local/pid-file.js';
import { withPool } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import type { ReferenceData } from '../../metastore/reference-data.js';
import { createReader } from '../../reconcile/read.js';
import type { Report } from '../../reconcile/report.js';
import { scopeFromNow } from '../../reconcile/scope.js';
import { isSettled } from '../../reconcile/settle.js';
import { byPart, type CpuByPart, cpuByPart, type Leaders, memoryOfAll } from './usage.js';
import { look, type Seen, untilStill } from './watch.js';

/** How long nothing must have been written until the account is asked whether that was all, in ms: longer than a pane waits. */
const stillMs = 6_000;
/** How long a contestant may write nothing at all while orders wait, in ms. */
const stuckMs = 120_000;

/** Between two accounts, in ms. */
const pollMs = 1_000;

/** Orders that are published, and at which rate: as fast as possible without one. */
export interface Load {
  readonly orders: number;
  /** Orders per second. */
  readonly rate?: number;
  readonly seed: number;
  /** Bytes of an order; see OrderOptions. */
  readonly orderBytes?: number;
}

/** What came of a load. */
export interface Measured {
  readonly report: Report;
  /** Records that were published: orders, and what comes beside them. */
  readonly records: number;
  /** Orders per second that Kafka has taken. */
  readonly publishedPerSecond: number;
  /** From Kafka's first confirmation until the last effect, the last pane included, to a quarter of a second. */
  readonly seconds: number;
  /** Of all processes, until the last effect. */
  readonly cpu: CpuByPart;
  /** Of all processes, soon after the last effect, in bytes. */
  readonly memory: number;
}

export interface Place {
  readonly config: Config;
  readonly data: ReferenceData;
  /** The processes whose families are measured. */
  readonly leaders: Leaders;
  /** Throws when one of them has ended. */
  readonly checkAlive: () => void;
  /** Ends the measuring, which rejects then. */
  readonly signal?: AbortSignal;
}

/**
 * Tells the metastore of all orders first, so that this is no part of the measure, publishes them, and waits until the account is settled and nothing is written any more; or until
 * nothing was written for two minutes. Rejects with what `checkAlive` throws.
 */
export async function measure(place: Place, { orders, rate, seed, orderBytes }: Load): Promise<Measured> {
  const { config, data, leaders } = place;
  const publications = [...generateOrders(data, { seed, count: orders, rate, orderBytes })];
  await withMetastore(config, async (metastore) => {
    for (const batch of batchesOf(publications, 1_000)) await announce(metastore, batch);
  });
  const scope = await scopeFromNow(config);
  const cpuNow = () => cpuByPart(leaders);
  const before = await look(config, cpuNow);
  const load = publish(place, publications, rate);
  try {
    return await withPool(databaseOf(config, 'page'), async (pool) => {
      using reader = createReader(config, pool, { scope });
      const account = async () => {
        await reader.readOn();
        return reader.report();
      };
      const { seen, report } = await untilSettled(place, { before, cpuNow, isLoading: load.isLoading, account });
      const { ordersPerSecond, records } = await load.done;
      return {
        report,
        records,
        publishedPerSecond: ordersPerSecond,
        seconds: (seen.at - load.beganAt()) / 1_000,
        cpu: byPart((part) => seen.cpu[part] - before.cpu[part]),
        memory: memoryOfAll(leaders),
      };
    });
  } finally {
    // What is under way must not come to the next one's Kafka. Where there is none any more, the whole bench ends.
    if (runningProcess(config, 'kafka')) await load.end();
  }
}

/** What was told before the load begins is not told again while it runs. */
const told: BeforePublishing = { recordStatuses: async () => [], cancelOrders: async () => {} };

/** In batches as they come within a twentieth of a second: larger ones would wait for themselves. */
function publish({ config }: Place, publications: readonly Publication[], rate: number | undefined) {
  const controller = new AbortController();
  let isLoading = true;
  let beganAt = performance.now();
  let hasBegun = false;
  const done = publishOrders(config, publications, told, {
    batch: Math.min(1_000, Math.ceil((rate ?? Infinity) / 20)),
    rate,
    signal: controller.signal,
    onProgress() {
      if (!hasBegun) beganAt = performance.now();
      hasBegun = true;
    },
  }).finally(() => (isLoading = false));
  // Awaited by who measures; until then a failure must not count as unhandled.
  done.catch(() => {});
  return {
    done,
    isLoading: () => isLoading,
    beganAt: () => beganAt,
    async end() {
      controller.abort();
      await done.catch(() => {});
    },
  };
}

interface Settling {
  readonly before: Seen;
  readonly cpuNow: () => CpuByPart;
  readonly isLoading: () => boolean;
  readonly account: () => Promise<Report>;
}

/** A contestant may pause for longer than `stillMs` in the middle of its work: only the account says that all is done. */
async function untilSettled(
  { config, checkAlive, signal }: Place,
  { before, cpuNow, isLoading, account }: Settling,
): Promise<{ seen: Seen; report: Report }> {
  const check = () => {
    signal?.throwIfAborted();
    checkAlive();
  };
  let seen = before;
  for (;;) {
    seen = await untilStill(config, seen, { stillMs, isLoading, check, cpuNow });
    const report = await account();
    check();
    const later = await look(config, cpuNow, seen);
    const isOver = isSettled(report) || performance.now() - seen.at >= stuckMs;
    if (later === seen && isOver) return { seen, report };
    await sleep(pollMs);
    seen = later;
  }
}
