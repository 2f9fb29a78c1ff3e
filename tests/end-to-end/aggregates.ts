/** Enriched orders that a test writes itself, what the aggregates must hold of them, and what they do hold. */
import { afterAll, beforeAll, expect, vi } from 'vitest';
import type { Config } from '../../config.js';
import { submitMissing, waitUntilRunning } from '../../flink/stage-jobs.js';
import { kafkaClient } from '../../kafka/client.js';
import { followTopic } from '../../kafka/topic-reader.js';
import { applyTopics } from '../../kafka/topics.js';
import { up } from '../../local/up.js';
import { migrate } from '../../metastore/migrate.js';
import { databaseOf } from '../../metastore/database.js';
import { paneCounts } from '../../model/panes.js';
import type { TopicName } from '../../model/topics.js';
import {
  aggregatedOrderCodec,
  deadLetterCodec,
  enrichedOrderCodec,
  fromMillis,
  messageIn,
  toMillis,
  v1,
  type DeadLetterReason,
} from '../../proto/messages.js';
import { windowOf } from '../../reconcile/windows.js';
import { toAggregatedOrder } from '../../transforms/aggregator.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { anEnrichedOrder, anOrder } from '../transforms/fixtures.js';

/** An order as the aggregator sees it. */
export interface TestOrder {
  readonly orderId: string;
  readonly place: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly quantity: number;
}

/** What must become of an order: `counted`, for the first record of it only, or set aside. */
export type Fate = 'counted' | 'repeated' | DeadLetterReason;

const unitPrice = 7;

export interface Pane {
  readonly orders: number;
  readonly items: number;
  readonly minorUnits: number;
}

/** A pane as it stands in the topic. */
export interface WrittenPane extends Pane {
  readonly index: number;
  readonly revision: number;
  /** When Kafka took it, ms. */
  readonly time: number;
}

export type Aggregates = Awaited<ReturnType<typeof followAggregates>>;

/** A stack of its own for a file's tests, with the aggregator alone at work; `onUp` is told before the first of them. */
export function useAggregator(onUp: (config: Config, aggregates: Aggregates) => void): void {
  let config: Config;
  let aggregates: Aggregates | undefined;
  beforeAll(async () => {
    config = await localStack();
    const pipeline = ['jobmanager', 'taskmanager', 'job-server', 'worker-pool'] as const;
    await up(config, { only: ['kafka', 'postgres', 'zookeeper', ...pipeline], progress: 'silent' });
    await Promise.all([migrate(databaseOf(config, 'owner')), applyTopics(config)]);
    await submitMissing(config, ['aggregator']);
    await waitUntilRunning(config, ['aggregator']);
    aggregates = await followAggregates(config);
    onUp(config, aggregates);
  }, 300_000);
  afterAll(async () => {
    await aggregates?.stop();
    await removeLocalStack(config);
  }, 60_000);
}

