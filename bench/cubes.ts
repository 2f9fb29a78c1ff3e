/** How fast the page's usual questions are answered over many orders: through Druid, as the page asks them. */
import type { Config } from '../config.js';
import { compareStreams } from '../druid/counts.js';
import { queryDruid } from '../druid/rest.js';
import { applySupervisors, publishSegments, waitUntilReading } from '../druid/supervisors.js';
import { OperatorError } from '../errors.js';
import { generateOrders } from '../generator/orders.js';
import { kafkaProducer } from '../kafka/client.js';
import { applyTopics } from '../kafka/topics.js';
import { down } from '../local/down.js';
import { druidRoles, druidService } from '../local/druid.js';
import type { ServiceName } from '../local/service.js';
import { up } from '../local/up.js';
import type { Pool } from '../metastore/connection.js';
import { defaultReferenceFile, readReferenceFile } from '../metastore/reference-data.js';
import { enrichedOrderCodec, orderCodec, toMillis, v1, type Order } from '../proto/messages.js';
import { quantilesOf } from '../reconcile/timing.js';
import { sumOrders, toAggregatedOrder, type Sums } from '../transforms/aggregator.js';
import { amountOf, itemsOf } from '../transforms/decoding/order-problems.js';
import { answerCube } from '../web/cube/answer.js';
import { readState } from '../web/read-state.js';

/** What an analyst asks first, as the query strings of the page. All of them over all orders, none of them live. */
export const usualQuestions = {
  'orders by 5 minutes': 'stream=enriched_order&split=time&granularity=5min&last=24h&measure=orders',
  'orders by region': 'stream=enriched_order&split=to_region&last=all&measure=orders',
  'orders by location': 'stream=enriched_order&split=to_location&last=all&measure=orders',
  'orders by hour and region':
    'stream=enriched_order&split=time&split=to_region&granularity=hour&last=24h&measure=orders',
  'orders and customers by order type':
    'stream=enriched_order&split=order_type&last=all&measure=orders&measure=customers',
  'express orders by payment method':
    'stream=enriched_order&split=payment_method&is.order_type=EXPRESS&last=all&measure=orders',
  'orders of the last hour by minute': 'stream=enriched_order&split=time&granularity=minute&last=1h&measure=orders',
  'items and amount of the last hour by region':
    'stream=enriched_order&split=to_region&last=1h&measure=items&measure=amount',
  'aggregates: orders and items by hour':
    'stream=aggregated_order&split=time&granularity=hour&last=24h&measure=orders&measure=items',
  'aggregates: amount by location': 'stream=aggregated_order&split=to_location_id&last=all&measure=amount',
} as const;

/** Milliseconds. */
export interface Times {
  readonly p50: number;
  readonly p95: number;
}

export interface Timing {
  readonly name: string;
  readonly rows: number;
  /** While all rows are with the tasks that have read them. */
  readonly newest: Times;
  /** When they are segments, served by the historical, which keeps what it has computed. */
  readonly history: Times;
}

export interface CubesOptions {
  readonly orders: number;
  readonly runs: number;
  readonly seed: number;
  readonly onProgress: (text: string) => void;
}

const services: readonly ServiceName[] = ['kafka', ...druidRoles.map(druidService), 'supervisor'];
const windowMs = 60_000;
const dayMs = 86_400_000;

/** Publishes orders of the last day, waits until Druid has them, and asks: before they are published as segments, and after. Stops the services. Fails as its parts do. */
export async function benchCubes(config: Config, options: CubesOptions): Promise<Timing[]> {
  const { orders, runs, onProgress } = options;
  try {
    await up(config, { only: services });
    await applyTopics(config);
    await applySupervisors(config);
    await waitUntilReading(config);
    await publishEnriched(config, options);
    onProgress('wait until Druid has read them');
    const counts = await compareStreams(config, { waitMs: 30 * 60_000 });
    if (!counts.enriched_order.isEqual || !counts.aggregated_order.isEqual)
      throw new OperatorError(
        'NOT_EQUAL',
        'Druid has not what the topics hold: see `orderflow druid status --compare`',
      );
    onProgress(`${counts.enriched_order.orders} enriched orders in Druid, before they are segments`);
    const newest = await timeAll(config, options);
    onProgress('wait until they are segments');
    for (const topic of ['enriched_order', 'aggregated_order'] as const) await publishSegments(config, topic);
    const history = await timeAll(config, options);
    const { totals } = await answerCube(partsOf(config), stateOf(usualQuestions['orders by region']));
    onProgress(`${orders} orders sent, the page shows ${totals.orders}; each question was asked ${runs} times`);
    return [...newest].map(([name, { rows, times }]) => ({
      name,
      rows,
      newest: times,
      history: history.get(name)!.times,
    }));
  } finally {
    await down(config);
  }
}

