/** Writes sums as panes. */
import type { Config } from '../config.js';
import { kafkaProducer, withKafka, type Message } from '../kafka/client.js';
import { paneCounts } from '../model/panes.js';
import { toAggregatedOrder } from '../transforms/aggregator.js';
import type { Compared } from './compare.js';
import { requireGoingOn } from './interrupted.js';

/** Clocks of this machine and of Kafka differ by less than this, in ms. */
const clocksMs = 3_600_000;

/** When a window that ends at that time gets no more orders: Kafka takes them for too late by then. All in ms. */
export const closedAt = (windowEnd: number, { allowedLatenessMs }: Pick<Config, 'allowedLatenessMs'>) =>
  windowEnd + allowedLatenessMs + clocksMs;

/** What is known of a backfill when its sums are there. */
export interface Read {
  /** The backfill's number; see metastore/backfills.ts. */
  readonly number: number;
  /** When it began to read, in ms: the windows that were closed by then are written for good. */
  readonly at: number;
  /** Whether all records of the windows were read: nothing is written for good otherwise. */
  readonly isWhole: boolean;
}

/**
 * The revision of the pane that a window is to get; undefined where it is to get none. A pane replaces all that the stream wrote where its window is closed; where
 * it is not, or records may be missing, the one with more orders counts (model/panes.ts), so that an order which comes later is in no less than the
 * stream's. What the topic has already is not written, nor what readers would not go by.
 */
export function revisionFor(
  { difference, row, held }: Compared,
  { number, at, isWhole }: Read,
  config: Pick<Config, 'allowedLatenessMs'>,
): number | undefined {
  const revision = isWhole && closedAt(row.windowEnd, config) <= at ? number : 0;
  return difference !== 'equal' && paneCounts({ revision, orders: row.orders }, held) ? revision : undefined;
}

/** Writes what of these windows is to be written, and answers with the number of panes. */
export type Publish = (windows: readonly Compared[]) => Promise<number>;

const messagesAtOnce = 1_000;

/** Sends the windows' panes, so many at once. Fails with INTERRUPTED between two of these, and as `send` does. */
export function createPublish(
  config: Pick<Config, 'allowedLatenessMs'>,
  read: Read,
  { send, signal }: { readonly send: (messages: Message[]) => Promise<unknown>; readonly signal: AbortSignal },
): Publish {
  let written = 0;

  function messagesOf(compared: Compared): Message[] {
    const revision = revisionFor(compared, read, config);
    if (revision === undefined) return [];
    const { toLocationId, windowStart, windowEnd, ...sums } = compared.row;
    const window = { start: windowStart, end: windowEnd };
    const { key, value } = toAggregatedOrder(toLocationId, sums, window, -read.number, revision);
    return [{ key: Buffer.from(key), value: Buffer.from(value) }];
  }

  return async (windows) => {
    const messages = windows.flatMap(messagesOf);
    for (let start = 0; start < messages.length; start += messagesAtOnce) {
      requireGoingOn(signal, written);
      const some = messages.slice(start, start + messagesAtOnce);
      await send(some);
      written += some.length;
    }
    return messages.length;
  };
}

export interface Publication extends Read {
  readonly topic: string;
  readonly signal: AbortSignal;
}

/** Connects a publisher for the time of `work`. Safe to call again: the same pane again changes nothing. Fails with INTERRUPTED, KAFKA_UNREACHABLE, KAFKA_REFUSED. */
export async function withPublisher<T>(
  config: Config,
  { topic, signal, ...read }: Publication,
  work: (publish: Publish) => Promise<T>,
): Promise<T> {
  const producer = kafkaProducer(config, 'orderflow-backfill');
  const send = (messages: Message[]) => producer.send({ topic, acks: -1, messages });
  return withKafka(config, async () => {
    try {
      await producer.connect();
      return await work(createPublish(config, read, { send, signal }));
    } finally {
      await producer.disconnect();
    }
  });
}
