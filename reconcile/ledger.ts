/** What the topics and the metastore say about each publication of an order, gathered record by record. Pure. */
import type { TopicPosition } from '../kafka/topic-reader.js';
import type { PublicationStatuses } from '../metastore/queries.js';
import type { KafkaRecord } from '../model/record.js';
import { attemptOf, formatLetter, formatRelease, parseRelease, releaseOf } from '../model/release.js';
import type { Status } from '../model/statuses.js';
import type { TopicName } from '../model/topics.js';
import { bitsOf } from '../model/transitions.js';
import {
  aggregatedOrderCodec,
  deadLetterCodec,
  enrichedOrderCodec,
  orderCodec,
  rejectedOrderCodec,
  routedOrderCodec,
  toMillis,
  v1,
  type DeadLetterReason,
  type Order,
} from '../proto/messages.js';
import { decodeOrder } from '../transforms/decoding/decode.js';
import { createLineages } from './lineages.js';
import { newPublication, seenIn, type Publication } from './publication.js';

/** A dead letter, its repeats left out. */
export interface Letter {
  readonly step: string;
  readonly reason: DeadLetterReason;
}

/** The newest pane of a to-location and window. */
export interface Pane {
  readonly orders: number;
  /** When it was written, ms. */
  readonly time: number;
}

export interface LedgerOptions {
  /** What the validator takes; a larger value is no order. */
  readonly maxOrderBytes: number;
  readonly windowSeconds: number;
  /** The first offset of each partition of raw_order that counts; those that are missing count from 0. */
  readonly from?: TopicPosition;
}

export interface Ledger {
  /** By message id. */
  readonly publications: ReadonlyMap<string, Publication>;
  /** Records on raw_order that hold no complete order, by position; the value is their time in ms. */
  readonly incomplete: ReadonlyMap<string, number>;
  /** The records on raw_order that the validator set aside, by position, with what could be read of their ids. */
  readonly setAside: ReadonlyMap<string, Publication | undefined>;
  readonly letters: ReadonlyMap<string, Letter>;
  /** The releases of dead letters that came to their topics, by name. */
  readonly releases: ReadonlySet<string>;
  /** By `windowOf`. */
  readonly panes: ReadonlyMap<string, Pane>;
  /** Takes each record of a topic once, in the order of offsets within a partition. Never throws. */
  addRecord(topic: TopicName, record: KafkaRecord): void;
  /** May be told the same again. Publications that no topic has shown are left out. */
  addStatuses(statuses: PublicationStatuses): void;
}

/** The name of a to-location's window in which an order of that time (ms) counts. */
export function windowOf(locationId: string, millis: number, windowSeconds: number): string {
  const size = windowSeconds * 1000;
  return `${locationId} ${new Date(Math.floor(millis / size) * size).toISOString()}`;
}

/** When a window begins, in ms. */
export const windowStart = (window: string) => Date.parse(window.slice(window.lastIndexOf(' ') + 1));

const ending: readonly Status[] = ['DELIVERED', 'DELIVERY_FAILED', 'REJECTED'];

