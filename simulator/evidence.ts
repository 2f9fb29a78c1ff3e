/** What the oracle judges by, and what it reads in it. */
import type { StatusChange } from '../metastore/metastore.js';
import type { KafkaRecord } from '../model/record.js';
import type { TopicName } from '../model/topics.js';
import type { Opened } from '../personal-data/vault.js';
import { enrichedOrderCodec, orderCodec, routedOrderCodec, type Order } from '../proto/messages.js';
import type { Published } from './producers.js';
import type { Reading } from './readings.js';

/** What is wrong: which invariant, and of what. */
export interface Violation {
  readonly invariant: number;
  readonly what: string;
  /** Words by which its story is found. */
  readonly about: readonly string[];
}
export type Report = (invariant: number, what: string, ...about: string[]) => void;

export interface Evidence {
  readonly published: readonly Published[];
  readonly released: readonly KafkaRecord[];
  readonly all: (topic: TopicName) => readonly KafkaRecord[];
  readonly effects: ReadonlyMap<string, number>;
  readonly history: readonly StatusChange[];
  readonly sums: ReadonlyMap<string, { readonly orders: number; readonly items: number; readonly amounts: object }>;
  readonly windowOf: (toLocationId: string, millis: number) => string;
  /** By `readingKey`. */
  readonly readings: ReadonlyMap<string, Reading>;
  /** When customers were erased, by the ids of their keys. */
  readonly erasedAt: ReadonlyMap<string, number>;
  /** What can still be read of these sealed orders. */
  readonly open: (orders: readonly Order[]) => Promise<readonly Opened[]>;
  /** How many deliveries wait. */
  readonly parked: number;
}

export interface Written {
  readonly order: Order;
  readonly bytes: string;
  /** Of the order alone. */
  readonly content: string;
}

export const hex = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('base64');

export function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

export interface Seen {
  readonly valid: readonly Written[];
  readonly rejected: readonly Written[];
  readonly enriched: readonly Written[];
  readonly internal: readonly Written[];
  readonly external: readonly Written[];
}

/** Whether the order in a released record has gone on from the step. */
export function hasPassed(step: string, { value }: KafkaRecord, { effects }: Evidence, seen: Seen): boolean {
  const has = (written: readonly Written[], { orderId, messageId }: Order) =>
    written.some(({ order }) => order.orderId === orderId && order.messageId === messageId);
  try {
    switch (step) {
      case 'validator':
        return has([...seen.valid, ...seen.rejected], orderCodec.decode(value!));
      case 'enricher':
        return has(seen.enriched, orderCodec.decode(value!));
      case 'router':
        return has([...seen.internal, ...seen.external], enrichedOrderCodec.decode(value!).order as Order);
      case 'external-processor':
        return effects.has((routedOrderCodec.decode(value!).enrichedOrder?.order as Order).orderId);
      default:
        // Of the aggregator the windows say it.
        return true;
    }
  } catch {
    return false;
  }
}