/** Reads the aggregator's outputs from now on, until `stop`, and takes down what is written to its input. */
export async function followAggregates(config: Config) {
  // It throws away, without a word, what is for a partition that it does not know yet.
  const producer = kafkaClient(config, 'test').producer({ idempotent: true, metadataMaxAge: 0 });
  await producer.connect();
  const counted = new Map<string, Pane>();
  const setAside = new Map<string, string>();
  const panes = new Map<string, WrittenPane[]>();
  const letters = new Map<string, string>();
  const repeatedLetters: string[] = [];
  const stopReading = new AbortController();
  const positions = new Set<string>();

  const windowName = ({ place, createdAt }: Pick<TestOrder, 'place' | 'createdAt'>) =>
    windowOf(place, createdAt, config.windowSeconds);

  const following = [
    followTopic(
      config,
      'aggregated_order',
      ({ value, timestamp: time }) => {
        const pane = messageIn(aggregatedOrderCodec, value);
        if (!pane) return;
        const { toLocationId, windowStart, paneIndex, revision, orders, items, amounts } = pane;
        const window = windowName({ place: toLocationId, createdAt: toMillis(windowStart!) });
        const minorUnits = amounts.reduce((sum, amount) => sum + (amount.minorUnits ?? 0), 0);
        panes.set(window, [
          ...(panes.get(window) ?? []),
          { index: paneIndex, revision, orders, items, minorUnits, time },
        ]);
      },
      { fromBeginning: true, signal: stopReading.signal },
    ),
    followTopic(
      config,
      'dead_letter',
      ({ value }) => {
        const letter = messageIn(deadLetterCodec, value);
        if (letter?.step !== 'aggregator') return;
        const { orderId, reason, partition, offset } = letter;
        const position = `${partition}@${offset}`;
        // The same record again is what a restart repeats; another record of the order must not be here.
        if (letters.has(orderId) && !positions.has(position)) repeatedLetters.push(orderId);
        positions.add(position);
        letters.set(orderId, v1.DeadLetterReason[reason]);
      },
      { fromBeginning: true, signal: stopReading.signal },
    ),
  ];
  const broken = Promise.all(following).then(() => Promise.reject(new Error('the topics are no longer read')));
  broken.catch(() => undefined);

  const newest = () =>
    new Map(
      [...panes].map(([window, written]) => {
        const newestOf = written.reduce((newest, pane) => (paneCounts(pane, newest) ? pane : newest));
        const { orders, items, minorUnits } = newestOf;
        return [window, { orders, items, minorUnits }];
      }),
    );

  function expectFate({ orderId, quantity, ...at }: TestOrder, fate: Fate): void {
    if (fate === 'repeated') return;
    if (fate !== 'counted') {
      setAside.set(orderId, fate);
      return;
    }
    const window = windowName(at);
    const { orders, items, minorUnits } = counted.get(window) ?? { orders: 0, items: 0, minorUnits: 0 };
    counted.set(window, {
      orders: orders + 1,
      items: items + quantity,
      minorUnits: minorUnits + quantity * unitPrice,
    });
  }

  return {
    counted,
    letters,
    /** All panes of an order's window so far, oldest first. */
    panesOf: (order: Pick<TestOrder, 'place' | 'createdAt'>) => panes.get(windowName(order)) ?? [],
    /** How many different orders the newest panes hold. */
    total: () => [...newest().values()].reduce((sum, { orders }) => sum + orders, 0),
    /** Writes a record for each order. */
    async publish(
      orders: readonly TestOrder[],
      { fate = 'counted', partition }: { fate?: Fate; partition?: number } = {},
    ): Promise<void> {
      const messages = orders.map(({ orderId, place, createdAt, quantity }) => {
        const order = anOrder({
          orderId,
          messageId: `m-${orderId}`,
          toLocationId: place,
          createdAt: fromMillis(createdAt),
          lines: [{ sku: 'sku', quantity, unitPrice }],
        });
        const value = Buffer.from(enrichedOrderCodec.encode(anEnrichedOrder(order)));
        return { key: orderId, value, partition };
      });
      await producer.send({ topic: 'enriched_order', acks: -1, messages });
      for (const order of orders) expectFate(order, fate);
    },
    /** From now on an order counts that was set aside. */
    willCount: (order: TestOrder) => expectFate(order, 'counted'),
    /** Writes a pane of an order's window, as somebody else would. */
    async publishPane(
      { place, createdAt }: TestOrder,
      { index, orders, items, minorUnits }: WrittenPane,
    ): Promise<void> {
      const size = config.windowSeconds * 1000;
      const start = Math.floor(createdAt / size) * size;
      const sums = { orders, items, amounts: { EUR: minorUnits } };
      const { key, value } = toAggregatedOrder(place, sums, { start, end: start + size }, index);
      const messages = [{ key: Buffer.from(key), value: Buffer.from(value) }];
      await producer.send({ topic: 'aggregated_order', acks: -1, messages });
    },
    /** Writes what is no message of that topic. */
    async publishForeign(topic: TopicName): Promise<void> {
      await producer.send({ topic, acks: -1, messages: [{ key: null, value: Buffer.from('ffffff', 'hex') }] });
    },
    /** Waits until the newest panes and the dead letters are what they must be, to the last order. */
    async settled(timeout = 60_000): Promise<void> {
      const isSettled = vi.waitFor(
        () => {
          expect(newest()).toEqual(counted);
          expect(letters).toEqual(setAside);
        },
        { timeout, interval: 200 },
      );
      await Promise.race([isSettled, broken]);
      expect(repeatedLetters).toEqual([]);
    },
    async stop(): Promise<void> {
      stopReading.abort();
      await Promise.all(following);
      await producer.disconnect();
    },
  };
}
