/** The metastore's rows of a made-up history. */
import type { Pool } from '../metastore/connection.js';
import { numberOf, tailOf, type Recorder } from '../metastore/line-keys.js';
import { stages } from '../model/stages.js';
import type { TopicName } from '../model/topics.js';
import type { Footprint } from './footprint.js';

/** Where a record stands. */
export interface Place {
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: number;
}

/** A footprint that was written. */
export interface Placed extends Footprint {
  readonly key: Buffer;
  /** Of the last record. */
  readonly value: Uint8Array;
  readonly places: ReadonlyMap<TopicName, Place>;
}

const recorders = new Map<string, Recorder>(
  stages.flatMap(({ name, statuses }) => statuses.map((status) => [status, name] as const)),
);

/** Adds the lines of the history. */
export async function storeStatuses(pool: Pool, batch: readonly Placed[]): Promise<void> {
  // A publication that holds another one's order has a line, too.
  const holders = batch.flatMap((footprint): Placed[] =>
    footprint.holder ? [{ ...footprint, messageId: footprint.holder, statuses: ['CREATED'] }] : [],
  );
  const lines = [...batch, ...holders].flatMap((footprint) =>
    footprint.statuses.map((status, index) => ({ ...footprint, status, index })),
  );
  await pool.query(
    `INSERT INTO status_lines (line, status, order_id, message_id)
     SELECT line_key(publication, tail), status, CASE WHEN is_first THEN order_id END, CASE WHEN is_first THEN id_bytes(message_id) END
     FROM unnest($1::text[], $2::text[], $3::smallint[], $4::float8[], $5::int[], $6::boolean[])
       AS b(order_id, message_id, status, millis, tail, is_first),
       LATERAL publication_key(millis, order_id, message_id, '') publication`,
    [
      lines.map(({ orderId }) => orderId),
      lines.map(({ messageId }) => messageId),
      lines.map(({ status }) => numberOf(status)),
      lines.map(({ createdAt }) => createdAt),
      lines.map(({ status }) => tailOf(1, recorders.get(status) ?? 'generator', status)),
      lines.map(({ index }) => index === 0),
    ],
  );
}

/** Adds claims and parked deliveries. */
export async function storeClaims(pool: Pool, batch: readonly Placed[]): Promise<void> {
  const messages = batch.filter(({ claims }) => claims !== 'none');
  const partitions = messages.map(({ places }) => places.get('raw_order')!.partition);
  await storePlaces(pool, 'raw_order', partitions);
  await pool.query(
    `INSERT INTO message_claims (message_key, publication, record)
     SELECT key_of(message_id), publication_key(millis, order_id, message_id, ''), record_at(p.id, position)
     FROM unnest($1::text[], $2::text[], $3::float8[], $4::int[], $5::bigint[]) AS b(order_id, message_id, millis, partition, position)
     JOIN places p ON p.topic = 'raw_order' AND p.partition = b.partition`,
    [
      messages.map(({ orderId }) => orderId),
      messages.map(({ messageId }) => messageId),
      messages.map(({ createdAt }) => createdAt),
      partitions,
      messages.map(({ places }) => places.get('raw_order')!.offset),
    ],
  );
  const orders = batch.filter(({ claims }) => claims === 'order');
  await pool.query(
    `INSERT INTO order_claims (order_key, publication)
     SELECT key_of(order_id), publication_key(millis, order_id, message_id, '')
     FROM unnest($1::text[], $2::text[], $3::float8[]) AS b(order_id, message_id, millis)
     ON CONFLICT DO NOTHING`,
    [
      orders.map(({ orderId }) => orderId),
      orders.map(({ messageId, holder = messageId }) => holder),
      orders.map(({ createdAt }) => createdAt),
    ],
  );
  const counted = batch.filter(({ aggregated }) => aggregated !== null);
  const enriched = counted.map(({ places }) => places.get('enriched_order')!);
  await storePlaces(
    pool,
    'enriched_order',
    enriched.map(({ partition }) => partition),
  );
  await pool.query(
    `INSERT INTO aggregation_claims (order_key, record)
     SELECT key_of(order_id), record_at(p.id, position)
     FROM unnest($1::text[], $2::int[], $3::bigint[]) AS b(order_id, partition, position)
     JOIN places p ON p.topic = 'enriched_order' AND p.partition = b.partition
     ON CONFLICT DO NOTHING`,
    [
      counted.map(({ orderId }) => orderId),
      enriched.map(({ partition }) => partition),
      enriched.map(({ offset }) => offset),
    ],
  );
  const parked = batch.filter(({ isParked }) => isParked);
  await pool.query(
    `INSERT INTO parked_deliveries (order_id, message_id, created_at, idempotency_key, record_topic, record_partition,
       record_offset, record_timestamp, record_key, record_value)
     SELECT order_id, message_id, now(), order_id, 'external_order', 0, 0, now(), key, value
     FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[]) AS b(order_id, message_id, key, value)`,
    [
      parked.map(({ orderId }) => orderId),
      parked.map(({ messageId }) => messageId),
      parked.map(({ key }) => key),
      parked.map(({ value }) => value),
    ],
  );
}

async function storePlaces(pool: Pool, topic: TopicName, partitions: readonly number[]): Promise<void> {
  await pool.query(
    `INSERT INTO places (topic, partition) SELECT DISTINCT $1::text, p FROM unnest($2::int[]) p ORDER BY 2 ON CONFLICT DO NOTHING`,
    [topic, partitions],
  );
}
