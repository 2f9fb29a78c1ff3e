/** Deliveries that wait for their partner, in PostgreSQL. */
import type { RunStatement } from './connection.js';
import type { DeliveryName, LeasedDelivery, ParkedDelivery } from './metastore.js';

const parkStatement = `
INSERT INTO parked_deliveries (
  order_id, attempt, message_id, created_at, idempotency_key,
  record_topic, record_partition, record_offset, record_timestamp, record_key, record_value, release
)
SELECT DISTINCT ON (order_id, attempt)
  order_id, attempt, message_id, to_timestamp(created_at / 1000.0), idempotency_key,
  topic, partition, position, to_timestamp(record_time / 1000.0), key, value, release
FROM unnest(
  $1::text[], $2::smallint[], $3::text[], $4::float8[], $5::text[],
  $6::text[], $7::int[], $8::bigint[], $9::float8[], $10::bytea[], $11::bytea[], $12::text[]
) WITH ORDINALITY AS b(
  order_id, attempt, message_id, created_at, idempotency_key,
  topic, partition, position, record_time, key, value, release, n
)
ORDER BY order_id, attempt, n
ON CONFLICT DO NOTHING`;

/** See Metastore. */
export async function parkDeliveries(run: RunStatement, deliveries: readonly ParkedDelivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  await run(parkStatement, [
    deliveries.map((delivery) => delivery.orderId),
    deliveries.map((delivery) => delivery.attempt),
    deliveries.map((delivery) => delivery.messageId),
    deliveries.map((delivery) => delivery.createdAt),
    deliveries.map((delivery) => delivery.idempotencyKey),
    deliveries.map((delivery) => delivery.record.topic),
    deliveries.map((delivery) => delivery.record.partition),
    deliveries.map((delivery) => delivery.record.offset),
    deliveries.map((delivery) => delivery.record.timestamp),
    deliveries.map((delivery) => delivery.record.key),
    deliveries.map((delivery) => delivery.record.value),
    deliveries.map((delivery) => delivery.record.release),
  ]);
}

// SKIP LOCKED: two workers that lease at the same time get different deliveries, and neither waits.
const leaseStatement = `
WITH oldest AS MATERIALIZED (
  SELECT order_id, attempt
  FROM parked_deliveries
  WHERE leased_until < now()
  ORDER BY created_at, order_id, attempt
  LIMIT $1::bigint
  FOR UPDATE SKIP LOCKED
), leased AS (
  UPDATE parked_deliveries
  SET leased_until = now() + $2::float8 * interval '1 millisecond'
  WHERE order_id = ANY (ARRAY (SELECT order_id FROM oldest)) AND (order_id, attempt) IN (TABLE oldest)
  RETURNING *
)
SELECT
  order_id AS "orderId", attempt, message_id AS "messageId", idempotency_key AS "idempotencyKey",
  round(extract(epoch FROM created_at) * 1000)::float8 AS "createdAt",
  record_topic AS topic, record_partition AS partition, record_offset::float8 AS position,
  round(extract(epoch FROM record_timestamp) * 1000)::float8 AS timestamp,
  record_key AS key, record_value AS value, release,
  (
    SELECT
      CASE
        WHEN EXISTS (
          SELECT FROM status_history h
          WHERE h.order_id = leased.order_id AND h.attempt = leased.attempt AND h.status = 'DELIVERED'
        ) THEN 'DONE'
        ELSE 'FAILED'
      END
    FROM delivery_claims c
    WHERE c.order_id = leased.order_id AND c.attempt = leased.attempt AND c.is_done
  ) AS end
FROM leased
ORDER BY created_at, order_id, attempt`;

interface LeasedRow {
  readonly orderId: string;
  readonly attempt: number;
  readonly messageId: string;
  readonly createdAt: number;
  readonly idempotencyKey: string;
  readonly topic: string;
  readonly partition: number;
  readonly position: number;
  readonly timestamp: number;
  readonly key: Buffer;
  readonly value: Buffer;
  readonly release: string;
  readonly end: 'DONE' | 'FAILED' | null;
}

/** See Metastore. */
export async function leaseParkedDeliveries(
  run: RunStatement,
  limit: number,
  leaseMillis: number,
): Promise<LeasedDelivery[]> {
  const rows = await run<LeasedRow>(leaseStatement, [limit, leaseMillis]);
  return rows.map(
    ({ orderId, attempt, messageId, createdAt, idempotencyKey, position, key, value, end, ...record }) => ({
      orderId,
      attempt,
      messageId,
      createdAt,
      idempotencyKey,
      ...(end && { end }),
      record: { ...record, offset: position, key: new Uint8Array(key), value: new Uint8Array(value) },
    }),
  );
}

const removeStatement = `
WITH gone AS MATERIALIZED (
  SELECT order_id, attempt
  FROM parked_deliveries
  WHERE order_id = ANY ($1::text[]) AND (order_id, attempt) IN (SELECT * FROM unnest($1::text[], $2::smallint[]))
  ORDER BY order_id, attempt
  FOR UPDATE
)
DELETE FROM parked_deliveries
WHERE order_id = ANY (ARRAY (SELECT order_id FROM gone)) AND (order_id, attempt) IN (TABLE gone)`;

/** See Metastore. */
export async function removeParkedDeliveries(run: RunStatement, deliveries: readonly DeliveryName[]): Promise<void> {
  if (deliveries.length === 0) return;
  await run(removeStatement, [deliveries.map(({ orderId }) => orderId), deliveries.map(({ attempt }) => attempt)]);
}
