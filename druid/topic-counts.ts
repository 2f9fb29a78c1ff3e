/** What a topic's records come to, by the same rules as in Druid, read from Kafka by the project's own codecs. */
import type { Config } from '../config.js';
import { readTopic, type TopicPosition } from '../kafka/topic-reader.js';
import { paneCounts } from '../model/panes.js';
import type { KafkaRecord } from '../model/record.js';
import { topics, type TopicName } from '../model/topics.js';
import {
  isTimestamp,
  messageIn,
  toMillis,
  type AggregatedOrder,
  type Codec,
  type DeadLetter,
  type EnrichedOrder,
  type Order,
  type RejectedOrder,
  type RoutedOrder,
  type Timestamp,
} from '../proto/messages.js';

export interface TopicCounts {
  readonly records: number;
  /** Those that hold a message with an event time: Druid makes a row of each. */
  readonly rows: number;
  /** Distinct orders; of aggregates the sum over the newest panes. */
  readonly orders: number;
  /** Behind the last record of each partition that has one: a topic may go on with marks of transactions, which nobody reads. */
  readonly end: TopicPosition;
}

/** What counts of a message: its order, and when that was created. */
interface Counted {
  readonly orderId: string | null | undefined;
  readonly time: Timestamp | null | undefined;
}
const ofOrder = (order: Order | null | undefined): Counted => ({
  orderId: order?.orderId,
  time: order?.createdAt,
});

const readers: Readonly<Record<Exclude<TopicName, 'aggregated_order'>, (message: never) => Counted>> = {
  raw_order: ofOrder,
  valid_order: ofOrder,
  rejected_order: (message: RejectedOrder) => ofOrder(message.order as Order),
  enriched_order: (message: EnrichedOrder) => ofOrder(message.order as Order),
  internal_order: (message: RoutedOrder) => ofOrder(message.enrichedOrder?.order as Order),
  external_order: (message: RoutedOrder) => ofOrder(message.enrichedOrder?.order as Order),
  // Druid takes the record's own time where a letter has none.
  dead_letter: ({ orderId, recordTime }: DeadLetter) => ({ orderId, time: recordTime ?? {} }),
};

/** The message in a record's value, or undefined where Druid's decoder finds none. */
function druidsMessageIn(codec: Codec<object>, value: Uint8Array | null): object | undefined {
  const message = messageIn(codec, value);
  if (!message || !value || value.length === 0) return undefined;
  return isUtf8(message, Buffer.from(value.buffer, value.byteOffset, value.length)) ? message : undefined;
}

/** Our decoder puts U+FFFD for bytes that are no UTF-8, where Java's refuses the message. */
function isUtf8(message: object, value: Buffer): boolean {
  return !JSON.stringify(message).includes('\ufffd') || value.includes('\ufffd');
}

/** Reads a topic from its beginning, or from `from`, up to its present end. Fails as readTopic does. */
export async function countTopic(config: Config, topic: TopicName, from?: TopicPosition): Promise<TopicCounts> {
  const orders = new Set<string>();
  const panes = new Map<string, { orders: number; revision: number }>();
  const end = new Map<number, number>();
  let rows = 0;

  function take({ partition, offset, value }: KafkaRecord): void {
    end.set(partition, offset + 1);
    const message = druidsMessageIn(topics[topic].codec as Codec<object>, value);
    if (!message) return;
    if (topic === 'aggregated_order') {
      const pane = message as AggregatedOrder;
      if (!pane.windowStart || !isTimestamp(pane.windowStart)) return;
      rows += 1;
      const window = `${pane.toLocationId} ${toMillis(pane.windowStart)}`;
      const { orders = 0, revision = 0 } = pane;
      if (paneCounts({ orders, revision }, panes.get(window))) panes.set(window, { orders, revision });
      return;
    }
    const { orderId, time } = readers[topic](message as never);
    if (!time || !isTimestamp(time)) return;
    rows += 1;
    if (orderId) orders.add(orderId);
  }

  const { records } = await readTopic(config, topic, take, from && { from });
  const inPanes = [...panes.values()].reduce((sum, pane) => sum + pane.orders, 0);
  return { records, rows, orders: topic === 'aggregated_order' ? inPanes : orders.size, end };
}
