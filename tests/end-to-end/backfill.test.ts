/** A backfill on every runner: the same sums as the stream's, and those that the stream has lost. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetReadObjects, asyncBufferFromFile } from 'hyparquet';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runBackfill, type Target } from '../../backfill/run.js';
import { runners, type Runner, type SumRequest } from '../../backfill/sum.js';
import { loadConfig, type Config } from '../../config.js';
import { stopStages, submitMissing } from '../../flink/stage-jobs.js';
import { killService, startService } from '../../local/lifecycle.js';
import { up } from '../../local/up.js';
import { workerPids } from '../../local/workers.js';
import { useAggregator, type Aggregates, type TestOrder } from './aggregates.js';
import { releaseToAggregator, releaseToRouter } from './released-orders.js';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

let config: Config;
let aggregates: Aggregates;
let folder: string;
let made = 0;
let batches = 0;
let backfills = 0;

useAggregator((...itsOwn) => ([config, aggregates] = itsOwn));
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-backfill-'));
  await up(config, { only: ['spark-master', 'spark-worker', 'spark-job-server'], progress: 'silent' });
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Each batch has places of its own: a window that two have orders in would lack those whose state is thrown away in between. */
function anOrderFrom(ago: number, place = `L-${batches}-${made % 7}`): TestOrder {
  made += 1;
  return { orderId: `o-${made}`, place, createdAt: Date.now() - ago, quantity: 1 + (made % 5) };
}

/** All windows that orders of these tests are in. */
function request(runner: Runner, changes: Partial<SumRequest> = {}): SumRequest {
  const size = config.windowSeconds * 1000;
  const now = Math.ceil(Date.now() / size) * size;
  return {
    name: `backfill-${++backfills}`,
    windows: { from: now - 4 * day, to: now + 2 * day },
    windowSeconds: config.windowSeconds,
    runner,
    parallelism: 2,
    isPartial: false,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...changes,
  };
}

const into = (topic: string, isDryRun = false): Target => ({ topic, isDryRun });

/** Answers with an order that is set aside until its time has come. */
async function publishAll(count: number): Promise<TestOrder> {
  batches += 1;
  const orders = Array.from({ length: count }, (_, index) => anOrderFrom((index % 24) * 17 * minute));
  await aggregates.publish(orders);
  await aggregates.publish(orders.slice(0, count / 10), { fate: 'repeated' });
  await aggregates.publish(orders.slice(0, count / 20), { fate: 'repeated', partition: 0 });
  await aggregates.publish([anOrderFrom(day + minute), anOrderFrom(3 * day)], { fate: 'TOO_LATE' });
  // Late, and in time.
  await aggregates.publish([anOrderFrom(day - hour)]);
  const early = anOrderFrom(-day - minute);
  await aggregates.publish([early], { fate: 'INVALID_ORDER' });
  await aggregates.settled(120_000);
  return early;
}

/** What was set aside is sent back: to the aggregator, which counts it now, and to the router, which is none of the aggregator's business. */
async function releaseAll(early: TestOrder): Promise<void> {
  await vi.waitUntil(() => Date.now() > early.createdAt - day, { timeout: 2 * minute });
  expect(await releaseToAggregator(config, early.orderId)).toBe(1);
  expect(await releaseToRouter(config)).toBe(1);
  aggregates.willCount(early);
  await aggregates.settled();
}

test('sums on every runner what the stream has summed, to the byte', async () => {
  await aggregates.publishForeign('dead_letter');
  await aggregates.publishForeign('aggregated_order');
  await releaseAll(await publishAll(2_000));
  const files: string[] = [];
  for (const runner of runners) {
    const file = join(folder, `${runner}.jsonl`);
    const report = await runBackfill(config, request(runner), { file });
    expect([runner, report.orders, report.records]).toEqual([
      runner,
      aggregates.total(),
      { counted: 2_002, unclaimed: 0, repeated: 301, too_late: 2, set_aside: 1, passed_over: 2, out_of_span: 0 },
    ]);
    files.push(await readFile(file, 'utf8'));
  }
  expect(files[1]).toBe(files[0]);
  expect(files[2]).toBe(files[0]);
  const { windows, written } = await runBackfill(config, request('direct'), into('aggregated_order', true));
  expect(windows).toEqual({ equal: aggregates.counted.size, different: 0, missing: 0, superfluous: 0 });
  expect(written).toBe(0);
}, 600_000);

test('writes nothing where it is interrupted once the sums are there', async () => {
  const signal = AbortSignal.abort();
  await expect(runBackfill(config, request('direct', { signal }), into('aggregated_order'))).rejects.toMatchObject({
    code: 'INTERRUPTED',
    exitCode: 130,
  });
});

test('makes files for people: other windows, CSV, Parquet', async () => {
  const windows = request('direct').windows;
  const hours = { from: Math.floor(windows.from / hour) * hour, to: windows.to };
  const csv = join(folder, 'hours.csv');
  const parquet = join(folder, 'hours.parquet');
  for (const file of [csv, parquet])
    await runBackfill(config, request('direct', { windows: hours, windowSeconds: 3_600 }), { file });
  const [heading, ...lines] = (await readFile(csv, 'utf8')).trim().split('\n');
  expect(heading).toBe('to_location_id,window_start,window_end,orders,items,amount_eur');
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(parquet) });
  expect(
    rows.map(({ to_location_id: place, window_start: start, window_end: end, orders, items, amount_eur: amount }) =>
      [place, (start as Date).toISOString(), (end as Date).toISOString(), orders, items, amount].join(','),
    ),
  ).toEqual(lines);
  expect(rows.reduce((sum, { orders }) => sum + Number(orders), 0)).toBe(aggregates.total());
});

