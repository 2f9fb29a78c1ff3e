/** What security costs: rate and delay of the secured profile beside those of the open one, in turns on the same machine. */
import { type Config, loadConfig } from '../config.js';
import { start } from '../demo/start.js';
import { stop } from '../demo/stop.js';
import { withMetastore } from '../generator/before-publishing.js';
import { generateOrders } from '../generator/orders.js';
import { publishOrders } from '../generator/producer.js';
import { withPool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { defaultReferenceFile, readReferenceFile, type ReferenceData } from '../metastore/reference-data.js';
import { type Profile, profiles } from '../model/profiles.js';
import { createReader } from '../reconcile/read.js';
import type { Report } from '../reconcile/report.js';
import { scopeFromNow } from '../reconcile/scope.js';
import { readUntilSettled } from '../reconcile/settle.js';
import { quantilesOf } from '../reconcile/timing.js';

export interface BenchOptions {
  /** How often each profile has its turn. */
  readonly rounds: number;
  /** Orders that are published as fast as possible, after as many that warm everything up. */
  readonly orders: number;
  /** Orders per second while delays are measured… */
  readonly rate: number;
  /** …and for how long, in s. */
  readonly seconds: number;
  readonly onProgress: (text: string) => void;
}

/** One turn of a profile. */
export interface Turn {
  readonly profile: Profile;
  /** Of those that were published as fast as possible. */
  readonly ordersPerSecond: number;
  /** From the record on raw_order to the end of the order, at the steady rate. */
  readonly p99Ms: number;
  /** Lost none, doubled none. */
  readonly reconciled: boolean;
}

/** Starts each profile's stack in turn, from nothing in memory, and stops it again. Fails as its parts do. */
export async function benchSecured({ rounds, ...options }: BenchOptions): Promise<Turn[]> {
  const data = await readReferenceFile(defaultReferenceFile);
  const turns: Turn[] = [];
  for (let round = 0; round < rounds; round++) {
    // The other way round each time: what the machine does meanwhile meets both.
    for (const profile of round % 2 === 0 ? profiles : profiles.toReversed()) {
      const config = loadConfig({ ...process.env, ORDERFLOW_PROFILE: profile });
      const turn = { profile, ...(await turnOf(config, data, round, options)) };
      options.onProgress(JSON.stringify(turn));
      turns.push(turn);
    }
  }
  return turns;
}

async function turnOf(
  config: Config,
  data: ReferenceData,
  round: number,
  { orders, rate, seconds }: Omit<BenchOptions, 'rounds'>,
): Promise<Omit<Turn, 'profile'>> {
  try {
    await start(config, data, { signal: new AbortController().signal, addOns: [] });
    // Orders of their own: the same seed would make redeliveries of those of an earlier turn.
    const seed = Math.floor(Date.now() / 1_000) * 10;
    await measure(config, data, { orders, seed });
    const fast = await measure(config, data, { orders, seed: seed + 1 + round });
    const steady = await measure(config, data, { orders: rate * seconds, rate, seed: seed + 5 + round });
    return {
      ordersPerSecond: fast.ordersPerSecond ?? NaN,
      p99Ms: steady.latencyMs.p99 ?? NaN,
      reconciled: fast.reconciled && steady.reconciled,
    };
  } finally {
    await stop(config);
  }
}

async function measure(
  config: Config,
  data: ReferenceData,
  { orders, rate, seed }: { readonly orders: number; readonly rate?: number; readonly seed: number },
): Promise<Report> {
  const scope = await scopeFromNow(config);
  const publications = generateOrders(data, { seed, count: orders, rate });
  const batch = Math.min(1_000, Math.ceil((rate ?? Infinity) / 4));
  await withMetastore(config, (metastore) => publishOrders(config, publications, metastore, { batch, rate }));
  return withPool(databaseOf(config, 'page'), async (pool) => {
    using reader = createReader(config, pool, { scope });
    return readUntilSettled(reader, { stuckMs: 120_000 });
  });
}

/** The median of a profile's turns. */
export const medianOf = (turns: readonly Turn[], profile: Profile, of: 'ordersPerSecond' | 'p99Ms'): number =>
  quantilesOf(
    turns.filter((turn) => turn.profile === profile).map((turn) => turn[of]),
    [0.5],
  )[0]!;
