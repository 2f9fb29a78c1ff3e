/** Fills a ledger from the topics and the metastore, and goes on where it stopped. */
import { join } from 'node:path';
import type { Config } from '../config.js';
import { topicOffsets, withKafkaAdmin } from '../kafka/client.js';
import { readTopic, type TopicPosition } from '../kafka/topic-reader.js';
import { messageHolders, readAccountRows } from '../metastore/account-rows.js';
import type { Pool } from '../metastore/connection.js';
import { topicNameOf } from '../model/incarnation.js';
import { topicNames, type TopicName } from '../model/topics.js';
import { readEntries } from '../partner/journal.js';
import { account, publicationsOf, type AccountOptions } from './account.js';
import { asKnown } from './known-releases.js';
import { type CurrentTopics, currentTopics, knownGaps, type Gap } from './gaps.js';
import { createLedger } from './ledger.js';
import type { Publication } from './publication.js';
import type { Report } from './report.js';
import { blocksIn, ScratchFile } from './spill.js';
import type { PaneBaseline } from './windows.js';

/** What is to be counted: everything, or what came after some point. */
export interface Scope {
  /** Where each topic's records begin to count. Of later topics, those of earlier records of raw_order do not count anyway. */
  readonly from: ReadonlyMap<TopicName, TopicPosition>;
  /** Set where it is a time (ms): records of raw_order from before it do not count. */
  readonly since?: number;
  readonly baseline: PaneBaseline;
}

export interface Reader extends Disposable {
  /** Reads what is new. Fails as readTopic and the metastore do, and cannot go on then. */
  readOn(): Promise<void>;
  /** What all that was read comes to. */
  report(): Promise<Report>;
  /** Each publication that raw_order has shown, as far as it was read. Each is valid until the next one is asked for. */
  publications(): Iterable<Publication>;
}

export interface ReaderOptions {
  readonly scope?: Scope;
  /** Told from time to time what is read, and how much of it: records of a topic, or rows of the metastore. */
  readonly onProgress?: (what: string, count: number) => void;
}

/** So often is progress told. */
const progressStep = 50_000;

/**
 * A reader of all topics, from their beginning or from the scope's. Nothing is changed, nothing is committed. What it reads lies in
 * temporary files until it is disposed of, a hundred bytes for each record: a slice of the orders at a time is in memory.
 */
