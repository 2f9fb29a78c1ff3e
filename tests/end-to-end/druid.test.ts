/** Druid on real parts: every stream of known records, and the same numbers in SQL, whatever is killed on the way. */
import type { Browser } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { keepTopics } from '../../archive/keep.js';
import type { Config } from '../../config.js';
import { compareStreams, unlessEmpty } from '../../druid/counts.js';
import { fillStream } from '../../druid/fill.js';
import { queryNames, readQuery } from '../../druid/queries.js';
import { DruidError, queryDruid } from '../../druid/rest.js';
import { streams } from '../../druid/specs.js';
import {
  applySupervisors,
  publishSegments,
  resetStreams,
  supervisorState,
  waitUntilReading,
} from '../../druid/supervisors.js';
import { generateOrders } from '../../generator/orders.js';
import { kafkaProducer } from '../../kafka/client.js';
import { applyTopics } from '../../kafka/topics.js';
import { down } from '../../local/down.js';
import { druidRoles, druidService } from '../../local/druid.js';
import { killService, startService } from '../../local/lifecycle.js';
import { stackStatus } from '../../local/status.js';
import { up } from '../../local/up.js';
import { defaultReferenceFile, readReferenceFile } from '../../metastore/reference-data.js';
import { quantilesOf } from '../../reconcile/timing.js';
import { deleteOldest } from '../kafka/delete-records.js';
import { listenersOf } from '../listeners.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { browserIsMissing, openPage, type OpenPage, skippedBecause, startBrowser } from '../web/browser.js';
import { startPageServer } from '../web/page-server.js';
import { publishStreams, type KnownOrder, type KnownStreams } from './streams.js';

const slowly = 240_000;
const orders = 2_000;

let config: Config;
let known: KnownStreams;

/** All of Druid that this test uses, with Kafka before it, and the metastore, which has the archive's lock. */
const services = ['kafka', 'postgres', ...druidRoles.map(druidService), 'supervisor'] as const;

const query = <Row extends object>(sql: string) => queryDruid<Row>(config, sql);
const saved = async <Row extends object>(name: string) => query<Row>((await readQuery(name)).sql);

const quietly = { onProgress: () => undefined };

const accepted = () => known.orders.filter(({ route }) => route);
function countBy(of: readonly KnownOrder[], key: (order: KnownOrder) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const order of of) counts[key(order)] = (counts[key(order)] ?? 0) + 1;
  return counts;
}
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** Each stream has the records of its topic, and the distinct orders. */
async function expectEqual(): Promise<void> {
  const counts = await compareStreams(config, { waitMs: slowly / 2 });
  expect(streams.filter((topic) => !counts[topic].isEqual).map((topic) => [topic, counts[topic]])).toEqual([]);
}

beforeAll(async () => {
  config = await localStack();
  await up(config, { only: services, progress: 'silent' });
  await applyTopics(config);
  known = await publishStreams(config, { orders, seed: 11 });
  const applied = await applySupervisors(config);
  expect([...applied.values()]).toEqual(streams.map(() => 'created'));
  await waitUntilReading(config);
  // Druid shows a stream's columns some seconds after its first rows.
  const columns = "SELECT COUNT(*) AS streams FROM INFORMATION_SCHEMA.COLUMNS WHERE COLUMN_NAME = 'customers'";
  const withCustomers = streams.filter((topic) => topic !== 'aggregated_order' && topic !== 'dead_letter').length;
  await vi.waitFor(async () => expect(await query(columns)).toEqual([{ streams: withCustomers }]), {
    timeout: slowly / 2,
    interval: 500,
  });
}, slowly);

afterAll(() => removeLocalStack(config), 120_000);

