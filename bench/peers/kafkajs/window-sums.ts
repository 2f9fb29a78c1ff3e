/**
 * The sums of the open windows in PostgreSQL, moved in one transaction with the offsets that they hold: "store the results and the offset
 * in one atomic unit" (https://kafka.apache.org/37/javadoc/org/apache/kafka/clients/consumer/KafkaConsumer.html, Storing Offsets Outside Kafka).
 *
 * Orders of a location stand in all partitions, so that several members add to the same sums: the row is where they meet, and a pane has what
 * all of them added so far. A process keeps nothing from round to round; whoever is given a partition goes on where its sums end.
 */
import type { Config } from '../../../config.js';
import { createPool, inTransaction, type Pool, type PoolClient } from '../../../metastore/connection.js';
import { databaseOf } from '../../../metastore/database.js';
import { clockToleranceMs } from '../../../model/limits.js';
import type { KafkaRecord, OutgoingRecord } from '../../../model/record.js';
import { type AggregationInput, type Sums, sumOrders, toAggregatedOrder } from '../../../transforms/aggregator.js';

/** To be run once, where the tables of the metastore are. */
export const windowTables = `
CREATE SCHEMA IF NOT EXISTS kafkajs;
CREATE TABLE IF NOT EXISTS kafkajs.summed (
  topic text, partition int, next bigint NOT NULL, PRIMARY KEY (topic, partition)
);
CREATE TABLE IF NOT EXISTS kafkajs.window_sums (
  window_start bigint, to_location_id text, pane int NOT NULL, orders bigint NOT NULL, items bigint NOT NULL, amounts jsonb NOT NULL,
  PRIMARY KEY (window_start, to_location_id)
) WITH (fillfactor = 50);
`;

const summedStatement = `
SELECT partition, next::float8 FROM kafkajs.summed WHERE topic = $1 AND partition = ANY ($2::int[])`;

// A row for each partition that nobody else has moved meanwhile.
const moveStatement = `
WITH span AS (SELECT * FROM unnest($2::int[], $3::bigint[], $4::bigint[]) AS s(partition, before, next))
INSERT INTO kafkajs.summed AS held (topic, partition, next)
SELECT $1, partition, next FROM span ORDER BY partition
ON CONFLICT (topic, partition) DO UPDATE SET next = excluded.next
WHERE held.next = (SELECT before FROM span WHERE span.partition = held.partition)
RETURNING partition`;

// Sorted, so that members that add to the same rows wait for each other in one direction only.
const addStatement = `
INSERT INTO kafkajs.window_sums AS held (window_start, to_location_id, pane, orders, items, amounts)
SELECT window_start, location, 0, orders, items, amounts
FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::jsonb[]) AS b(window_start, location, orders, items, amounts)
ORDER BY window_start, location
ON CONFLICT (window_start, to_location_id) DO UPDATE SET
  pane = held.pane + 1,
  orders = held.orders + excluded.orders,
  items = held.items + excluded.items,
  amounts = (
    SELECT coalesce(jsonb_object_agg(currency, amount), '{}')
    FROM (
      SELECT key AS currency, sum(value::numeric) AS amount
      FROM (SELECT * FROM jsonb_each(held.amounts) UNION ALL SELECT * FROM jsonb_each(excluded.amounts)) each
      GROUP BY key
    ) total
  )
RETURNING window_start::float8 AS start, to_location_id AS "toLocationId", pane, orders::float8, items::float8, amounts`;

const forgetStatement = 'DELETE FROM kafkajs.window_sums WHERE window_start < $1';

const hourMs = 3_600_000;

interface Added extends Sums {
  readonly start: number;
  readonly toLocationId: string;
  readonly pane: number;
}

/** What a round brought of a partition: its sums hold what stands before `before`, and are to hold what stands before `next`. */
interface Span {
  readonly partition: number;
  readonly before: number;
  readonly next: number;
}