const stateOf = (query: string) => readState(new URLSearchParams(query));
/** None of the questions needs the metastore. */
const partsOf = (config: Config) => ({ config, pool: undefined as unknown as Pool });
/** To compare with: nothing that Druid is asked is quicker. */
const baseline = 'COUNT(*) of enriched orders';

/** Times every question, one after another. */
async function timeAll(
  config: Config,
  { runs, onProgress }: CubesOptions,
): Promise<Map<string, { rows: number; times: Times }>> {
  const all = new Map<string, { rows: number; times: Times }>();
  all.set(
    baseline,
    await time(runs, async () => (await queryDruid(config, 'SELECT COUNT(*) FROM enriched_order', uncached)).length),
  );
  for (const [name, query] of Object.entries(usualQuestions)) {
    const state = stateOf(query);
    const timed = await time(runs, async () => {
      const { rows, problems } = await answerCube(partsOf(config), state);
      if (problems.length > 0 || rows.length === 0) throw new Error(`${name}: ${problems[0] ?? 'no rows'}`);
      return rows.length;
    });
    all.set(name, timed);
    onProgress(`${name}: p95 ${timed.times.p95.toFixed(0)} ms`);
  }
  return all;
}

const uncached = { context: { useCache: false, populateCache: false } };

/** Times calls, one after another; the first ones are for warming up. */
async function time(runs: number, ask: () => Promise<number>): Promise<{ rows: number; times: Times }> {
  let rows = 0;
  for (let run = 0; run < warmUpRuns; run++) rows = await ask();
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const begin = performance.now();
    await ask();
    times.push(performance.now() - begin);
  }
  const [p50 = NaN, p95 = NaN] = quantilesOf(times, [0.5, 0.95]);
  return { rows, times: { p50, p95 } };
}

const warmUpRuns = 5;

/** Enriched orders, spread over the last day, and one pane a location and minute. */
async function publishEnriched(config: Config, { orders, seed, onProgress }: CubesOptions): Promise<void> {
  const reference = await readReferenceFile(defaultReferenceFile);
  const locations = new Map(reference.locations.map((location) => [location.locationId, location]));
  const made = generateOrders(reference, {
    seed,
    count: orders,
    startTime: Date.now() - dayMs,
    rate: orders / (dayMs / 1_000),
  });
  const panes = new Map<string, Pane>();
  const producer = kafkaProducer(config, 'bench-cubes');
  await producer.connect();
  try {
    let batch: { key: string; value: Buffer }[] = [];
    let sent = 0;
    const flush = async (topic: string) => {
      await producer.send({ topic, messages: batch });
      batch = [];
    };
    for (const { kind, key, value } of made) {
      if (kind !== 'order') continue;
      const order = orderCodec.decode(value);
      const location = (id: string) => locations.get(id);
      const enriched = {
        order,
        fromLocation: location(order.fromLocationId),
        toLocation: location(order.toLocationId),
        ipRegion: '',
      };
      batch.push({ key, value: Buffer.from(enrichedOrderCodec.encode(v1.EnrichedOrder.create(enriched))) });
      addToPane(panes, order);
      if (batch.length === 1_000) {
        await flush('enriched_order');
        sent += 1_000;
        if (sent % 100_000 === 0) onProgress(`${sent} enriched orders published`);
      }
    }
    if (batch.length > 0) await flush('enriched_order');
    for (const { toLocationId, start, sums } of panes.values()) {
      const { value } = toAggregatedOrder(toLocationId, sums, { start, end: start + windowMs }, 0);
      batch.push({ key: toLocationId, value: Buffer.from(value!) });
      if (batch.length === 1_000) await flush('aggregated_order');
    }
    if (batch.length > 0) await flush('aggregated_order');
  } finally {
    await producer.disconnect();
  }
}

interface Pane {
  readonly toLocationId: string;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly sums: Sums;
}

function addToPane(panes: Map<string, Pane>, order: Order): void {
  const { toLocationId, createdAt, currency } = order;
  const start = Math.floor(toMillis(createdAt ?? {}) / windowMs) * windowMs;
  const name = `${toLocationId} ${start}`;
  const before = panes.get(name)?.sums ?? sumOrders.createAccumulator();
  const added = { orders: 1, items: itemsOf(order), amounts: { [currency]: amountOf(order) } };
  panes.set(name, { toLocationId, start, sums: sumOrders.addInput(before, added) });
}
