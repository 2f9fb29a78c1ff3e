/** Fills a ledger from the topics and the metastore, and goes on where it stopped. */
import { join } from 'node:path';
import type { Config } from '../config.js';
import { topicOffsets, withKafkaAdmin } from '../kafka/client.js';
import { readTopic, type TopicPosition } from '../kafka/topic-reader.js';
import type { Pool } from '../metastore/connection.js';
import { latestStatuses } from '../metastore/queries.js';
import { topicNames, type TopicName } from '../model/topics.js';
import { readJournal } from '../partner/journal.js';
import { account, publicationsOf } from './account.js';
import { createLedger, type Ledger } from './ledger.js';
import type { Publication } from './publication.js';
import type { Report } from './report.js';
import type { PaneBaseline } from './windows.js';

/** What is to be counted: everything, or what came after some point. */
export interface Scope {
  /** Where each topic's records begin to count. Of later topics, those of earlier records of raw_order do not count anyway. */
  readonly from: ReadonlyMap<TopicName, TopicPosition>;
  readonly baseline: PaneBaseline;
}

export interface Reader {
  /** Reads what is new. Fails as readTopic and the metastore do, and cannot go on then. */
  readOn(): Promise<void>;
  /** What all that was read comes to. */
  report(): Promise<Report>;
  /** Each publication that raw_order has shown, as far as it was read. */
  publications(): Iterable<Publication>;
}

/** A reader of all topics, from their beginning or from the scope's. Nothing is changed, nothing is committed. */
export function createReader(config: Config, pool: Pool, scope?: Scope): Reader {
  const ledger = createLedger({
    maxOrderBytes: config.maxOrderBytes,
    windowSeconds: config.windowSeconds,
    from: scope?.from.get('raw_order'),
  });
  const positions = new Map(scope?.from);
  let isTruncated = false;

  async function read(topic: TopicName): Promise<void> {
    const from = positions.get(topic);
    const { position } = await readTopic(config, topic, (record) => ledger.addRecord(topic, record), from && { from });
    positions.set(topic, position);
  }

  async function readStatuses(): Promise<void> {
    const range = scope && rangeOfOrders(ledger);
    for await (const page of latestStatuses(pool, undefined, undefined, range)) page.forEach(ledger.addStatuses);
  }

  return {
    async readOn() {
      if (!scope) isTruncated = await hasLostItsFirstRecords(config);
      // First, so that the other topics show at least what has become of these records.
      await read('raw_order');
      await Promise.all(topicNames.filter((topic) => topic !== 'raw_order').map(read));
      await readStatuses();
    },
    async report() {
      // A partner elsewhere keeps its own books.
      const journal = config.remote.partner ? null : await readJournal(join(config.home, 'partner', 'journal.ndjson'));
      return account(ledger, { journal, baseline: scope?.baseline, isTruncated });
    },
    publications: () => publicationsOf(ledger),
  };
}

/** Whether Kafka has deleted records of raw_order, by its retention. */
async function hasLostItsFirstRecords(config: Config): Promise<boolean> {
  return withKafkaAdmin(config, async (admin) => (await topicOffsets(admin, 'raw_order')).some(({ low }) => low > 0));
}

/**
 * The first and the last order id, as PostgreSQL compares them: byte by byte. The ids of a run lie side by side, so that it
 * is read quickly from among millions of other orders.
 */
function rangeOfOrders({ publications }: Ledger): { first: string; last: string } {
  let [first, last] = [Buffer.alloc(0), Buffer.alloc(0)];
  for (const { orderId, records } of publications.values()) {
    if (records === 0) continue;
    const id = Buffer.from(orderId);
    if (first.length === 0 || id.compare(first) < 0) first = id;
    if (id.compare(last) > 0) last = id;
  }
  return { first: first.toString(), last: last.toString() };
}
