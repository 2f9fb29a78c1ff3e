/** Writes the history of many orders into Kafka, PostgreSQL and the partner's journal, as the stages would have left it. */
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.js';
import { generateOrders } from '../generator/orders.js';
import { kafkaProducer, topicOffsets, withKafkaAdmin } from '../kafka/client.js';
import { partitionOf } from '../kafka/partitioner.js';
import { withPool, type Pool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import type { ReferenceData } from '../metastore/reference-data.js';
import { topicNames, type TopicName } from '../model/topics.js';
import { orderCodec, toMillis } from '../proto/messages.js';
import { sumOrders, toAggregatedOrder, type Sums } from '../transforms/aggregator.js';
import { amountOf, itemsOf } from '../transforms/decoding/order-problems.js';
import { toDeadLetter } from '../transforms/step/dead-letter.js';
import {
  createAcceptedFootprint,
  redeliveryFootprint,
  rejectedFootprint,
  type DeliveryEnd,
  type Footprint,
} from './footprint.js';
import { storeClaims, storeStatuses, type Place, type Placed } from './history-rows.js';

export interface HistoryOptions {
  readonly orders: number;
  readonly seed: number;
  /** When the first order was published, in ms since the epoch; a day ago unless given, and then they are spread over the day. */
  readonly startTime?: number;
  readonly onProgress?: (text: string) => void;
  /** What is changed of the order with this number, counted from 0: a fault that the account has to find. */
  readonly change?: (footprint: Footprint, index: number) => Footprint;
}

const dayMs = 86_400_000;
const batchSize = 2_000;

/**
 * Writes the footprints of so many different orders. Expects topics and tables that are there, and that nobody else writes: it
 * counts the offsets itself. The panes hold these orders alone.
 */
export async function writeHistory(config: Config, data: ReferenceData, options: HistoryOptions): Promise<void> {
  await withPool(databaseOf(config, 'owner'), async (pool) => {
    const writer = await openWriter(config, pool);
    let count = 0;
    for (const footprint of footprints(data, options)) {
      writer.add(footprint);
      if (++count % batchSize === 0) await writer.flush();
      if (count % 100_000 === 0) options.onProgress?.(`${count} publications written`);
    }
    await writer.close();
  });
}

/** The orders of the generator, each with what would have become of it. */
function* footprints(data: ReferenceData, { orders, seed, startTime, change }: HistoryOptions): Generator<Footprint> {
  const accepted = createAcceptedFootprint(data);
  const spread = { startTime: Date.now() - dayMs, rate: orders / (dayMs / 1_000) };
  const times = startTime === undefined ? spread : { startTime };
  let index = 0;
  for (const made of generateOrders(data, { seed, count: orders, ...times, shares: { malformed: 0 } })) {
    if (made.kind === 'malformed') continue;
    const order = orderCodec.decode(made.value);
    const { rejectReasons } = made.expected;
    if (made.kind === 'redelivery') yield redeliveryFootprint(order);
    else if (rejectReasons.length > 0) yield rejectedFootprint(order, rejectReasons);
    else {
      const footprint = accepted(order, endOf(index));
      yield change?.(footprint, index) ?? footprint;
      index += 1;
    }
  }
}

/** One in fifty waits, and one in fifty was refused. */
const endOf = (index: number): DeliveryEnd =>
  index % 50 === 7 ? 'pending' : index % 50 === 13 ? 'failed' : 'delivered';

async function openWriter(config: Config, pool: Pool) {
  const producer = kafkaProducer(config, 'bench-history');
  await producer.connect();
  const journal = openJournalFile(config);
  const next = await nextOffsets(config);
  const panes = new Map<string, { toLocationId: string; start: number; sums: Sums }>();
  let messages = new Map<TopicName, { key: Buffer; value: Buffer; partition: number }[]>();
  let batch: Placed[] = [];

  /** The place that a record gets. */
  function put(topic: TopicName, key: Buffer, value: Uint8Array): Place {
    const partition = partitionOf(key, config.partitions);
    const offset = next.get(`${topic} ${partition}`) ?? 0;
    next.set(`${topic} ${partition}`, offset + 1);
    const list = messages.get(topic) ?? [];
    messages.set(topic, list);
    list.push({ key, value: Buffer.from(value.buffer, value.byteOffset, value.byteLength), partition });
    return { topic, partition, offset };
  }

  function add(footprint: Footprint): void {
    const key = Buffer.from(footprint.orderId);
    const places = new Map<TopicName, Place>();
    let last: Uint8Array = new Uint8Array(0);
    for (const { topic, value } of footprint.records) {
      places.set(topic, put(topic, key, value));
      last = value;
    }
    const { letter, aggregated, orderId, messageId, createdAt } = footprint;
    if (letter) {
      const original = { ...places.get(letter.topic)!, timestamp: Date.now(), key, value: last };
      const failure = { reason: letter.reason, error: '', orderId, messageId, createdAt };
      put('dead_letter', key, toDeadLetter(original, letter.step, failure).value!);
    }
    if (aggregated) {
      const start = Math.floor(toMillis(aggregated.createdAt ?? {}) / windowMs) * windowMs;
      const name = `${aggregated.toLocationId} ${start}`;
      const amounts = { [aggregated.currency]: amountOf(aggregated) };
      const pane = panes.get(name) ?? {
        toLocationId: aggregated.toLocationId,
        start,
        sums: sumOrders.createAccumulator(),
      };
      const sums = sumOrders.addInput(pane.sums, { orders: 1, items: itemsOf(aggregated), amounts });
      panes.set(name, { ...pane, sums });
    }
    batch.push({ ...footprint, key, value: last, places });
  }

  const windowMs = config.windowSeconds * 1_000;

  async function flush(): Promise<void> {
    const [sending, storing] = [messages, batch];
    messages = new Map();
    batch = [];
    const topicMessages = [...sending].map(([topic, list]) => ({ topic, messages: list }));
    if (topicMessages.length > 0) await producer.sendBatch({ topicMessages });
    await Promise.all([storeStatuses(pool, storing), storeClaims(pool, storing)]);
    await journal.add(storing);
  }

  return {
    add,
    flush,
    async close(): Promise<void> {
      for (const { toLocationId, start, sums } of panes.values()) {
        const { key, value } = toAggregatedOrder(toLocationId, sums, { start, end: start + windowMs }, 0);
        put('aggregated_order', Buffer.from(key!), value!);
        if ((messages.get('aggregated_order')?.length ?? 0) >= batchSize) await flush();
      }
      await flush();
      await journal.close();
      await producer.disconnect();
    },
  };
}

async function nextOffsets(config: Config): Promise<Map<string, number>> {
  return withKafkaAdmin(config, async (admin) => {
    const all = topicNames.map(async (topic) => ({ topic, offsets: await topicOffsets(admin, topic) }));
    return new Map(
      (await Promise.all(all)).flatMap(({ topic, offsets }) =>
        offsets.map(({ partition, high }): [string, number] => [`${topic} ${partition}`, high]),
      ),
    );
  });
}

/** The stand-in partner's journal, with bodies of the usual size. */
function openJournalFile(config: Config) {
  mkdirSync(join(config.home, 'partner'), { recursive: true });
  const file = createWriteStream(join(config.home, 'partner', 'journal.ndjson'));
  const usual = { method: 'POST', path: '/orders', body: 'A'.repeat(900), outcome: 'effect', status: 201 };
  let sequence = 0;
  return {
    async add(batch: readonly Placed[]): Promise<void> {
      const lines = batch.flatMap(({ orderId, effects }) =>
        Array.from({ length: effects }, () =>
          JSON.stringify({ time: '', sequence: ++sequence, idempotencyKey: orderId, orderId, ...usual }),
        ),
      );
      if (lines.length > 0 && !file.write(`${lines.join('\n')}\n`)) await once(file, 'drain');
    },
    async close(): Promise<void> {
      file.end();
      await once(file, 'close');
    },
  };
}