test('has of every stream the records of its topic, and counts each order once', { timeout: slowly }, async () => {
  const counts = await compareStreams(config, { waitMs: slowly / 2 });
  const expected = Object.fromEntries(
    streams.map((topic) => {
      const parseErrors = topic === 'raw_order' ? known.malformed : 0;
      const records = known.records[topic];
      return [topic, expect.objectContaining({ records, rows: records - parseErrors, parseErrors, isEqual: true })];
    }),
  );
  expect(counts).toEqual(expected);
  expect({
    raw: counts.raw_order.orders,
    rejected: counts.rejected_order.orders,
    valid: counts.valid_order.orders,
    enriched: counts.enriched_order.orders,
    internal: counts.internal_order.orders,
    external: counts.external_order.orders,
    aggregated: counts.aggregated_order.orders,
  }).toEqual({
    raw: orders,
    rejected: orders - accepted().length,
    valid: accepted().length,
    enriched: accepted().length,
    internal: accepted().filter(({ route }) => route === 'INTERNAL').length,
    external: accepted().filter(({ route }) => route === 'EXTERNAL').length,
    aggregated: accepted().length,
  });
});

test('listens on the loopback interface alone', () => {
  const listeners = listenersOf(config);
  const named = new Set<string>(listeners.map(({ service }) => service));
  expect(druidRoles.map(druidService).filter((name) => !named.has(name))).toEqual([]);
  expect(listeners.filter(({ isLoopback }) => !isLoopback)).toEqual([]);
});

test('shows what it could not read, and nothing of its content', async () => {
  const { unparseable, parseErrors } = await supervisorState(config, 'raw_order');
  expect(unparseable).toBe(known.malformed);
  for (const error of parseErrors) expect(error).toMatch(/orderflow\.v1\.Order/);
});

test('applies a spec once: a second time changes nothing', async () => {
  expect([...(await applySupervisors(config)).values()]).toEqual(streams.map(() => 'unchanged'));
});

test('has lines, times and enums as they were sent', async () => {
  const [order] = accepted();
  const [row] = await query<Record<string, unknown>>(
    `SELECT __time, order_type, to_location_id, currency, items, amount, JSON_VALUE(lines, '$.sku[0]') AS sku
     FROM valid_order WHERE order_id = '${order!.orderId}' LIMIT 1`,
  );
  expect(row).toEqual({
    __time: new Date(order!.createdAt).toISOString(),
    order_type: order!.orderType,
    to_location_id: order!.toLocationId,
    currency: order!.currency,
    items: order!.items,
    amount: order!.amount,
    sku: expect.stringMatching(/./) as string,
  });
});

test('holds neither customers nor addresses, and still counts customers', async () => {
  const columns = await query<{ name: string }>(
    "SELECT DISTINCT COLUMN_NAME AS name FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = 'druid'",
  );
  expect(columns.map(({ name }) => name).filter((name) => /customer_id|ip_address/.test(name))).toEqual([]);
  const [row] = await query<{ customers: number }>(
    'SELECT APPROX_COUNT_DISTINCT_BUILTIN(customers) AS customers FROM raw_order',
  );
  const exact = new Set(known.orders.map(({ customerId }) => customerId)).size;
  expect(Math.abs(row!.customers - exact) / exact).toBeLessThan(0.05);
});

