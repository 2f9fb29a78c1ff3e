/** Time, on real parts: whenever orders come, and whatever is killed meanwhile, each counts once in its window. */
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { expect, test, vi } from 'vitest';
import { loadConfig, type Config } from '../../config.js';
import { listJobs } from '../../flink/jobs.js';
import { stopStages, submitMissing } from '../../flink/stage-jobs.js';
import { readTopic } from '../../kafka/topic-reader.js';
import { down } from '../../local/down.js';
import { killService, startService } from '../../local/lifecycle.js';
import { useAggregator, type Aggregates, type TestOrder } from './aggregates.js';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

let config: Config;
let aggregates: Aggregates;
let made = 0;

/** An order of its own, created so long (ms) before now; or after, if negative. */
function anOrderFrom(ago: number, place = `L-${made % 7}`): TestOrder {
  made += 1;
  return { orderId: `o-${made}`, place, createdAt: Date.now() - ago, quantity: 1 + (made % 5) };
}

async function metrics(): Promise<string> {
  const { body } = await request(`http://${config.host}:${config.ports.workerMetrics}/metrics`);
  return body.text();
}

useAggregator((...itsOwn) => ([config, aggregates] = itsOwn));

test('an empty topic holds up no checkpoint, and partitions that stay empty hold up no order', async () => {
  await vi.waitUntil(async () => (await listJobs(config))[0]!.checkpointAgeMs !== undefined, { timeout: 60_000 });
  const ago = [0, 5 * minute, 3 * hour, minute, 23 * hour, 0, 90 * minute, 2 * minute, 12 * hour, 0];
  await aggregates.publish(
    ago.map((time) => anOrderFrom(time)),
    { partition: 0 },
  );
  await aggregates.settled();
}, 120_000);

test('counts what is late, sets aside what is too late, and takes the future for what it is', async () => {
  const late = [minute, hour, day - minute];
  const ahead = [minute, hour, day - minute].map((time) => -time);
  await aggregates.publish([...late, ...ahead].map((time) => anOrderFrom(time)));
  await aggregates.publish([anOrderFrom(day + minute), anOrderFrom(30 * day)], { fate: 'TOO_LATE' });
  await aggregates.publish([anOrderFrom(-day - minute), anOrderFrom(-365 * day)], { fate: 'INVALID_ORDER' });
  await aggregates.settled();
  // The clocks that were ahead have moved nobody else's windows.
  await aggregates.publish([0, ...late].map((time) => anOrderFrom(time)));
  await aggregates.settled();
  const counted = /^orderflow_worker_counter_total\{.*counter="dead_letter.TOO_LATE".*\} [12]$/m;
  // A worker that does not answer soon enough is left out.
  await vi.waitFor(async () => expect(await metrics()).toMatch(counted), { timeout: 30_000, interval: 500 });
}, 120_000);

test('counts an order once, however often and wherever it is written', async () => {
  const orders = [0, hour, 25 * hour].map((ago) => anOrderFrom(ago));
  await aggregates.publish(orders.slice(0, 2));
  await aggregates.publish(orders.slice(2), { fate: 'TOO_LATE' });
  await aggregates.settled();
  for (const partition of [0, 1]) await aggregates.publish(orders, { fate: 'repeated', partition });
  // Behind them in their partitions, so that they have been read when these have.
  for (const partition of [0, 1]) await aggregates.publish([anOrderFrom(0)], { partition });
  await aggregates.settled();
}, 120_000);

test('writes a pane more for a window that was closed long ago, with what it had before', async () => {
  const [first, second] = [anOrderFrom(2 * hour, 'closed'), anOrderFrom(2 * hour, 'closed')];
  const sameWindow = { ...second, createdAt: first.createdAt };
  await aggregates.publish([first]);
  await aggregates.settled();
  await aggregates.publish([sameWindow]);
  await aggregates.settled();
  const written = aggregates.panesOf(first).map(({ index, orders, items }) => ({ index, orders, items }));
  expect(written).toEqual([
    { index: 0, orders: 1, items: first.quantity },
    { index: 1, orders: 2, items: first.quantity + second.quantity },
  ]);
}, 120_000);

