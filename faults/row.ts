/** One fault under load: done, seen, survived, and accounted for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.js';
import { listJobs } from '../flink/jobs.js';
import { withMetastore } from '../generator/before-publishing.js';
import { generateOrders } from '../generator/orders.js';
import { publishOrders } from '../generator/producer.js';
import type { Random } from '../generator/random.js';
import { readTopic } from '../kafka/topic-reader.js';
import { stackStatus } from '../local/status.js';
import { readRestarts } from '../local/supervision.js';
import type { Pool } from '../metastore/connection.js';
import type { ReferenceData } from '../metastore/reference-data.js';
import { stageNames } from '../model/stages.js';
import { createReader, type Reader, type Scope } from '../reconcile/read.js';
import type { Report } from '../reconcile/report.js';
import { scopeFromNow } from '../reconcile/scope.js';
import { readUntilSettled } from '../reconcile/settle.js';
import type { Fault } from './faults.js';
import { answeredAgainAt, lastOf, movingAgainAt, panesAgainAt } from './movement.js';
import { firstSign, type Sign } from './signs.js';
import type { Struck } from './strike.js';

/** What one fault came to. Seconds are since the fault; null where there is nothing to tell. */
export interface FaultRow {
  readonly fault: string;
  readonly target: string;
  /** Orders that were published meanwhile, and how many per second. */
  readonly orders: number;
  readonly ordersPerSecond: number;
  readonly lost: number;
  /** Orders that a topic or the history holds as two, by the reconciliation. */
  readonly doubled: number;
  /** Effects beyond the first of their order, and keys with other bytes, in the partner's journal. */
  readonly effectsRepeated: number;
  readonly reconciled: boolean;
  /** Null where nothing showed: it was absorbed. */
  readonly noticed: { readonly seconds: number; readonly where: Sign['where'] } | null;
  /** Until all that was hit answered, and every stage moved; from the end of a fault that lasts. Null: it did not. */
  readonly movedAfter: number | null;
  /** Whether all services answered again, and all jobs completed a checkpoint, before that was given up. */
  readonly isWell: boolean;
  /** The stage or service that was the last to do so. */
  readonly last: string;
  readonly limitSeconds: number;
  /** How long a fault lasted that was ended on purpose. */
  readonly lasted: number | null;
  /** What `orderflow status` said of it; null where it was not asked. */
  readonly said: string | null;
  readonly problems: Report['problems'];
}

export interface RowOptions {
  readonly data: ReferenceData;
  readonly random: Random;
  readonly seed: number;
  /** Orders per second. */
  readonly rate: number;
  readonly onPhase: (text: string) => void;
}

/** When the fault is done, after the load began: in ms, drawn by the seed. */
const strikeAfter = { from: 5_000, to: 12_000 };
/** How long a fault lasts that does not end by itself, in ms. */
const lasting = { from: 8_000, to: 12_000 };
/** The load goes on for so long when all is well again, in ms. */
const afterwardsMs = 3_000;
/** A fault that is not over by then is given up, in ms. */
const recoveryLimitMs = 180_000;
/** And what is not accounted for by then is lost, in ms. */
const settleLimitMs = 120_000;

/** Fails as its parts do; what the fault itself breaks is in the row. */
export async function runRow(config: Config, pool: Pool, fault: Fault, options: RowOptions): Promise<FaultRow> {
  const { random, onPhase } = options;
  const scope = await scopeFromNow(config);
  const over = new AbortController();
  onPhase('load');
  const load = publish(config, options, over.signal);
  load.catch(() => over.abort());
  try {
    await sleep(random.between(strikeAfter.from, strikeAfter.to), undefined, { signal: over.signal });
    onPhase('strike');
    const struck = await fault.strike({ config, random });
    onPhase(`${struck.target}: until it is well again`);
    let healedAt: number | undefined;
    if (struck.heal) {
      await sleep(random.between(lasting.from, lasting.to), undefined, { signal: over.signal });
      await struck.heal();
      healedAt = Date.now();
    }
    const isWell = await untilWell(config, healedAt ?? struck.at, over.signal);
    await sleep(afterwardsMs, undefined, { signal: over.signal });
    over.abort();
    const published = await load;
    onPhase(`${struck.target}: account for ${published.orders} orders`);
    using reader = createReader(config, pool, { scope });
    const report = await readUntilSettled(reader, { waitMs: settleLimitMs });
    const times = await timesOf(config, pool, { struck, healedAt, reader, scope });
    return rowOf(fault, struck, published.ordersPerSecond, report, { ...times, isWell });
  } finally {
    over.abort();
    await load;
  }
}