describe('the saved queries', () => {
  test('all run, and each says what it answers', { timeout: slowly }, async () => {
    for (const name of await queryNames()) {
      expect((await readQuery(name)).question, name).toMatch(/\?/);
      expect((await saved(name)).length, name).toBeGreaterThan(0);
    }
  });

  test('orders-by-region', async () => {
    const rows = await saved<{ region: string; orders: number }>('orders-by-region');
    expect(Object.fromEntries(rows.map(({ region, orders }) => [region, orders]))).toEqual(
      countBy(accepted(), ({ toRegion }) => toRegion),
    );
  });

  test('busiest-locations', async () => {
    const rows = await saved<{ to_location_id: string; orders: number; items: number }>('busiest-locations');
    const byLocation = countBy(accepted(), ({ toLocationId }) => toLocationId);
    expect(rows.map(({ orders }) => orders)).toEqual(
      Object.values(byLocation)
        .sort((a, b) => b - a)
        .slice(0, 10),
    );
    for (const { to_location_id: location, orders, items } of rows) {
      expect([location, orders]).toEqual([location, byLocation[location]]);
      const of = accepted().filter(({ toLocationId }) => toLocationId === location);
      expect([location, items]).toEqual([location, sum(of.map((order) => order.items))]);
    }
  });

  test('orders-by-window adds up to the distinct enriched orders', async () => {
    const rows = await saved<{ orders: number; items: number }>('orders-by-window');
    expect(sum(rows.map(({ orders }) => orders))).toBe(accepted().length);
    expect(sum(rows.map(({ items }) => items))).toBe(sum(accepted().map(({ items }) => items)));
  });

  test('rejects-by-reason', async () => {
    const rows = await saved<{ reason: string; orders: number }>('rejects-by-reason');
    const byReason: Record<string, number> = {};
    for (const { reasons } of known.orders)
      for (const reason of reasons) byReason[reason] = (byReason[reason] ?? 0) + 1;
    expect(Object.fromEntries(rows.map(({ reason, orders }) => [reason, orders]))).toEqual(byReason);
  });

  test('reject-rate-by-order-type', async () => {
    const rows = await saved<{ order_type: string; orders: number; rejected: number; rejected_percent: number }>(
      'reject-rate-by-order-type',
    );
    const all = countBy(known.orders, ({ orderType }) => orderType);
    const rejected = countBy(
      known.orders.filter(({ route }) => !route),
      ({ orderType }) => orderType,
    );
    for (const row of rows) {
      expect([row.order_type, row.orders, row.rejected]).toEqual([
        row.order_type,
        all[row.order_type],
        rejected[row.order_type] ?? 0,
      ]);
      expect(row.rejected_percent).toBeCloseTo((row.rejected * 100) / row.orders, 2);
    }
    expect(rows.length).toBe(Object.keys(all).length);
  });

  test('revenue-by-currency counts each order once', async () => {
    const rows = await saved<{ currency: string; orders: number; items: number; amount: number }>(
      'revenue-by-currency',
    );
    const byCurrency = countBy(accepted(), ({ currency }) => currency);
    expect(Object.fromEntries(rows.map(({ currency, orders }) => [currency, orders]))).toEqual(byCurrency);
    for (const { currency, amount } of rows) {
      const minorUnits = sum(
        accepted()
          .filter((order) => order.currency === currency)
          .map((order) => order.amount),
      );
      expect(Math.round(amount * 100)).toBe(minorUnits);
    }
  });

  test('partners', async () => {
    const external = accepted().filter(({ route }) => route === 'EXTERNAL');
    expect(await saved('partners')).toEqual([
      { partner_id: 'partner-a', orders: external.length, items: sum(external.map(({ items }) => items)) },
    ]);
  });
});