test('shows an order in a pane soon (reported)', async () => {
  const orders: TestOrder[] = [];
  for (let index = 0; index < 60; index += 1) {
    orders.push(anOrderFrom(index % 2 === 0 ? 0 : hour, `soon-${index}`));
    await aggregates.publish(orders.slice(-1));
    await sleep(50);
  }
  await aggregates.settled();
  const takenAt = new Map<string, number>();
  await readTopic(config, 'enriched_order', ({ key, timestamp }) => {
    takenAt.set(Buffer.from(key!).toString(), timestamp);
  });
  const delays = orders
    .map((order) => aggregates.panesOf(order)[0]!.time - takenAt.get(order.orderId)!)
    .sort((a, b) => a - b);
  const [p50, p99] = [0.5, 0.99].map((share) => delays[Math.ceil(share * delays.length) - 1]);
  console.log(`pane delay of ${delays.length} orders: p50 ${p50} ms, p99 ${p99} ms`);
}, 120_000);

test('adds up while a worker and then the TaskManager are killed', async () => {
  const before = aggregates.total();
  const [chunks, size] = [30, 100];
  const counts = chunks * (size - 5);
  const kills = [
    {
      at: 0.3,
      async kill() {
        const line = /^orderflow_worker_records_total\{stage="aggregator",pid="(\d+)"\} [1-9]/m;
        const [, pid] = await vi.waitUntil(async () => line.exec(await metrics()), { timeout: 30_000, interval: 500 });
        process.kill(Number(pid), 'SIGKILL');
      },
    },
    {
      at: 0.6,
      async kill() {
        killService(config, 'taskmanager');
        await vi.waitUntil(() => startService(config, 'taskmanager').catch(() => false), {
          timeout: 60_000,
          interval: 1_000,
        });
      },
    },
  ];
  let published = 0;
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    // Not far ahead of the panes, so that the kills hit orders on their way.
    await vi.waitUntil(() => published - (aggregates.total() - before) < counts / 3, { timeout: 120_000 });
    if (kills[0] && published >= kills[0].at * counts) await kills.shift()!.kill();
    const orders = Array.from({ length: size - 5 }, (_, index) => anOrderFrom((index % 24) * 17 * minute));
    await aggregates.publish(orders);
    await aggregates.publish(orders.slice(0, 20), { fate: 'repeated' });
    await aggregates.publish(
      Array.from({ length: 5 }, () => anOrderFrom(day + minute)),
      { fate: 'TOO_LATE' },
    );
    published += orders.length;
  }
  await aggregates.settled(120_000);
  expect(kills).toEqual([]);
  expect(await listJobs(config)).toMatchObject([{ name: 'aggregator', state: 'RUNNING' }]);
}, 300_000);

test('makes its windows anew from the topic, where it starts without state', async () => {
  const [first, second] = [anOrderFrom(hour, 'anew'), anOrderFrom(hour, 'anew')];
  await aggregates.publish([first]);
  await aggregates.settled();
  await stopStages(config, ['aggregator']);
  await submitMissing(config, ['aggregator'], { from: { sinceMs: Date.now() - 2 * day } });
  await aggregates.publish([{ ...second, createdAt: first.createdAt }]);
  await aggregates.settled(120_000);
}, 300_000);

test('counts orders that waited in the topic for longer than they may be late, and sets aside those that were late', async () => {
  await stopStages(config, ['aggregator']);
  await down(config, { only: ['worker-pool'], progress: 'silent' });
  const allowed = 5_000;
  const impatient = loadConfig({ ...config.environment, ORDERFLOW_ALLOWED_LATENESS_MS: String(allowed) });
  const orders = Array.from({ length: 2_000 }, (_, index) => anOrderFrom(0, `waiting-${index % 100}`));
  await aggregates.publish(orders);
  await aggregates.publish([anOrderFrom(allowed + 1, 'waiting')], { fate: 'TOO_LATE' });
  const publishedAt = Date.now();
  await startService(impatient, 'worker-pool');
  await vi.waitUntil(() => Date.now() > publishedAt + allowed, { timeout: 2 * allowed });
  await submitMissing(impatient, ['aggregator']);
  await aggregates.settled(120_000);
}, 300_000);