test('counts once on every runner what nobody has claimed yet', async () => {
  await stopStages(config, ['aggregator']);
  const before = aggregates.total();
  const order = anOrderFrom(minute, 'unclaimed');
  await aggregates.publish([order]);
  await aggregates.publish([order], { fate: 'repeated', partition: 0 });
  for (const runner of runners) {
    const { orders, records } = await runBackfill(config, request(runner), { file: join(folder, 'unclaimed.csv') });
    expect([runner, orders, records.unclaimed]).toEqual([runner, before + 1, 2]);
  }
  await submitMissing(config, ['aggregator']);
  await aggregates.settled();
}, 300_000);

test('writes what the stream has lost, and nothing a second time', async () => {
  const lost = [anOrderFrom(hour, 'lost'), anOrderFrom(hour, 'lost')];
  const orders = lost.map((order) => ({ ...order, createdAt: lost[0]!.createdAt }));
  await aggregates.publish(orders.slice(0, 1));
  await aggregates.settled();
  await stopStages(config, ['aggregator']);
  await submitMissing(config, ['aggregator'], { from: 'nothing' });
  await aggregates.publish(orders.slice(1));
  await vi.waitUntil(() => aggregates.panesOf(orders[0]!).length === 2, { timeout: 60_000 });
  expect(aggregates.panesOf(orders[0]!).map(({ orders: held }) => held)).toEqual([1, 1]);
  const report = await runBackfill(config, request('flink'), into('aggregated_order'));
  expect(report).toMatchObject({ windows: { different: 1, missing: 0, superfluous: 0 }, written: 1 });
  await aggregates.settled();
  const again = await runBackfill(config, request('flink'), into('aggregated_order'));
  expect(again).toMatchObject({ windows: { different: 0, missing: 0, superfluous: 0 }, written: 0 });
}, 300_000);

test('replaces for good the panes of windows that get no more orders', async () => {
  const place = 'closed';
  const order = anOrderFrom(3 * hour, place);
  await aggregates.publish([order]);
  await aggregates.settled();
  // The window is closed where orders may be late for less than the two hours since it ended.
  const impatient = loadConfig({ ...config.environment, ORDERFLOW_ALLOWED_LATENESS_MS: String(hour) });
  // Somebody has written a pane that holds too much.
  const pane = aggregates.panesOf(order)[0]!;
  await aggregates.publishPane(order, { ...pane, orders: 5 });
  await vi.waitUntil(() => aggregates.panesOf(order).some(({ orders }) => orders === 5), { timeout: 20_000 });
  const report = await runBackfill(impatient, request('direct'), into('aggregated_order'));
  expect(report.windows).toMatchObject({ different: 1, superfluous: 0 });
  await aggregates.settled();
  expect(aggregates.panesOf(order).at(-1)).toMatchObject({ orders: 1, revision: expect.any(Number) as number });
  expect(aggregates.panesOf(order).at(-1)!.revision).toBeGreaterThan(0);
}, 120_000);

/** Kills once a part of the ranges has been read, which takes long enough to be seen: the metastore is asked for each record by itself. */
function killing(kill: () => void): { slowly: Config; wasKilled: () => boolean } & Pick<SumRequest, 'onProgress'> {
  let isKilled = false;
  return {
    slowly: loadConfig({ ...config.environment, ORDERFLOW_BATCH_SIZE: '1' }),
    onProgress(done, ranges) {
      if (isKilled || done === 0 || done === ranges) return;
      isKilled = true;
      kill();
    },
    wasKilled: () => isKilled,
  };
}

function killWorkers(): void {
  for (const pid of workerPids(config)) process.kill(pid, 'SIGKILL');
}

test.each(['flink', 'spark'] as const)(
  'is right on %s while workers are killed',
  async (runner) => {
    await publishAll(20_000);
    const { slowly, onProgress, wasKilled } = killing(killWorkers);
    const file = join(folder, `killed-${runner}.jsonl`);
    const report = await runBackfill(slowly, request(runner, { onProgress }), { file });
    expect(wasKilled()).toBe(true);
    expect(report.orders).toBe(aggregates.total());
  },
  600_000,
);

test('is right, or fails with a sentence and is right when it is run again, while services are killed', async () => {
  const cases = [
    ['flink', 'job-server'],
    ['flink', 'taskmanager'],
    ['spark', 'spark-worker'],
    ['spark', 'spark-job-server'],
  ] as const;
  for (const [runner, service] of cases) {
    const { slowly, onProgress, wasKilled } = killing(() => killService(config, service));
    const file = join(folder, `${service}.jsonl`);
    const attempt = runBackfill(slowly, request(runner, { onProgress }), { file }).then(
      ({ orders }) => orders,
      (error: Error) => error.message,
    );
    await vi.waitUntil(wasKilled, { timeout: 120_000 });
    await vi.waitUntil(() => startService(config, service).catch(() => false), { timeout: 60_000, interval: 1_000 });
    const result = await attempt;
    if (typeof result === 'string') {
      expect([service, result]).toEqual([service, expect.stringContaining('run it again')]);
      const { orders } = await runBackfill(config, request(runner), { file });
      expect([service, orders]).toEqual([service, aggregates.total()]);
    } else expect([service, result]).toEqual([service, aggregates.total()]);
  }
}, 900_000);