export function createReader(config: Config, pool: Pool, { scope, onProgress = () => {} }: ReaderOptions = {}): Reader {
  const files = Object.fromEntries(['records', 'history', 'journal', 'names'].map((name) => [name, new ScratchFile()]));
  const { records, history, journal, names } = files as Record<string, ScratchFile>;
  let current: CurrentTopics = (topic) => topic;
  const ledger = createLedger({
    maxOrderBytes: config.maxOrderBytes,
    windowSeconds: config.windowSeconds,
    rawTopic: () => current('raw_order'),
    from: scope?.from.get('raw_order'),
    publishedSince: scope?.since,
    storage: {
      records: blocksIn(records!),
      history: blocksIn(history!),
      journal: blocksIn(journal!),
      names: names!,
    },
  });
  const positions = new Map(scope?.from);
  const truncation = createTruncation();
  let gaps: readonly Gap[] = [];

  function counter(what: string): () => void {
    let count = 0;
    return () => {
      count += 1;
      if (count % progressStep === 0) onProgress(what, count);
    };
  }

  async function read(topic: TopicName): Promise<void> {
    const from = positions.get(topic);
    const count = counter(topic);
    const { position } = await readTopic(
      config,
      topic,
      asKnown(pool, (record) => {
        count();
        if (topic === 'raw_order') truncation.see(record);
        ledger.addRecord(topic, record);
      }),
      from && { from },
    );
    positions.set(topic, position);
  }

  async function readHistory(): Promise<void> {
    ledger.clearHistory();
    const count = counter('metastore');
    const range = scope && !scope.since ? ledger.orderRange() : undefined;
    const since = scope?.since && scope.since - leewayMs;
    await readAccountRows(
      pool,
      { range, since },
      {
        onStatus: (row) => (count(), ledger.addStatus(row)),
        onClaim: (row) => (count(), ledger.addClaim(row)),
        onParked: (row, attempt, isLeased) => (count(), ledger.addParked(row, attempt, isLeased)),
      },
    );
  }

  async function readJournal(): Promise<void> {
    ledger.clearJournal();
    const count = counter("partner's journal");
    for await (const { orderId, outcome } of readEntries(join(config.home, 'partner', 'journal.ndjson'))) {
      count();
      if (orderId !== '') ledger.addRequest(orderId, outcome);
    }
  }

  return {
    async readOn() {
      current = await currentTopics(pool);
      if (!scope) await truncation.look(config);
      const since = Date.now() - config.keepDays * 86_400_000;
      gaps = (await knownGaps(config, pool, since)).flatMap((gap) => withinScope(gap, current, scope));
      // First, so that the other topics show at least what has become of these records. One at a time, for the memory's sake.
      for (const topic of topicNames) await read(topic);
      await readHistory();
    },
    async report() {
      // A partner elsewhere keeps its own books.
      const hasJournal = !config.remote.partner;
      if (hasJournal) await readJournal();
      const windowsSince = scope?.since ?? truncation.since();
      const options: AccountOptions = { hasJournal, baseline: scope?.baseline, windowsSince, gaps };
      const report = account(ledger, options);
      const heldBefore = await messagesHeldBefore(pool, report, current('raw_order'), (partition) =>
        Math.max(scope?.from.get('raw_order')?.get(partition) ?? 0, truncation.low(partition)),
      );
      return heldBefore.size === 0 ? report : account(ledger, { ...options, heldBefore });
    },
    publications: () => publicationsOf(ledger),
    [Symbol.dispose]: () => Object.values(files).forEach((file) => file[Symbol.dispose]()),
  };
}

/** Clocks of PostgreSQL and Kafka may differ by that much. */
export const leewayMs = 3_600_000;

function withinScope(gap: Gap, current: CurrentTopics, scope: Scope | undefined): Gap[] {
  if (!scope) return [gap];
  const topic = topicNameOf(gap.topic) as TopicName;
  // A scope begins at offsets of the topics that there are.
  if (gap.topic !== current(topic)) return [];
  const first = Math.max(gap.first, scope.from.get(topic)?.get(gap.partition) ?? 0);
  return first < gap.next ? [{ ...gap, first }] : [];
}

/**
 * Of those without an end, the messages whose claim a record holds that was published before those that were read, or on a topic that was
 * deleted: what was read are redeliveries.
 */
async function messagesHeldBefore(
  pool: Pool,
  { problems }: Report,
  rawTopic: string,
  startOf: (partition: number) => number,
): Promise<Set<string>> {
  const ids = problems.flatMap(({ kind, messageId }) =>
    kind === 'lost' && messageId !== undefined ? [messageId] : [],
  );
  if (ids.length === 0) return new Set();
  const holders = await messageHolders(pool, ids);
  const before = holders.filter(({ topic, partition, offset }) => topic !== rawTopic || offset < startOf(partition));
  return new Set(before.map(({ messageId }) => messageId));
}

/** Where raw_order has lost its first records, by Kafka's retention: per partition, and since when it is complete. */
function createTruncation() {
  const lows = new Map<number, number>();
  const first = new Map<number, number>();
  return {
    async look(config: Config): Promise<void> {
      for (const { partition, low } of await withKafkaAdmin(config, (admin) => topicOffsets(admin, 'raw_order')))
        if (!lows.has(partition)) lows.set(partition, low);
    },
    see({ partition, timestamp }: { partition: number; timestamp: number }): void {
      if (!first.has(partition)) first.set(partition, timestamp);
    },
    low: (partition: number) => lows.get(partition) ?? 0,
    /** Undefined where no record is missing. */
    since(): number | undefined {
      const times = [...lows].flatMap(([partition, low]) => (low > 0 ? [first.get(partition) ?? Infinity] : []));
      return times.length > 0 ? Math.max(...times) : undefined;
    },
  };
}