describe.skipIf(browserIsMissing)(`the page${skippedBecause}`, () => {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof startPageServer>>;
  let open: OpenPage | undefined;
  beforeAll(async () => {
    server = await startPageServer(config);
    browser = await startBrowser();
  });
  afterEach(() => open?.close());
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  const show = async (question: string) =>
    (open = await openPage(browser, `${server.url}/?${question}&last=all&refresh=off`));
  const number = (count: number) => count.toLocaleString('en');
  /** The rows below "All", by their first cell. */
  const byKey = (rows: string[][]) => Object.fromEntries(rows.slice(2).map(([key = '', ...cells]) => [key, cells]));

  test('splits, filters and goes down, with the numbers that were sent', { timeout: slowly }, async () => {
    await show('stream=enriched_order&split=to_region&measure=orders&measure=items');
    const rows = await open!.tableWhere((all) => all[1]?.[1] === number(accepted().length));
    const regions = countBy(accepted(), ({ toRegion }) => toRegion);
    expect(Object.keys(byKey(rows)).sort()).toEqual(Object.keys(regions).sort());
    for (const [region, [orders, items]] of Object.entries(byKey(rows))) {
      const of = accepted().filter(({ toRegion }) => toRegion === region);
      expect([region, orders, items]).toEqual([region, number(of.length), number(sum(of.map((order) => order.items)))]);
    }
    const [[region]] = rows.slice(2) as [[string]];
    await open!.click('button', region);
    await open!.query((asked) => asked.get('is.to_region') === region);
    const inRegion = accepted().filter(({ toRegion }) => toRegion === region);
    const below = await open!.tableWhere((all) => all[1]?.[1] === number(inRegion.length));
    expect(sum(below.slice(2).map(([, orders]) => Number(orders?.replaceAll(',', ''))))).toBe(inRegion.length);
    expect(open!.complaints).toEqual([]);
  });

  test('shows the newest panes alone', { timeout: slowly }, async () => {
    await show('stream=aggregated_order&split=to_location_id&measure=orders&measure=items');
    const rows = await open!.tableWhere((all) => all[1]?.[1] === number(accepted().length));
    const locations = countBy(accepted(), ({ toLocationId }) => toLocationId);
    expect(Object.fromEntries(Object.entries(byKey(rows)).map(([key, [orders]]) => [key, orders]))).toEqual(
      Object.fromEntries(Object.entries(locations).map(([key, count]) => [key, number(count)])),
    );
  });

  test('shows the share that is rejected', { timeout: slowly }, async () => {
    await show('stream=raw_order&split=order_type&measure=reject_rate&measure=orders');
    const rows = await open!.tableWhere((all) => all[1]?.[2] === number(orders));
    const rejected = known.orders.filter(({ route }) => !route).length;
    expect(parseFloat(rows[1]![1]!)).toBeCloseTo((rejected * 100) / orders, 1);
  });
});

test('a query that Druid refuses is one sentence', async () => {
  const refused = query('SELECT nonsense FROM raw_order');
  await expect(refused).rejects.toBeInstanceOf(DruidError);
  await expect(refused).rejects.toThrow(/nonsense/);
});

test('shows a single order soon (reported)', { timeout: slowly }, async () => {
  const reference = await readReferenceFile(defaultReferenceFile);
  const producer = kafkaProducer(config, 'test-single-orders');
  await producer.connect();
  const delays: number[] = [];
  for (const { kind, key, value } of generateOrders(reference, { seed: 50, count: 50 })) {
    if (kind !== 'order') continue;
    const begin = performance.now();
    await producer.send({ topic: 'raw_order', messages: [{ key, value: Buffer.from(value) }] });
    const seen = `SELECT order_id FROM raw_order WHERE order_id = '${key}'`;
    await vi.waitUntil(async () => (await query(seen)).length === 1, { timeout: 30_000, interval: 20 });
    delays.push(performance.now() - begin);
  }
  await producer.disconnect();
  const [p50, p95] = quantilesOf(delays, [0.5, 0.95]).map(Math.round);
  console.log(`from the sending of an order until SQL shows it, ${delays.length} orders: p50 ${p50} ms, p95 ${p95} ms`);
});

test('publishes what it has read as segments, with the same numbers', { timeout: slowly }, async () => {
  for (const topic of ['enriched_order', 'aggregated_order'] as const) await publishSegments(config, topic);
  await expectEqual();
  const [row] = await query<{ customers: number; skus: number }>(
    `SELECT APPROX_COUNT_DISTINCT_BUILTIN(customers) AS customers, COUNT(JSON_VALUE(lines, '$.sku[0]')) AS skus FROM enriched_order`,
  );
  const customers = new Set(accepted().map(({ customerId }) => customerId)).size;
  expect(Math.abs(row!.customers - customers) / customers).toBeLessThan(0.05);
  expect(row!.skus).toBe(known.records.enriched_order);
});

