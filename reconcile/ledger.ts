/**
 * What the topics, the metastore and the partner's journal say about each order, gathered record by record as facts of a few numbers,
 * and read back a slice of the orders at a time. Pure but for where the facts are kept.
 */
import type { RowIds, StatusRow } from '../metastore/account-rows.js';
import { paneCounts } from '../model/panes.js';
import { topicNameOf } from '../model/incarnation.js';
import type { KafkaRecord } from '../model/record.js';
import { attemptOf, formatLetter, formatRelease, parseRelease, releaseOf, type Release } from '../model/release.js';
import { stageNames, type StageName } from '../model/stages.js';
import { statuses } from '../model/statuses.js';
import type { TopicName } from '../model/topics.js';
import type { JournalOutcome } from '../partner/journal.js';
import { aggregatedOrderCodec, deadLetterCodec, toMillis, type DeadLetter } from '../proto/messages.js';
import { decodeOrder } from '../transforms/decoding/decode.js';
import { crc32 } from 'node:zlib';
import { currencyCode } from './currency.js';
import { createNames, idsOf, type Name } from './names.js';
import { buckets, createFactStore, type Block } from './facts.js';
import { createHasher } from './hash.js';
import { createIdRange } from './id-range.js';
import { createOrderBytes } from './order-bytes.js';
import { historyWords, kinds, recordWords } from './fact-kinds.js';
import { onceIn } from './publication.js';
import { journalOutcomes, readSlice, type Slice } from './slice.js';
import type { LedgerOptions } from './ledger-options.js';
import { inMemory } from './storage.js';
import { createWindows, type Pane, type Windows } from './windows.js';

export interface Ledger {
  /** Different releases of dead letters that came to their topics. */
  readonly released: () => number;
  readonly windows: Windows;
  /** By the window's number. */
  readonly panes: ReadonlyMap<number, Pane>;
  /** Takes each record of a topic once, in the order of offsets within a partition. Never throws. */
  addRecord(topic: TopicName, record: KafkaRecord): void;
  /** Forgets what the metastore has said, before it is asked again. */
  clearHistory(): void;
  addStatus(row: StatusRow): void;
  /** The message that holds the claim on the order. */
  addClaim(row: RowIds): void;
  addParked(row: RowIds, attempt: number, isLeased: boolean): void;
  /** Forgets what the partner's journal has said. */
  clearJournal(): void;
  addRequest(orderId: string, outcome: JournalOutcome): void;
  /** What is known of the orders, a part of them at a time; only the newest slice may be used. */
  slices(): Iterable<Slice>;
  nameOf(publication: { readonly name: number }): Name;
  /** The first and the last id of the orders on raw_order, as PostgreSQL compares them: byte by byte. */
  orderRange(): { readonly first: string; readonly last: string };
}

/** The name of a letter or a record by which those of one origin find each other. */
const originOf = ({ topic, partition, offset }: Pick<KafkaRecord, 'topic' | 'partition' | 'offset'>) =>
  `${topic}/${partition}/${offset}`;

