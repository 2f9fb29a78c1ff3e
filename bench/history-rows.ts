/** The metastore's rows of a made-up history. */
import type { Pool } from '../metastore/connection.js';
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

const recorders = new Map<string, string>(
  stages.flatMap(({ name, statuses }) => statuses.map((status) => [status, name] as const)),
);

/** Adds the lines of the history. */
export async function storeStatuses(pool: Pool, batch: readonly Placed[]): Promise<void> {
  const lines = batch.flatMap((footprint) => footprint.statuses.map((status) => ({ ...footprint, status })));
  await pool.query(
    `INSERT INTO status_history (created_on, order_id, message_id, status, created_at, recorded_by, detail)
     SELECT (at AT TIME ZONE 'UTC')::date, order_id, message_id, status, at, recorded_by, ''
     FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::text[])
       AS b(order_id, message_id, status, millis, recorded_by),
       LATERAL (SELECT to_timestamp(millis / 1000.0)) AS t(at)`,
    [
      lines.map(({ orderId }) => orderId),
      lines.map(({ messageId }) => messageId),
      lines.map(({ status }) => status),
      lines.map(({ createdAt }) => createdAt),
      lines.map(({ status }) => recorders.get(status) ?? 'generator'),
    ],
  );
}

/** Adds claims and parked deliveries. */
export async function storeClaims(pool: Pool, batch: readonly Placed[]): Promise<void> {
  const messages = batch.filter(({ claims }) => claims !== 'none');
  await pool.query(
    `INSERT INTO message_claims (message_id, record_topic, record_partition, record_offset)
     SELECT message_id, 'raw_order', partition, position
     FROM unnest($1::text[], $2::int[], $3::bigint[]) AS b(message_id, partition, position)`,
    [
      messages.map(({ messageId }) => messageId),
      messages.map(({ places }) => places.get('raw_order')!.partition),
      messages.map(({ places }) => places.get('raw_order')!.offset),
    ],
  );
  const orders = batch.filter(({ claims }) => claims === 'order');
  await pool.query(
    'INSERT INTO order_claims (order_id, message_id) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING',
    [orders.map(({ orderId }) => orderId), orders.map(({ messageId, holder = messageId }) => holder)],
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
