/** All that is known of one order, where it lies, and whether that fits together. */
import { join } from 'node:path';
import type { Config } from '../config.js';
import { topicOffsets, withKafkaAdmin } from '../kafka/client.js';
import { partitionOf } from '../kafka/partitioner.js';
import { readTopic, type TopicPosition } from '../kafka/topic-reader.js';
import { readAccountRows } from '../metastore/account-rows.js';
import type { Pool } from '../metastore/connection.js';
import { orderClaims, type ClaimLine } from '../metastore/order-claims.js';
import { listParked, type ParkedOrder } from '../metastore/parked-orders.js';
import { orderStory, type OrderStory } from '../metastore/queries.js';
import type { KafkaRecord } from '../model/record.js';
import { formatRelease, releaseOf } from '../model/release.js';
import { topicNames, type TopicName } from '../model/topics.js';
import { readEntries, type JournalEntry } from '../partner/journal.js';
import { deadLetterCodec, v1 } from '../proto/messages.js';
import { account } from './account.js';
import { asKnown } from './known-releases.js';
import { currentTopics } from './gaps.js';
import { createLedger } from './ledger.js';
import { createOrderBytes } from './order-bytes.js';
import type { Problem, Report } from './report.js';

/** A record of the order in a topic. Times are milliseconds since the epoch. */
export interface OrderRecord {
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: number;
  readonly time: number;
  readonly messageId: string;
  /** The release that it belongs to; empty for none. */
  readonly release: string;
  /** Of a dead letter: the stage and the reason. */
  readonly detail: string;
}

export interface OrderAccount {
  readonly orderId: string;
  readonly records: readonly OrderRecord[];
  /** Null where the metastore knows nothing of it. */
  readonly story: OrderStory | null;
  /** What is parked of it. */
  readonly waiting: readonly ParkedOrder[];
  readonly claims: readonly ClaimLine[];
  /** In the partner's journal; null where the partner is not ours to look into. */
  readonly requests: readonly Pick<JournalEntry, 'time' | 'idempotencyKey' | 'outcome' | 'status'>[] | null;
  readonly outcomes: Report['outcomes'];
  readonly problems: readonly Problem[];
  /** It was published, and all fits together. */
  readonly reconciled: boolean;
}

/** Topics of orders, raw_order first. */
const orderTopics = topicNames.filter((topic) => topic !== 'aggregated_order');

/**
 * Reads what there is of the order, of each topic the partition of its key alone where keys tell the partition; panes do not say
 * which orders they hold. Fails as readTopic and the metastore do.
 */
export async function readOrder(
  config: Config,
  pool: Pool,
  orderId: string,
  { from }: { readonly from?: ReadonlyMap<TopicName, TopicPosition> } = {},
): Promise<OrderAccount> {
  const current = await currentTopics(pool);
  const ledger = createLedger({ ...config, rawTopic: () => current('raw_order') });
  const found = (
    await Promise.all(orderTopics.map((topic) => recordsOf(config, pool, { topic, orderId, since: from?.get(topic) })))
  ).flat();
  for (const { record } of found) ledger.addRecord(record.topic as TopicName, record);
  await readAccountRows(
    pool,
    { range: { first: orderId, last: orderId } },
    { onStatus: ledger.addStatus, onClaim: ledger.addClaim, onParked: ledger.addParked },
  );
  const requests = config.remote.partner ? null : await requestsOf(config, orderId);
  for (const { outcome } of requests ?? []) ledger.addRequest(orderId, outcome);
  const { outcomes, problems } = account(ledger, { hasJournal: requests !== null, windowsSince: Infinity });
  const story = await orderStory(pool, orderId);
  const messageIds = new Set([
    ...found.map(({ messageId }) => messageId),
    ...(story?.publications ?? []).map((each) => each.messageId),
  ]);
  return {
    orderId,
    records: found.map(shown).sort((a, b) => a.time - b.time),
    story,
    waiting: await listParked(pool, { orders: [orderId] }),
    claims: await orderClaims(pool, orderId, [...messageIds]),
    requests,
    outcomes,
    problems,
    reconciled: problems.length === 0 && found.length > 0,
  };
}

interface Found {
  readonly record: KafkaRecord;
  readonly messageId: string;
  readonly detail: string;
}

function shown({ record, messageId, detail }: Found): OrderRecord {
  const { topic, partition, offset, timestamp } = record;
  const release = releaseOf(record);
  return {
    topic: topic as TopicName,
    partition,
    offset,
    time: timestamp,
    messageId,
    release: release ? formatRelease(release) : '',
    detail,
  };
}

async function recordsOf(
  config: Config,
  pool: Pool,
  { topic, orderId, since }: { topic: TopicName; orderId: string; since: TopicPosition | undefined },
): Promise<Found[]> {
  const found: Found[] = [];
  const orderBytes = createOrderBytes();
  const wanted = Buffer.from(orderId);
  const from = await startOf(config, topic, wanted, since);
  await readTopic(
    config,
    topic,
    asKnown(pool, (record) => {
      const ids = idsIn(topic, record, orderBytes);
      if (ids && wanted.equals(ids.order)) found.push({ record, messageId: ids.messageId(), detail: ids.detail });
    }),
    { from },
  );
  return found;
}

/** The ids of a record; null where it has none. */
function idsIn(topic: TopicName, { value }: KafkaRecord, orderBytes: ReturnType<typeof createOrderBytes>) {
  try {
    if (topic === 'dead_letter') {
      const { orderId, messageId, step, reason } = deadLetterCodec.decode(value!);
      return {
        order: Buffer.from(orderId),
        messageId: () => messageId,
        detail: `${step} ${v1.DeadLetterReason[reason]}`,
      };
    }
    const ids = orderBytes.of(topic as 'raw_order', value!);
    if (!ids) return null;
    const { bytes, orderStart, orderEnd, messageStart, messageEnd } = ids;
    const messageId = () => Buffer.from(bytes.subarray(messageStart, messageEnd)).toString();
    return { order: bytes.subarray(orderStart, orderEnd), messageId, detail: '' };
  } catch {
    return null;
  }
}

/** Enough keys of each partition to see a topic whose partitions were added to: half of its older keys lie elsewhere now. */
const sampled = 50;

/**
 * Where to begin in each partition. Keys tell the partition unless partitions were added, or a producer puts records elsewhere: then
 * some of the first keys are where they do not belong, and all partitions are read.
 */
async function startOf(config: Config, topic: TopicName, key: Buffer, since?: TopicPosition): Promise<TopicPosition> {
  const ends = await withKafkaAdmin(config, (admin) => topicOffsets(admin, topic));
  let isByKey = true;
  const sample = { to: new Map(ends.map(({ partition, low }) => [partition, low + sampled])) };
  const look = ({ key: of, partition }: KafkaRecord) =>
    void (isByKey &&= of !== null && partitionOf(of, ends.length) === partition);
  await readTopic(config, topic, look, sample);
  const own = partitionOf(key, ends.length);
  return new Map(
    ends.map(({ partition, low, high }) => [
      partition,
      isByKey && partition !== own ? high : (since?.get(partition) ?? low),
    ]),
  );
}

async function requestsOf(config: Config, orderId: string) {
  const requests: Pick<JournalEntry, 'time' | 'idempotencyKey' | 'outcome' | 'status'>[] = [];
  for await (const entry of readEntries(join(config.home, 'partner', 'journal.ndjson')))
    if (entry.orderId === orderId) {
      const { time, idempotencyKey, outcome, status } = entry;
      requests.push({ time, idempotencyKey, outcome, status });
    }
  return requests;
}