export function createLedger({
  maxOrderBytes,
  windowSeconds,
  rawTopic = () => 'raw_order',
  from,
  publishedSince = -Infinity,
  storage = inMemory(),
}: LedgerOptions): Ledger {
  const records = createFactStore(recordWords, storage.records);
  const history = createFactStore(historyWords, storage.history);
  const journal = createFactStore(historyWords, storage.journal);
  const names = createNames(storage.names);
  const releases = new Set<string>();
  const windows = createWindows(windowSeconds);
  const panes = new Map<number, Pane>();
  const [order, message] = [createHasher(), createHasher()];
  const orderBytes = createOrderBytes();
  const range = createIdRange();

  function hashIds({ bytes, orderStart, orderEnd, messageStart, messageEnd }: RowIds): void {
    order.hash(bytes, orderStart, orderEnd);
    message.hash(bytes, messageStart, messageEnd);
  }

  /** Letters and records without ids are sorted by their origin instead. */
  function hashOrigin(origin: string): void {
    order.hash(Buffer.from(origin), 0, Buffer.byteLength(origin));
    message.low = message.high = 0;
  }

  /** A fact about the order that was hashed last. */
  function begin(store: { add(bucket: number): Block }, head: number): Block {
    const block = store.add(order.low % buckets);
    const { words, at } = block;
    words[at] = head;
    words[at + 1] = order.low;
    words[at + 2] = order.high;
    words[at + 3] = message.low;
    words[at + 4] = message.high;
    return block;
  }

  function addFact(head: number, a: number, [x, y, z]: readonly [number, number, number], b: number, c: number): void {
    const { words, doubles, at } = begin(records, head);
    words[at + 5] = a;
    doubles[at / 2 + 3] = x;
    doubles[at / 2 + 4] = y;
    doubles[at / 2 + 5] = z;
    words[at + 12] = b;
    words[at + 13] = c;
  }

  /** A letter's name as two words. */
  const letterHash = createHasher();
  function hashLetter(name: string): void {
    letterHash.hash(Buffer.from(name), 0, Buffer.byteLength(name));
  }

  /** False for a record of a release that another record is of, too. The order has been hashed. */
  function addRelease(release: Release | null): boolean {
    if (!release) return true;
    hashLetter(formatLetter(release.letter));
    addFact(kinds.release, release.number, [0, 0, 0], letterHash.low, letterHash.high);
    const name = formatRelease(release);
    if (releases.has(name)) return false;
    releases.add(name);
    return true;
  }

  function addRaw(record: KafkaRecord): void {
    if (record.timestamp < publishedSince) return;
    const decoded = decodeOrder(record, { maxBytes: maxOrderBytes });
    const { partition, offset, timestamp } = record;
    const release = releaseOf(record);
    if (decoded.failure) {
      hashOrigin(originOf(release?.letter ?? { topic: rawTopic(), partition, offset }));
      addRelease(release);
      return addFact(kinds.incomplete, partition, [offset, timestamp, 0], 0, 0);
    }
    const ids = orderBytes.of('raw_order', record.value!)!;
    hashIds(ids);
    const isNew = addRelease(release);
    range.add(ids);
    addFact(kinds.raw, partition, [offset, timestamp, names.add(ids)], isNew ? 0 : 1, 0);
  }

  function addSeen(topic: (typeof onceIn)[number], record: KafkaRecord): void {
    const value = record.value ?? new Uint8Array(0);
    const fields = orderBytes.of(topic, value);
    if (!fields) return;
    hashIds(fields);
    if (record.headers) addRelease(releaseOf(record));
    const isEnriched = topic === 'enriched_order';
    addFact(
      kinds.seen | (onceIn.indexOf(topic) << 8),
      crc32(value),
      [record.timestamp, fields.items, fields.amount],
      isEnriched ? windows.indexOf(fields) : topic === 'external_order' ? attemptOf(record) : fields.reasons,
      isEnriched ? currencyCode(fields) : 0,
    );
  }

  function addPane({ timestamp }: KafkaRecord, value: Uint8Array): void {
    const { toLocationId, windowStart, orders, items, amounts, revision } = aggregatedOrderCodec.decode(value);
    const sums = {
      revision,
      orders,
      items,
      amounts: amounts.map(({ currency, minorUnits }): [string, number] => [currency ?? '', Number(minorUnits)]),
    };
    const window = windows.ofLocation(toLocationId, toMillis(windowStart ?? {}));
    if (paneCounts(sums, panes.get(window))) panes.set(window, { ...sums, time: timestamp });
  }

  function addLetter(letter: DeadLetter): void {
    const { topic, partition, offset, step, orderId, messageId, reason } = letter;
    const stoodOnRaw = topicNameOf(topic) === 'raw_order';
    // Its record is not among those that are read: it stood on a topic that was deleted.
    const isOfBefore = stoodOnRaw && topic !== rawTopic();
    if (stoodOnRaw && from && (isOfBefore || offset < (from.get(partition) ?? 0))) return;
    // A later stage has not set aside that record, but what was carried to it (model/fusion.ts).
    const isRaw = stoodOnRaw && step === 'validator';
    const release = parseRelease(letter.release);
    const origin = originOf(release?.letter ?? letter);
    const name = release?.letter ?? { topic, partition, offset, step };
    hashLetter(formatLetter(name));
    if (orderId && messageId) hashIds(idsOf(orderId, messageId));
    else hashOrigin(isRaw ? origin : formatLetter(name));
    const number = release?.number ?? 0;
    const stage = stageNames.indexOf(step as StageName);
    addFact(kinds.letter, number, [stage, reason, isRaw ? 1 : 0], letterHash.low, letterHash.high);
    if (!isRaw || isOfBefore) return;
    // Its record is known by where it stands, whatever ids it had.
    if (orderId && messageId) {
      addFact(kinds.aside, partition, [offset, 0, 0], 0, 0);
      hashOrigin(origin);
    }
    addFact(kinds.aside, partition, [offset, 0, 0], 0, 0);
  }

  function add(topic: TopicName, record: KafkaRecord): void {
    if (topic === 'raw_order') return addRaw(record);
    const value = record.value ?? new Uint8Array(0);
    if (topic === 'aggregated_order') return addPane(record, value);
    if (topic === 'dead_letter') return addLetter(deadLetterCodec.decode(value));
    addSeen(topic, record);
  }

  return {
    released: () => releases.size,
    windows,
    panes,
    addRecord(topic, record) {
      try {
        add(topic, record);
      } catch {
        // A later topic may hold what a foreign producer wrote there: it is about no record of raw_order.
      }
    },
    clearHistory: () => history.clear(),
    addStatus(row) {
      hashIds(row);
      const { words, doubles, at } = begin(history, kinds.status | (statuses.indexOf(row.status) << 8));
      words[at + 5] = row.attempt * 2 + (row.isDelivery ? 1 : 0);
      doubles[at / 2 + 3] = row.recordedAt;
    },
    addClaim(row) {
      hashIds(row);
      begin(history, kinds.claim);
    },
    addParked(row, attempt, isLeased) {
      hashIds(row);
      const { words, at } = begin(history, kinds.parked);
      words[at + 5] = attempt * 2 + (isLeased ? 1 : 0);
    },
    clearJournal: () => journal.clear(),
    addRequest(orderId, outcome) {
      const index = journalOutcomes.indexOf(outcome);
      if (index < 0) return;
      hashOrigin(orderId);
      begin(journal, kinds.request | (index << 8));
    },
    *slices() {
      for (let bucket = 0; bucket < buckets; bucket++) yield readSlice({ records, history, journal }, bucket);
    },
    nameOf: ({ name }) => names.get(name),
    orderRange: range.ends,
  };
}