async function publish(config: Config, { data, seed, rate }: RowOptions, signal: AbortSignal) {
  const publications = generateOrders(data, { seed, count: Infinity, rate });
  return withMetastore(config, (metastore) =>
    publishOrders(config, publications, metastore, { batch: Math.ceil(rate / 2), rate, signal }),
  );
}

/** Waits until all is well, and answers whether it is: false when that is given up. */
async function untilWell(config: Config, since: number, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + recoveryLimitMs;
  while (performance.now() < deadline) {
    await sleep(500, undefined, { signal });
    if (await isWell(config, since).catch(() => false)) return true;
  }
  return false;
}

/** All services of the stack answer, all jobs run in all tasks, and each has completed a checkpoint since the fault. */
async function isWell(config: Config, since: number): Promise<boolean> {
  const jobs = await listJobs(config);
  const age = Date.now() - since;
  const well = jobs.filter((job) => job.hasStarted && job.checkpointAgeMs !== undefined && job.checkpointAgeMs < age);
  if (!stageNames.every((name) => well.some((job) => job.name === name))) return false;
  const stack = await stackStatus(config);
  return stack.every(({ state }) => state === 'up' || state === 'elsewhere');
}

interface Measured {
  readonly struck: Struck;
  readonly healedAt: number | undefined;
  readonly reader: Reader;
  readonly scope: Scope;
}

async function timesOf(config: Config, pool: Pool, { struck, healedAt, reader, scope }: Measured) {
  const since = healedAt ?? struck.at;
  const sign = await firstSign(config, pool, struck.at);
  const panes: number[] = [];
  await readTopic(config, 'aggregated_order', ({ timestamp }) => void panes.push(timestamp), {
    from: scope.from.get('aggregated_order'),
  });
  const last = lastOf([
    movingAgainAt(reader.publications(), since) ?? { what: 'a stage', at: Infinity },
    { what: 'aggregator', at: panesAgainAt(panes, since, 3 * config.paneMs) },
    ...answeredAgainAt(readRestarts(config), struck.services, struck.at),
  ]);
  return {
    noticed: sign ? { seconds: (sign.at - struck.at) / 1000, where: sign.where } : null,
    movedAfter: Number.isFinite(last.at) ? (last.at - since) / 1000 : null,
    last: last.what,
    lasted: healedAt === undefined ? null : (healedAt - struck.at) / 1000,
  };
}

function rowOf(
  { name, limitSeconds }: Fault,
  { target, said }: Struck,
  ordersPerSecond: number,
  report: Report,
  times: Pick<FaultRow, 'noticed' | 'movedAfter' | 'isWell' | 'last' | 'lasted'>,
): FaultRow {
  const { orders, lost, duplicated, reconciled, partner, problems } = report;
  return {
    fault: name,
    target,
    orders,
    ordersPerSecond,
    lost,
    doubled: duplicated,
    effectsRepeated: partner ? partner.effects - partner.orders + partner.conflicts : 0,
    reconciled,
    ...times,
    limitSeconds,
    said: said ?? null,
    problems,
  };
}

/** Whether the row is as it should be. */
export const isGood = (row: FaultRow): boolean =>
  row.reconciled &&
  row.lost === 0 &&
  row.doubled === 0 &&
  row.effectsRepeated === 0 &&
  row.isWell &&
  row.movedAfter !== null &&
  row.movedAfter <= row.limitSeconds;
