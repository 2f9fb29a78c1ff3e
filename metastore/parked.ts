/** Deliveries that wait for their partner, in PostgreSQL. */
import type { RunStatement } from './connection.js';
import type { DeliveryName, LeasedDelivery, NextTry, ParkedDelivery } from './metastore.js';

const parkStatement = `
INSERT INTO parked_deliveries (
  order_id, attempt, message_id, partner_id, created_at, idempotency_key,
  record_topic, record_partition, record_offset, record_timestamp, record_key, record_value, release,
  tries, next_try_at, last_answer
)
SELECT DISTINCT ON (order_id, attempt)
  order_id, attempt, message_id, partner_id, to_timestamp(created_at / 1000.0), idempotency_key,
  topic, partition, position, to_timestamp(record_time / 1000.0), key, value, release,
  tries, now() + wait * interval '1 millisecond', answer
FROM unnest(
  $1::text[], $2::smallint[], $3::text[], $4::text[], $5::float8[], $6::text[],
  $7::text[], $8::int[], $9::bigint[], $10::float8[], $11::bytea[], $12::bytea[], $13::text[],
  $14::int[], $15::float8[], $16::text[]
) WITH ORDINALITY AS b(
  order_id, attempt, message_id, partner_id, created_at, idempotency_key,
  topic, partition, position, record_time, key, value, release,
  tries, wait, answer, n
)
ORDER BY order_id, attempt, n
ON CONFLICT DO NOTHING`;

/** See Metastore. */
export async function parkDeliveries(
  run: RunStatement,
  deliveries: readonly (ParkedDelivery & NextTry)[],
): Promise<void> {
  if (deliveries.length === 0) return;
  await run(parkStatement, [
    deliveries.map((delivery) => delivery.orderId),
    deliveries.map((delivery) => delivery.attempt),
    deliveries.map((delivery) => delivery.messageId),
    deliveries.map((delivery) => delivery.partnerId),
    deliveries.map((delivery) => delivery.createdAt),
    deliveries.map((delivery) => delivery.idempotencyKey),
    deliveries.map((delivery) => delivery.record.topic),
    deliveries.map((delivery) => delivery.record.partition),
    deliveries.map((delivery) => delivery.record.offset),
    deliveries.map((delivery) => delivery.record.timestamp),
    deliveries.map((delivery) => delivery.record.key),
    deliveries.map((delivery) => delivery.record.value),
    deliveries.map((delivery) => delivery.record.release),
    deliveries.map((delivery) => delivery.tries),
    deliveries.map((delivery) => delivery.waitMillis),
    deliveries.map((delivery) => delivery.answer),
  ]);
}

// From one partner to the next by the index: there are few of them, and there may be many deliveries.
const partnersStatement = `
WITH RECURSIVE partner AS (
  (SELECT partner_id FROM parked_deliveries ORDER BY partner_id LIMIT 1)
  UNION ALL
  SELECT (
    SELECT p.partner_id FROM parked_deliveries p WHERE p.partner_id > partner.partner_id ORDER BY p.partner_id LIMIT 1
  )
  FROM partner
  WHERE partner.partner_id IS NOT NULL
)
SELECT partner_id AS "partnerId" FROM partner WHERE partner_id IS NOT NULL ORDER BY partner_id`;

/** See Metastore. */
export async function parkedPartners(run: RunStatement): Promise<string[]> {
  return (await run<{ partnerId: string }>(partnersStatement, [])).map(({ partnerId }) => partnerId);
}

