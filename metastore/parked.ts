/** Deliveries that wait for their partner, in PostgreSQL. */
import type { RunStatement } from './connection.js';
import type { ParkedDelivery } from './metastore.js';

const parkStatement = `
INSERT INTO parked_deliveries (
  order_id, message_id, created_at, idempotency_key,
  record_topic, record_partition, record_offset, record_timestamp, record_key, record_value
)
SELECT DISTINCT ON (order_id)
  order_id, message_id, to_timestamp(created_at / 1000.0), idempotency_key,
  topic, partition, position, to_timestamp(record_time / 1000.0), key, value
FROM unnest(
  $1::text[], $2::text[], $3::float8[], $4::text[], $5::text[], $6::int[], $7::bigint[], $8::float8[], $9::bytea[], $10::bytea[]
) WITH ORDINALITY
  AS b(order_id, message_id, created_at, idempotency_key, topic, partition, position, record_time, key, value, n)
ORDER BY order_id, n
ON CONFLICT DO NOTHING`;

/** See Metastore. */
export async function parkDeliveries(run: RunStatement, deliveries: readonly ParkedDelivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  await run(parkStatement, [
    deliveries.map((delivery) => delivery.orderId),
    deliveries.map((delivery) => delivery.messageId),
    deliveries.map((delivery) => delivery.createdAt),
    deliveries.map((delivery) => delivery.idempotencyKey),
    deliveries.map((delivery) => delivery.record.topic),
    deliveries.map((delivery) => delivery.record.partition),
    deliveries.map((delivery) => delivery.record.offset),
    deliveries.map((delivery) => delivery.record.timestamp),
    deliveries.map((delivery) => delivery.record.key),
    deliveries.map((delivery) => delivery.record.value),
  ]);
}

// SKIP LOCKED: two workers that lease at the same time get different deliveries, and neither waits.
const leaseStatement = `
WITH oldest AS MATERIALIZED (
  SELECT order_id
  FROM parked_deliveries
  WHERE leased_until < now()
  ORDER BY created_at, order_id
  LIMIT $1::bigint
  FOR UPDATE SKIP LOCKED
), leased AS (
  UPDATE parked_deliveries
  SET leased_until = now() + $2::float8 * interval '1 millisecond'
  WHERE order_id = ANY (ARRAY (SELECT order_id FROM oldest))
  RETURNING *
)
SELECT
  order_id AS "orderId", message_id AS "messageId", idempotency_key AS "idempotencyKey",
  round(extract(epoch FROM created_at) * 1000)::float8 AS "createdAt",
  record_topic AS topic, record_partition AS partition, record_offset::float8 AS position,
  round(extract(epoch FROM record_timestamp) * 1000)::float8 AS timestamp,
  record_key AS key, record_value AS value
FROM leased
ORDER BY created_at, order_id`;

interface LeasedRow {
  readonly orderId: string;
  readonly messageId: string;
  readonly createdAt: number;
  readonly idempotencyKey: string;
  readonly topic: string;
  readonly partition: number;
  readonly position: number;
  readonly timestamp: number;
  readonly key: Buffer;
  readonly value: Buffer;
}

/** See Metastore. */
export async function leaseParkedDeliveries(
  run: RunStatement,
  limit: number,
  leaseMillis: number,
): Promise<ParkedDelivery[]> {
  const rows = await run<LeasedRow>(leaseStatement, [limit, leaseMillis]);
  return rows.map(({ orderId, messageId, createdAt, idempotencyKey, position, key, value, ...record }) => ({
    orderId,
    messageId,
    createdAt,
    idempotencyKey,
    record: { ...record, offset: position, key: new Uint8Array(key), value: new Uint8Array(value) },
  }));
}

const removeStatement = `
WITH gone AS MATERIALIZED (
  SELECT order_id FROM parked_deliveries WHERE order_id = ANY ($1::text[]) ORDER BY order_id FOR UPDATE
)
DELETE FROM parked_deliveries WHERE order_id = ANY (ARRAY (SELECT order_id FROM gone))`;

/** See Metastore. */
export async function removeParkedDeliveries(run: RunStatement, orderIds: readonly string[]): Promise<void> {
  if (orderIds.length > 0) await run(removeStatement, [orderIds]);
}