export function createLedger({ maxOrderBytes, windowSeconds, from }: LedgerOptions): Ledger {
  const publications = new Map<string, Publication>();
  const incomplete = new Map<string, number>();
  const setAside = new Map<string, Publication | undefined>();
  const letters = new Map<string, Letter>();
  const releases = new Set<string>();
  const lineages = createLineages();
  const panes = new Map<string, Pane>();
  /** Each window's name once, however many orders it has. */
  const windows = new Map<string, string>();

  function find(orderId: string, messageId: string): Publication | undefined {
    let publication = publications.get(messageId);
    while (publication && publication.orderId !== orderId) publication = publication.next;
    return publication;
  }

  function publicationOf(orderId: string, messageId: string): Publication {
    const known = find(orderId, messageId);
    if (known) return known;
    const first = publications.get(messageId);
    const publication = newPublication(orderId, messageId);
    if (first) {
      publication.next = first.next;
      first.next = publication;
    } else publications.set(messageId, publication);
    return publication;
  }

  /** `at` keeps the time of the first record: later ones are repeats. */
  function see(order: Order, bit: number, record: KafkaRecord, at?: 'validatedAt' | 'enrichedAt' | 'routedAt') {
    const publication = publicationOf(order.orderId, order.messageId);
    publication.seen |= bit;
    if (at && publication[at] === 0) publication[at] = record.timestamp;
    return publication;
  }

  /** False for a record of a release that another record is of, too. */
  function addRelease(record: KafkaRecord): boolean {
    const release = releaseOf(record);
    if (!release) return true;
    const name = formatRelease(release);
    if (releases.has(name)) return false;
    releases.add(name);
    lineages.addRelease(formatLetter(release.letter), release.number);
    return true;
  }

  const readers: Record<TopicName, (record: KafkaRecord, value: Uint8Array) => void> = {
    raw_order(record) {
      const isResent = !addRelease(record);
      const decoded = decodeOrder(record, { maxBytes: maxOrderBytes });
      if (decoded.failure) {
        incomplete.set(positionOf(record), record.timestamp);
        return;
      }
      const publication = publicationOf(decoded.order.orderId, decoded.order.messageId);
      publication.records += 1;
      if (isResent) publication.resent += 1;
      if (publication.records > 1) return;
      publication.partition = record.partition;
      publication.offset = record.offset;
      publication.publishedAt = record.timestamp;
    },
    valid_order(record, value) {
      addRelease(record);
      see(orderCodec.decode(value), seenIn.valid, record, 'validatedAt');
    },
    rejected_order(record, value) {
      const { order, rejections } = rejectedOrderCodec.decode(value);
      const publication = see(order as Order, seenIn.rejected, record, 'validatedAt');
      if (publication.reasons === 0) for (const { reason } of rejections) publication.reasons |= 1 << (reason ?? 0);
    },
    enriched_order(record, value) {
      addRelease(record);
      const order = enrichedOrderCodec.decode(value).order as Order;
      const publication = see(order, seenIn.enriched, record, 'enrichedAt');
      const window = windowOf(order.toLocationId, toMillis(order.createdAt ?? {}), windowSeconds);
      if (!windows.has(window)) windows.set(window, window);
      publication.window ||= windows.get(window)!;
    },
    internal_order(record, value) {
      see(routedOrderCodec.decode(value).enrichedOrder?.order as Order, seenIn.internal, record, 'routedAt');
    },
    external_order(record, value) {
      addRelease(record);
      const order = routedOrderCodec.decode(value).enrichedOrder?.order as Order;
      const publication = see(order, seenIn.external, record, 'routedAt');
      publication.wantedAttempt = Math.max(publication.wantedAttempt, attemptOf(record));
    },
    aggregated_order({ timestamp }, value) {
      const { toLocationId, windowStart, orders } = aggregatedOrderCodec.decode(value);
      // All panes of a location are in one partition, and the last one written is the newest: the pane number starts
      // again at 0 when the job is submitted again, and goes back when it is restored from a checkpoint.
      const window = windowOf(toLocationId, toMillis(windowStart ?? {}), windowSeconds);
      panes.set(window, { orders, time: timestamp });
    },
    dead_letter(_record, value) {
      const letter = deadLetterCodec.decode(value);
      const { topic, partition, offset, step, orderId, messageId } = letter;
      if (topic === 'raw_order' && offset < (from?.get(partition) ?? 0)) return;
      const reason = v1.DeadLetterReason[letter.reason] as DeadLetterReason;
      const release = parseRelease(letter.release);
      const name = formatLetter(release?.letter ?? { topic, partition, offset, step });
      const number = release?.number ?? 0;
      letters.set(`${name}/${number}`, { step, reason });
      const publication = orderId && messageId ? publicationOf(orderId, messageId) : undefined;
      if (topic === 'raw_order') setAside.set(positionOf({ partition, offset }), publication);
      else lineages.addLetter(name, number, publication, bitOfLetter(step, reason));
    },
  };

  return {
    publications,
    incomplete,
    setAside,
    letters,
    releases,
    panes,
    addRecord(topic, record) {
      try {
        readers[topic](record, record.value ?? new Uint8Array(0));
      } catch {
        // A later topic may hold what a foreign producer wrote there: it is about no record of raw_order.
      }
    },
    addStatuses({ orderId, messageId, statuses, attempt }) {
      const publication = find(orderId, messageId);
      if (!publication) return;
      const names = Object.keys(statuses) as Status[];
      publication.held = bitsOf(names);
      publication.attempt = attempt;
      const end = names.find((name) => ending.includes(name)) ?? 'ROUTED';
      publication.endedAt = statuses[end] ?? 0;
    },
  };
}

export const positionOf = ({ partition, offset }: { partition: number; offset: number }) => `${partition}@${offset}`;

function bitOfLetter(step: string, reason: DeadLetterReason): number {
  if (reason === 'DELIVERY_REFUSED') return seenIn.refused;
  return bitOfStep[step] ?? 0;
}

const bitOfStep: Readonly<Record<string, number>> = {
  enricher: seenIn.deadAtEnricher,
  router: seenIn.deadAtRouter,
  'external-processor': seenIn.deadAtDelivery,
  aggregator: seenIn.deadAtAggregator,
};