// SKIP LOCKED: two workers that lease at the same time get different deliveries, and neither waits. IS TRUE keeps the planner, which
// expects few to be due, from comparing each with each.
const leaseStatement = (chosen: string) => `
WITH due AS MATERIALIZED (
  SELECT order_id, attempt
  FROM parked_deliveries
  WHERE ${chosen} AND next_try_at <= now() AND leased_until < now()
  ORDER BY next_try_at, created_at, order_id, attempt
  LIMIT $1::bigint
  FOR UPDATE SKIP LOCKED
), leased AS (
  UPDATE parked_deliveries
  SET leased_until = now() + $2::float8 * interval '1 millisecond'
  WHERE order_id = ANY (ARRAY (SELECT order_id FROM due)) AND ((order_id, attempt) IN (TABLE due)) IS TRUE
  RETURNING *
)
SELECT
  order_id AS "orderId", attempt, message_id AS "messageId", partner_id AS "partnerId",
  round(extract(epoch FROM created_at) * 1000)::float8 AS "createdAt", idempotency_key AS "idempotencyKey",
  tries, round(extract(epoch FROM now() - parked_at) * 1000)::float8 AS "waitedMillis", given_up AS "givenUp",
  record_topic AS topic, record_partition AS partition, record_offset::float8 AS position,
  round(extract(epoch FROM record_timestamp) * 1000)::float8 AS timestamp,
  record_key AS key, record_value AS value, release,
  (
    SELECT CASE WHEN c.is_failed THEN 'FAILED' ELSE 'DONE' END
    FROM delivery_claims c
    WHERE c.order_key = key_of(leased.order_id) AND c.attempt = leased.attempt AND c.is_failed IS NOT NULL
  ) AS end
FROM leased
ORDER BY next_try_at, created_at, order_id, attempt`;
const leaseOfPartner = leaseStatement(`partner_id = $3 AND given_up = ''`);
const leaseOfGivenUp = leaseStatement(`given_up <> ''`);

type LeasedRow = Omit<LeasedDelivery, 'record' | 'end'> &
  Omit<LeasedDelivery['record'], 'offset'> & { readonly position: number; readonly end: LeasedDelivery['end'] | null };

async function lease(run: RunStatement, statement: string, values: readonly unknown[]): Promise<LeasedDelivery[]> {
  const rows = await run<LeasedRow>(statement, values);
  return rows.map(({ topic, partition, position, timestamp, key, value, release, end, ...delivery }) => ({
    ...delivery,
    ...(end && { end }),
    record: {
      topic,
      partition,
      offset: position,
      timestamp,
      key: new Uint8Array(key),
      value: new Uint8Array(value),
      release,
    },
  }));
}

/** See Metastore. */
export const leaseParkedDeliveries = (run: RunStatement, partnerId: string, limit: number, leaseMillis: number) =>
  lease(run, leaseOfPartner, [limit, leaseMillis, partnerId]);

/** See Metastore. */
export const leaseGivenUpDeliveries = (run: RunStatement, limit: number, leaseMillis: number) =>
  lease(run, leaseOfGivenUp, [limit, leaseMillis]);

// Locked in one order, as whoever leases or removes does. Of a delivery that is named twice, one counts.
const postponeStatement = `
WITH batch AS MATERIALIZED (
  SELECT * FROM unnest($1::text[], $2::smallint[], $3::int[], $4::float8[], $5::text[]) AS b(order_id, attempt, tries, wait, answer)
), held AS MATERIALIZED (
  SELECT order_id, attempt
  FROM parked_deliveries
  WHERE order_id = ANY ($1::text[]) AND (order_id, attempt) IN (SELECT order_id, attempt FROM batch)
  ORDER BY order_id, attempt
  FOR UPDATE
)
UPDATE parked_deliveries p
SET leased_until = '-infinity', tries = b.tries, last_answer = b.answer,
  next_try_at = now() + CASE WHEN p.given_up = '' THEN b.wait ELSE 0 END * interval '1 millisecond'
FROM batch b
WHERE p.order_id = ANY (ARRAY (SELECT order_id FROM held)) AND (p.order_id, p.attempt) = (b.order_id, b.attempt)`;

/** See Metastore. */
export async function postponeDeliveries(
  run: RunStatement,
  deliveries: readonly (DeliveryName & NextTry)[],
): Promise<void> {
  if (deliveries.length === 0) return;
  await run(postponeStatement, [
    deliveries.map(({ orderId }) => orderId),
    deliveries.map(({ attempt }) => attempt),
    deliveries.map(({ tries }) => tries),
    deliveries.map(({ waitMillis }) => waitMillis),
    deliveries.map(({ answer }) => answer),
  ]);
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