describe('what is killed', () => {
  const isUp = async (name: string) =>
    (await stackStatus(config)).find((service) => service.name === name)?.state === 'up';

  test.each(['druid-indexer', 'druid-coordinator'] as const)(
    'by `kill -9`: %s, with records on their way',
    { timeout: slowly },
    async (name) => {
      const sending = publishStreams(config, { orders: 300, seed: name.length });
      killService(config, name);
      await sending;
      await vi.waitFor(async () => expect(await isUp(name)).toBe(true), { timeout: slowly / 2, interval: 500 });
      await expectEqual();
    },
  );

  test('Kafka, stopped and started again', { timeout: slowly }, async () => {
    await down(config, { only: ['kafka'], progress: 'silent' });
    await startService(config, 'kafka');
    await publishStreams(config, { orders: 300, seed: 3 });
    await expectEqual();
  });

  test('all of Druid, stopped and started again with its data', { timeout: slowly }, async () => {
    const names = druidRoles.map(druidService);
    await down(config, { only: names, progress: 'silent' });
    await up(config, { only: names, progress: 'silent' });
    await waitUntilReading(config);
    await expectEqual();
  });
});

test('a field that the spec does not know yet stops nothing', { timeout: slowly }, async () => {
  // Field 99 of a newer Order (tag 99, wire type 2), three bytes of text.
  const newer = Buffer.concat([Buffer.from([0x9a, 0x06, 3]), Buffer.from('new')]);
  const reference = await readReferenceFile(defaultReferenceFile);
  const [order] = generateOrders(reference, { seed: 5, count: 1 });
  const producer = kafkaProducer(config, 'test-newer-schema');
  await producer.connect();
  const value = Buffer.concat([order!.value, newer]);
  await producer.send({ topic: 'valid_order', messages: [{ key: order!.key, value }] });
  await producer.disconnect();
  await expectEqual();
  const rows = await query<{ order_id: string }>(`SELECT order_id FROM valid_order WHERE order_id = '${order!.key}'`);
  expect(rows).toEqual([{ order_id: order!.key }]);
});

test('read again from the beginning, a stream has the same numbers', { timeout: slowly }, async () => {
  await resetStreams(config, ['rejected_order']);
  await waitUntilReading(config, ['rejected_order']);
  await expectEqual();
});

test(
  'filled from the archive, a stream that was lost has what Kafka no longer has, once',
  { timeout: slowly },
  async () => {
    const topic = 'raw_order';
    await keepTopics(config, [topic], quietly);
    const rowsNow = async () => {
      const sql = `SELECT COUNT(*) AS "rows", COUNT(DISTINCT order_id) AS orders, SUM(items) AS items,
        SUM("kafka.offset") AS offsets, APPROX_COUNT_DISTINCT_BUILTIN(customers) AS customers FROM "${topic}"`;
      return (await unlessEmpty(query<Record<string, number>>(sql)))[0];
    };
    const { rows, parseErrors } = (await compareStreams(config, { waitMs: slowly / 2 }))[topic];
    const before = await rowsNow();
    const kept = 0.3;
    await deleteOldest(config, topic, 1 - kept);
    await resetStreams(config, [topic]);
    await waitUntilReading(config, [topic]);
    await vi.waitUntil(async () => ((await rowsNow())?.rows ?? 0) > (rows * kept) / 2, { timeout: slowly / 4 });
    // One waits for the other.
    const sent = (await Promise.all([1, 2].map(() => fillStream(config, topic, quietly)))).map((each) => each.sent);
    expect(Math.max(...sent)).toBeGreaterThan(rows / 2);
    expect(Math.min(...sent)).toBeLessThanOrEqual(parseErrors);
    // The supervisor reads the rest meanwhile.
    await vi.waitFor(async () => expect(await rowsNow()).toEqual(before), { timeout: slowly / 4, interval: 500 });
    const again = await fillStream(config, topic, quietly);
    expect(again.sent).toBeLessThanOrEqual(parseErrors);
    expect(await rowsNow()).toEqual(before);
  },
);
