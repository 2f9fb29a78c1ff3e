/** What Druid has of the streams, compared with what their topics hold. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.js';
import type { TopicPosition } from '../kafka/topic-reader.js';
import type { TopicName } from '../model/topics.js';
import { countOrders } from './measures.js';
import { DruidError, type Parameter, queryDruid } from './rest.js';
import { streams } from './specs.js';
import { supervisorState } from './supervisors.js';
import { countTopic, type TopicCounts } from './topic-counts.js';

export interface StreamCounts {
  /** Records of the topic that Druid has read: those that became rows, and those that could not. */
  readonly records: number;
  readonly rows: number;
  /** Records that Druid has read and could make no row of. */
  readonly parseErrors: number;
  /** Distinct orders; of aggregates the sum over the newest panes. */
  readonly orders: number;
  /** Druid has read to the topic's end, has as many rows as there are messages, and counts the same orders. */
  readonly isEqual: boolean;
}

/** Which rows count: all, or those of records from these offsets on. */
function scopeOf(from: TopicPosition | undefined): { condition: string; parameters: Parameter[] } {
  if (!from || from.size === 0) return { condition: 'TRUE', parameters: [] };
  const partitions = [...from];
  return {
    condition: partitions.map(() => '("kafka.partition" = ? AND "kafka.offset" >= ?)').join(' OR '),
    parameters: partitions.flat(),
  };
}

/** What Druid says while a part of it is away: it is waited for. */
export const isPassing = (error: unknown) =>
  error instanceof DruidError ? error.status >= 500 : (error as { code?: string }).code === 'DRUID_UNREACHABLE';

/** A datasource is there from its first row on. */
export async function unlessEmpty<Row extends object>(asked: Promise<Row[]>): Promise<Row[]> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof DruidError && /not found/.test(error.message)) return [];
    throw error;
  }
}

async function countRows(config: Config, topic: TopicName, from?: TopicPosition): Promise<number> {
  const { condition, parameters } = scopeOf(from);
  const query = `SELECT COUNT(*) AS "rows" FROM "${topic}" WHERE ${condition}`;
  const [row] = await unlessEmpty(queryDruid<{ rows: number }>(config, query, { parameters }));
  return row?.rows ?? 0;
}

/** Which streams have a row in Druid. Fails as askDruid does. */
export async function streamsWithRows(
  config: Config,
  from?: ReadonlyMap<TopicName, TopicPosition>,
): Promise<readonly TopicName[]> {
  const counts = await Promise.all(streams.map((topic) => countRows(config, topic, from?.get(topic))));
  return streams.filter((_, at) => (counts[at] ?? 0) > 0);
}

/** The distinct orders of a stream in Druid, exactly; of aggregates the sum over the newest panes. */
async function countDistinctOrders(config: Config, topic: TopicName, from?: TopicPosition): Promise<number> {
  const { condition, parameters } = scopeOf(from);
  const query = countOrders(topic, condition);
  const [row] = await unlessEmpty(queryDruid<{ orders: number | null }>(config, query, { parameters }));
  return row?.orders ?? 0;
}

/** How many records before its position, from `from` on, the supervisor has read; it says so every few seconds. */
async function recordsRead(config: Config, topic: TopicName, { end, records }: TopicCounts): Promise<number> {
  const { position } = await supervisorState(config, topic);
  let missing = 0;
  for (const [partition, next] of end) missing += Math.max(0, next - (position.get(partition) ?? 0));
  return Math.max(0, records - missing);
}

export interface CompareOptions {
  /** Where each topic's records begin to count; without it all do. */
  readonly from?: ReadonlyMap<TopicName, TopicPosition>;
  /** How long Druid may take to catch up with a topic that has grown no more, in ms. */
  readonly waitMs?: number;
}

const pollMs = 300;

/**
 * Counts each stream in its topic and in Druid, and waits until Druid has caught up, or `waitMs` have passed without equality. Meant for
 * topics to which nothing is written meanwhile. Fails as readTopic and askDruid do.
 */
export async function compareStreams(
  config: Config,
  { from, waitMs = 60_000 }: CompareOptions = {},
): Promise<Record<TopicName, StreamCounts>> {
  const deadline = performance.now() + waitMs;
  const compared = streams.map(async (topic): Promise<[TopicName, StreamCounts]> => {
    const begin = from?.get(topic);
    const expected = await countTopic(config, topic, begin);
    for (;;) {
      try {
        const rows = await countRows(config, topic, begin);
        const records = await recordsRead(config, topic, expected);
        const isRead = rows === expected.rows && records === expected.records;
        if (isRead || performance.now() > deadline) {
          const orders = await countDistinctOrders(config, topic, begin);
          const isEqual = isRead && orders === expected.orders;
          return [topic, { records, rows, parseErrors: Math.max(0, records - rows), orders, isEqual }];
        }
      } catch (error) {
        if (!isPassing(error) || performance.now() > deadline) throw error;
      }
      await sleep(pollMs);
    }
  });
  return Object.fromEntries(await Promise.all(compared)) as Record<TopicName, StreamCounts>;
}
