/** The account of a history in a real Kafka and PostgreSQL, with faults planted in it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Footprint } from '../../bench/footprint.js';
import { writeHistory } from '../../bench/history.js';
import { orderAccountText } from '../../cli/order-account-text.js';
import type { Config } from '../../config.js';
import { kafkaProducer, withKafkaAdmin } from '../../kafka/client.js';
import { readTopic } from '../../kafka/topic-reader.js';
import { applyTopics } from '../../kafka/topics.js';
import { up } from '../../local/up.js';
import { withPool } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import { prepareSchema } from '../../metastore/prepare.js';
import { defaultReferenceFile, readReferenceFile, type ReferenceData } from '../../metastore/reference-data.js';
import type { KafkaRecord } from '../../model/record.js';
import { releaseHeader } from '../../model/release.js';
import type { TopicName } from '../../model/topics.js';
import { enrichedOrderCodec, orderCodec, routedOrderCodec } from '../../proto/messages.js';
import { readOrder } from '../../reconcile/one-order.js';
import { createReader, type Scope } from '../../reconcile/read.js';
import { scopeFromNow, scopeSince } from '../../reconcile/scope.js';
import { localStack, removeLocalStack } from '../local-stack.js';

let config: Config;
let data: ReferenceData;
beforeAll(async () => {
  // Short windows, so that some begin after the time of a scope.
  config = await localStack({ ORDERFLOW_WINDOW_SECONDS: '1' });
  await up(config, { only: ['kafka', 'postgres'], progress: 'silent' });
  await applyTopics(config);
  await prepareSchema(config, Date.now());
  data = await readReferenceFile(defaultReferenceFile);
}, 600_000);
afterAll(() => removeLocalStack(config));

const reportOf = (scope?: Scope) =>
  withPool(databaseOf(config, 'operator'), async (pool) => {
    using reader = createReader(config, pool, { scope });
    await reader.readOn();
    return await reader.report();
  });
const accountOf = (orderId: string) =>
  withPool(databaseOf(config, 'operator'), (pool) => readOrder(config, pool, orderId));

interface Plant {
  /** What the account has to say. */
  readonly what: string;
  readonly fits: (footprint: Footprint) => boolean;
  readonly change: (footprint: Footprint) => Footprint;
}

const shows = (topic: TopicName) => (footprint: Footprint) =>
  footprint.records.some((record) => record.topic === topic);
const ends = (status: Footprint['statuses'][number]) => (footprint: Footprint) => footprint.statuses.at(-1) === status;
const without = (topic: TopicName) => (footprint: Footprint) => ({
  ...footprint,
  records: footprint.records.filter((record) => record.topic !== topic),
});
/** Writes the record of a topic again, as another one. */
const again = (topic: TopicName, alter: (value: Uint8Array) => Uint8Array) => (footprint: Footprint) => ({
  ...footprint,
  records: footprint.records.flatMap((record) =>
    record.topic === topic ? [record, { topic, value: alter(record.value) }] : [record],
  ),
});

const plants: readonly Plant[] = [
  {
    what: 'is DELIVERY_PENDING, and no parked delivery waits for its partner',
    fits: ends('DELIVERY_PENDING'),
    change: (footprint) => ({ ...footprint, isParked: false }),
  },
  {
    what: 'is DELIVERY_FAILED, and its dead letter is missing',
    fits: ends('DELIVERY_FAILED'),
    change: (footprint) => ({ ...footprint, letter: undefined }),
  },
  {
    what: 'is DELIVERED, and a delivery of it is still parked',
    fits: ends('DELIVERED'),
    change: (footprint) => ({ ...footprint, isParked: true }),
  },
  {
    what: "is DELIVERED, and not in the partner's journal",
    fits: ends('DELIVERED'),
    change: (footprint) => ({ ...footprint, effects: 0 }),
  },
  {
    what: 'was taken 2 times by the partner',
    fits: ends('DELIVERED'),
    change: (footprint) => ({ ...footprint, effects: 2 }),
  },
  {
    what: 'is in internal_order more than once, with different bytes',
    fits: shows('internal_order'),
    change: again('internal_order', (value) => {
      const routed = routedOrderCodec.decode(value);
      return routedOrderCodec.encode(Object.assign(routed, { partnerId: 'P-other' }));
    }),
  },
  {
    what: 'is in enriched_order more than once, with different bytes',
    fits: shows('internal_order'),
    change: again('enriched_order', (value) => {
      const enriched = enrichedOrderCodec.decode(value);
      return enrichedOrderCodec.encode(Object.assign(enriched, { ipRegion: 'elsewhere' }));
    }),
  },
  {
    what: 'is in enriched_order, and in no later topic',
    fits: shows('internal_order'),
    change: without('internal_order'),
  },
  {
    what: 'lacks ENRICHED in its history',
    fits: shows('internal_order'),
    change: (footprint) => ({ ...footprint, statuses: footprint.statuses.filter((status) => status !== 'ENRICHED') }),
  },
  {
    what: 'is in internal_order, and has a delivery in its history',
    fits: shows('internal_order'),
    change: (footprint) => ({ ...footprint, statuses: [...footprint.statuses, 'DELIVERED'] }),
  },
  {
    what: 'went on, and another publication holds the claim on its order',
    fits: shows('internal_order'),
    change: (footprint) => ({ ...footprint, holder: 'another-message' }),
  },
  {
    what: 'holds N items in aggregated_order, and should hold M',
    fits: shows('internal_order'),
    change: (footprint) => ({
      ...footprint,
      aggregated: Object.assign(orderCodec.decode(orderCodec.encode(footprint.aggregated!)), {
        lines: footprint.aggregated!.lines.map((line) => ({ ...line, quantity: line.quantity! + 1 })),
      }),
    }),
  },
];