export interface WindowSums {
  /**
   * The panes of all windows that these records of one topic touch, in which each record counts once, however often it comes. `inputsOf` is asked
   * for the records that were summed before, which a process that was killed may not have made panes of, and for the others. Rounds of a
   * partition come one after the other. Rejects, and sums nothing, where another member has moved one of the partitions meanwhile.
   */
  panesOf(
    records: readonly KafkaRecord[],
    inputsOf: (records: readonly KafkaRecord[]) => Promise<readonly AggregationInput[]>,
  ): Promise<OutgoingRecord[]>;
  close(): Promise<void>;
}

/** Connects when it is first asked. */
export function openWindowSums(config: Config): WindowSums {
  const windowMs = config.windowSeconds * 1_000;
  const pool = createPool(databaseOf(config, 'aggregator'), { connections: 1, queryTimeoutMs: 4_000 });
  let forgottenAt = performance.now();

  async function forgetClosed(): Promise<void> {
    if (performance.now() - forgottenAt < hourMs) return;
    forgottenAt = performance.now();
    await pool.query(forgetStatement, [Date.now() - config.allowedLatenessMs - clockToleranceMs]);
  }

  return {
    async panesOf(records, inputsOf) {
      const [first] = records;
      if (!first) return [];
      const spans = await spansOf(pool, first.topic, records);
      const isSummed = ({ partition, offset }: KafkaRecord) => offset < spans.get(partition)!.before;
      const [again, added] = await Promise.all([
        inputsOf(records.filter(isSummed)),
        inputsOf(records.filter((record) => !isSummed(record))),
      ]);
      const touched = again.map((input) => ({ ...input, ...sumOrders.createAccumulator() }));
      const sums = byWindow([...touched, ...added], windowMs);
      const panes = await inTransaction(pool, async (client) => {
        await moveOn(client, first.topic, [...spans.values()]);
        return add(client, [...sums.values()]);
      });
      await forgetClosed();
      return panes.map(({ start, toLocationId, pane, ...totals }) =>
        toAggregatedOrder(toLocationId, totals, { start, end: start + windowMs }, pane),
      );
    },
    close: () => pool.end(),
  };
}

async function spansOf(pool: Pool, topic: string, records: readonly KafkaRecord[]): Promise<Map<number, Span>> {
  const ends = new Map<number, number>();
  for (const { partition, offset } of records) ends.set(partition, Math.max(offset + 1, ends.get(partition) ?? 0));
  const { rows } = await pool.query<{ partition: number; next: number }>(summedStatement, [topic, [...ends.keys()]]);
  const summed = new Map(rows.map(({ partition, next }) => [partition, next]));
  return new Map(
    [...ends].map(([partition, end]) => {
      const before = summed.get(partition) ?? 0;
      return [partition, { partition, before, next: Math.max(before, end) }];
    }),
  );
}

function byWindow(inputs: readonly AggregationInput[], windowMs: number): Map<string, AggregationInput> {
  const sums = new Map<string, AggregationInput>();
  for (const input of inputs) {
    const { toLocationId } = input;
    const createdAt = Math.floor(input.createdAt / windowMs) * windowMs;
    const key = `${createdAt} ${toLocationId}`;
    const before = sums.get(key) ?? sumOrders.createAccumulator();
    sums.set(key, { toLocationId, createdAt, ...sumOrders.addInput(before, input) });
  }
  return sums;
}

async function moveOn(client: PoolClient, topic: string, spans: readonly Span[]): Promise<void> {
  const { rowCount } = await client.query(moveStatement, [
    topic,
    spans.map(({ partition }) => partition),
    spans.map(({ before }) => before),
    spans.map(({ next }) => next),
  ]);
  if (rowCount !== spans.length) throw new Error(`another member has summed records of ${topic} meanwhile`);
}

async function add(client: PoolClient, sums: readonly AggregationInput[]): Promise<Added[]> {
  if (sums.length === 0) return [];
  const { rows } = await client.query<Added>(addStatement, [
    sums.map(({ createdAt }) => createdAt),
    sums.map(({ toLocationId }) => toLocationId),
    sums.map(({ orders }) => orders),
    sums.map(({ items }) => items),
    sums.map(({ amounts }) => JSON.stringify(amounts)),
  ]);
  return rows;
}
