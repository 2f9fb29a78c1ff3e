/** Writes sums as panes. */
import type { Config } from '../config.js';
import { kafkaProducer, withKafka, type Message } from '../kafka/client.js';
import { paneCounts } from '../model/panes.js';
import type { PaneRow } from '../pipelines/backfill/folder.js';
import { toAggregatedOrder } from '../transforms/aggregator.js';
import type { Compared } from './compare.js';

/** Clocks of this machine and of Kafka differ by less than this, in ms. */
const clocksMs = 3_600_000;

/** When a window that ends at that time gets no more orders: Kafka takes them for too late by then. All in ms. */
export const closedAt = (windowEnd: number, { allowedLatenessMs }: Pick<Config, 'allowedLatenessMs'>) =>
  windowEnd + allowedLatenessMs + clocksMs;

export interface Publication {
  readonly topic: string;
  /** The backfill's number; see metastore/backfills.ts. */
  readonly number: number;
  /** The windows that are closed by then are written for good, in ms; none of them unless all of their records were read. */
  readonly readAt: number;
}

const messagesAtOnce = 1_000;

/**
 * A publisher of windows. A pane replaces all that the stream wrote where its window is closed; where it is not, the one with more orders counts
 * (model/panes.ts), so that an order which comes later is in no less than the stream's. What the topic has already is not written, nor what would not count. Safe to call again: the
 * same pane again changes nothing. Fails with KAFKA_UNREACHABLE, KAFKA_REFUSED.
 */
export async function withPublisher<T>(
  config: Config,
  { topic, number, readAt }: Publication,
  work: (publish: (windows: readonly Compared[]) => Promise<number>) => Promise<T>,
): Promise<T> {
  const producer = kafkaProducer(config, 'orderflow-backfill');

  const revisionOf = ({ windowEnd }: PaneRow) => (closedAt(windowEnd, config) <= readAt ? number : 0);

  /** Whether readers would go by the pane: not where the window is open, and the topic has more of it. */
  const counts = ({ difference, row, held }: Compared) =>
    difference !== 'equal' && paneCounts({ revision: revisionOf(row), orders: row.orders }, held);

  function messageOf(row: PaneRow): Message {
    const { toLocationId, windowStart, windowEnd, ...sums } = row;
    const window = { start: windowStart, end: windowEnd };
    const { key, value } = toAggregatedOrder(toLocationId, sums, window, -number, revisionOf(row));
    return { key: Buffer.from(key), value: Buffer.from(value) };
  }

  async function publish(windows: readonly Compared[]): Promise<number> {
    const messages = windows.filter(counts).map(({ row }) => messageOf(row));
    for (let start = 0; start < messages.length; start += messagesAtOnce)
      await producer.send({ topic, acks: -1, messages: messages.slice(start, start + messagesAtOnce) });
    return messages.length;
  }

  return withKafka(config, async () => {
    try {
      await producer.connect();
      return await work(publish);
    } finally {
      await producer.disconnect();
    }
  });
}
