/** Claims of the external-processor and the aggregator in PostgreSQL. metastore/validation.ts says why they are exact. */
import { claimantColumns, claimantOrder, holds, takeOver } from './claimant.js';
import type { RunStatement } from './connection.js';
import { hasFailed, noRecord } from './ended-claims.js';
import type { AggregationAnswer, AggregationClaim, Claim, DeliveryClaim } from './metastore.js';

// A release is an attempt of its own, with a claim of its own: what holds it is the first record of that release. It may
// deliver unless the order was delivered, or is still to be, by another attempt. That is looked up for releases alone.
const deliveryStatement = `
WITH batch AS MATERIALIZED (
  SELECT *
  FROM unnest($1::text[], $2::text[], $3::int[], $4::bigint[], $5::smallint[])
    WITH ORDINALITY AS b(order_id, topic, partition, position, attempt, n)
), claim AS (
  INSERT INTO delivery_claims AS held (order_id, attempt, record_topic, record_partition, record_offset)
  SELECT DISTINCT ON (order_id, attempt) order_id, attempt, topic, partition, position
  FROM batch
  ORDER BY order_id, attempt, n
  ON CONFLICT (order_id, attempt) DO UPDATE SET record_topic = held.record_topic
  RETURNING order_id, attempt, record_topic, record_partition, record_offset, is_done, is_failed
)
SELECT
  CASE
    WHEN c.record_topic <> '${noRecord}'
      AND (b.topic, b.partition, b.position) <> (c.record_topic, c.record_partition, c.record_offset) THEN 'REPEAT'
    WHEN c.is_done AND ${hasFailed('c')} THEN 'FAILED'
    WHEN c.is_done OR EXISTS (
      SELECT FROM parked_deliveries p WHERE p.order_id = b.order_id AND p.attempt = b.attempt
    ) THEN 'DONE'
    WHEN b.attempt > 1 AND (
      EXISTS (SELECT FROM delivery_claims o WHERE o.order_id = b.order_id AND o.is_done AND NOT ${hasFailed('o')})
      OR EXISTS (
        SELECT FROM parked_deliveries p
        WHERE p.order_id = b.order_id AND NOT EXISTS (
          SELECT FROM delivery_claims o WHERE o.order_id = p.order_id AND o.attempt = p.attempt AND o.is_done
        )
      )
    ) THEN 'REPEAT'
    ELSE 'OPEN'
  END AS claim
FROM batch b
JOIN claim c USING (order_id, attempt)
ORDER BY b.n`;

/** See Metastore. */
export async function claimDeliveries(run: RunStatement, claims: readonly Claim[]): Promise<DeliveryClaim[]> {
  if (claims.length === 0) return [];
  const rows = await run<{ claim: DeliveryClaim }>(deliveryStatement, [
    claims.map((claim) => claim.orderId),
    claims.map((claim) => claim.topic),
    claims.map((claim) => claim.partition),
    claims.map((claim) => claim.offset),
    claims.map((claim) => (claim.released?.number ?? 0) + 1),
  ]);
  return rows.map((row) => row.claim);
}

const aggregationStatement = `
WITH batch AS MATERIALIZED (
  SELECT *
  FROM unnest($1::text[], $2::int[], $3::bigint[], $4::smallint[], $5::int[], $6::bigint[], $7::text[], $8::boolean[])
    WITH ORDINALITY AS b(topic, partition, position, release, copy_partition, copy_position, order_id, is_too_late, n)
), claim AS (
  INSERT INTO aggregation_claims AS held
    (order_id, record_topic, record_partition, record_offset, release, copy_partition, copy_offset, is_too_late)
  SELECT DISTINCT ON (order_id)
    order_id, topic, partition, position, release, copy_partition, copy_position, is_too_late
  FROM batch
  ORDER BY order_id, ${claimantOrder}
  ON CONFLICT (order_id) DO UPDATE SET ${takeOver('is_too_late')}
  RETURNING order_id, record_topic, record_partition, record_offset, release, copy_partition, copy_offset, is_too_late
)
SELECT CASE WHEN NOT ${holds('b', 'c')} THEN 'REPEAT' WHEN c.is_too_late THEN 'TOO_LATE' ELSE 'COUNTS' END AS claim
FROM batch b
JOIN claim c USING (order_id)
ORDER BY b.n`;

/** See Metastore. */
export async function claimForAggregation(
  run: RunStatement,
  claims: readonly AggregationClaim[],
): Promise<AggregationAnswer[]> {
  if (claims.length === 0) return [];
  const values = [
    ...claimantColumns(claims),
    claims.map((claim) => claim.orderId),
    claims.map((claim) => claim.isTooLate),
  ];
  const rows = await run<{ claim: AggregationAnswer }>(aggregationStatement, values);
  return rows.map((row) => row.claim);
}