/** Plants each fault in the first order that it fits; which one that was. */
function planting() {
  const open = [...plants];
  const planted = new Map<string, string>();
  const change = (footprint: Footprint): Footprint => {
    const index = open.findIndex(({ fits }) => fits(footprint));
    if (index < 0) return footprint;
    const [plant] = open.splice(index, 1);
    planted.set(plant!.what, footprint.orderId);
    return plant!.change(footprint);
  };
  return { change, planted };
}

const orders = 3_000;
const numberless = (what: string) => what.replace(/holds \d+ items/, 'holds N items').replace(/hold \d+$/, 'hold M');

test('finds nothing where nothing is wrong, and each fault that was planted', async () => {
  const scope = await scopeFromNow(config);
  await writeHistory(config, data, { orders, seed: 1 });
  expect(await reportOf()).toMatchObject({ orders, lost: 0, duplicated: 0, problems: [], reconciled: true });

  const scopeOfPlants = await scopeFromNow(config);
  const { change, planted } = planting();
  await writeHistory(config, data, { orders, seed: 2, startTime: Date.now() - 7_200_000, change });
  expect(planted.size).toBe(plants.length);
  const report = await reportOf({ ...scopeOfPlants, baseline: new Map() });
  const found = new Map(report.problems.map(({ what, orderId }) => [numberless(what), orderId]));
  expect([...found.keys()].sort()).toEqual(plants.map(({ what }) => what).sort());
  expect(report.problems).toHaveLength(plants.length);
  for (const [what, orderId] of planted) if (found.get(what)) expect([what, found.get(what)]).toEqual([what, orderId]);
  expect(report).toMatchObject({ orders, reconciled: false });
  expect(scope.from.size).toBe(8);

  // One order, for the support: what lies where, and what is wrong.
  const failed = await accountOf(planted.get('is DELIVERY_FAILED, and its dead letter is missing')!);
  expect(failed.records.map(({ topic }) => topic).sort()).toEqual(
    ['raw_order', 'valid_order', 'enriched_order', 'external_order'].sort(),
  );
  expect(failed.problems.map(({ what }) => what)).toEqual(['is DELIVERY_FAILED, and its dead letter is missing']);
  const delivered = await accountOf(planted.get('was taken 2 times by the partner')!);
  expect(delivered.requests).toHaveLength(2);
  expect(delivered.claims.map((claim) => claim.of).sort()).toEqual(['aggregation', 'message', 'order']);
  const waiting = await accountOf(planted.get('is DELIVERED, and a delivery of it is still parked')!);
  expect(waiting.waiting.map(({ orderId, attempt }) => [orderId, attempt])).toEqual([[waiting.orderId, 1]]);
  expect(orderAccountText(waiting)).toMatch(/^waits for .*, tries \d+, next try .*, last answer .+$/m);
}, 300_000);

async function firstRaw(): Promise<KafkaRecord> {
  const records: KafkaRecord[] = [];
  await readTopic(config, 'raw_order', (record) => void records.push(record));
  return records[0]!;
}

test('since a time: the orders from then on, and no redelivery of an earlier one', async () => {
  const since = Date.now();
  // Created a little later, so that their windows begin after the time.
  await writeHistory(config, data, { orders: 500, seed: 3, startTime: since + 3_000 });
  const { key, value } = await firstRaw();
  const producer = kafkaProducer(config, 'test');
  await producer.connect();
  // It says that it is of a release, which nobody has claimed.
  const headers = { [releaseHeader]: 'raw_order/0/0/validator/1' };
  await producer.send({
    topic: 'raw_order',
    messages: [{ key: Buffer.from(key!), value: Buffer.from(value!), headers }],
  });
  await producer.disconnect();
  const report = await reportOf(await scopeSince(config, since));
  expect(report).toMatchObject({ orders: 501, lost: 0, duplicated: 0, problems: [], reconciled: true });
  expect(report.aggregated.windows).toBeGreaterThan(0);
  expect(report.deadLetters.released).toBe(0);
  // The redelivery has no topic of its own since then.
  expect(report.outcomes.redelivery).toBeGreaterThan(0);
}, 300_000);

test('an order of a topic that has got more partitions since', async () => {
  const { value, key } = await firstRaw();
  const { orderId } = orderCodec.decode(value!);
  expect(key?.toString()).toBe(orderId);
  const before = await accountOf(orderId);
  await withKafkaAdmin(config, (admin) =>
    admin.createPartitions({ topicPartitions: [{ topic: 'raw_order', count: 2 * config.partitions + 1 }] }),
  );
  const after = await accountOf(orderId);
  expect(before.records.length).toBeGreaterThan(1);
  expect(after.records).toEqual(before.records);
}, 120_000);

test('names what Kafka deleted before the validator had read it', async () => {
  const { partition } = await firstRaw();
  await withKafkaAdmin(config, async (admin) => {
    await admin.setOffsets({ groupId: 'validator', topic: 'raw_order', partitions: [{ partition, offset: '4' }] });
    await admin.deleteTopicRecords({ topic: 'raw_order', partitions: [{ partition, offset: '10' }] });
  });
  const { problems, reconciled } = await reportOf();
  expect(reconciled).toBe(false);
  expect(problems).toContainEqual({
    kind: 'lost',
    count: 6,
    topic: 'raw_order',
    position: `${partition}@4`,
    what: `to ${partition}@9 were deleted by Kafka before the validator had read them`,
  });
}, 120_000);
