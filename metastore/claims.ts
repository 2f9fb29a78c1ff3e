/** Claims of the external-processor and the aggregator in PostgreSQL. metastore/validation.ts says why they are exact, and joined so. */
import { claimantColumns, claimantOrder, holds, takeOver } from './claimant.js';
import type { RunStatement } from './connection.js';
import { noRecord } from './ended-claims.js';
import type { AggregationAnswer, AggregationClaim, Claim, DeliveryClaim, EarlierAnswer } from './metastore.js';
import { placed } from './places.js';

// A release is an attempt of its own, with a claim of its own: what holds it is the first record of that release. It may
// deliver unless the order was delivered, or is still to be, by another attempt. That is looked up for releases alone.
const deliveryStatement = `
WITH batch AS MATERIALIZED (
  SELECT *, key_of(order_id) AS order_key
  FROM unnest($1::text[], $2::text[], $3::int[], $4::bigint[], $5::smallint[])
    WITH ORDINALITY AS b(order_id, topic, partition, position, attempt, n)
), ${placed}, claim AS (
  INSERT INTO delivery_claims AS held (order_key, attempt, record)
  SELECT DISTINCT ON (order_key, attempt) order_key, attempt, record
  FROM placed
  ORDER BY order_key, attempt, n
  ON CONFLICT (order_key, attempt) DO UPDATE SET record = held.record
  RETURNING order_key, attempt, record, is_failed
)
SELECT
  CASE
    WHEN c.record NOT IN (${noRecord}, b.record) THEN 'REPEAT'
    WHEN c.is_failed THEN 'FAILED'
    WHEN NOT c.is_failed OR EXISTS (
      SELECT FROM parked_deliveries d WHERE d.order_id = b.order_id AND d.attempt = b.attempt
    ) THEN 'DONE'
    WHEN b.attempt > 1 AND (
      EXISTS (SELECT FROM delivery_claims o WHERE o.order_key = b.order_key AND NOT o.is_failed)
      OR EXISTS (
        SELECT FROM parked_deliveries d
        WHERE d.order_id = b.order_id AND NOT EXISTS (
          SELECT FROM delivery_claims o WHERE o.order_key = b.order_key AND o.attempt = d.attempt AND o.is_failed IS NOT NULL
        )
      )
    ) THEN 'REPEAT'
    ELSE 'OPEN'
  END AS claim
FROM placed b
FULL JOIN claim c USING (order_key, attempt)
WHERE coalesce(b.n, 0) > 0
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
  SELECT *, key_of(order_id) AS order_key
  FROM unnest($1::text[], $2::int[], $3::bigint[], $4::smallint[], $5::text[], $6::text[], $7::boolean[])
    WITH ORDINALITY AS b(topic, partition, position, release, copy, order_id, is_too_late, n)
), ${placed}, claim AS (
  INSERT INTO aggregation_claims AS held (order_key, record, is_too_late, release, copy)
  SELECT DISTINCT ON (order_key) order_key, record, nullif(is_too_late, false), release, copy
  FROM placed
  ORDER BY order_key, ${claimantOrder('aggregation_claims', 'order_key')}
  ON CONFLICT (order_key) DO UPDATE SET ${takeOver('is_too_late')}
  RETURNING order_key, record, is_too_late, release, copy
)
SELECT CASE WHEN NOT ${holds('b', 'c')} THEN 'REPEAT' WHEN c.is_too_late THEN 'TOO_LATE' ELSE 'COUNTS' END AS claim
FROM placed b
FULL JOIN claim c USING (order_key)
WHERE coalesce(b.n, 0) > 0
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

// OFFSET 0: each row by the index, and no join that reads the table as a whole.
const earlierStatement = `
WITH batch AS MATERIALIZED (
  SELECT *, key_of(order_id) AS order_key
  FROM unnest($1::text[], $2::int[], $3::bigint[], $4::smallint[], $5::text[], $6::text[])
    WITH ORDINALITY AS b(topic, partition, position, release, copy, order_id, n)
), placed AS MATERIALIZED (
  SELECT b.*, record_at((SELECT p.id FROM places p WHERE p.topic = b.topic AND p.partition = b.partition), b.position) AS record
  FROM batch b
)
SELECT
  CASE
    WHEN c.order_key IS NULL THEN 'UNCLAIMED'
    WHEN ${holds('b', 'c')} IS NOT TRUE THEN 'REPEAT'
    WHEN c.is_too_late THEN 'TOO_LATE'
    ELSE 'COUNTS'
  END AS answer
FROM placed b
LEFT JOIN LATERAL (SELECT * FROM aggregation_claims held WHERE held.order_key = b.order_key OFFSET 0) c ON TRUE
ORDER BY b.n`;

/** See Metastore. */
export async function answersForAggregation(
  run: RunStatement,
  claims: readonly AggregationClaim[],
): Promise<EarlierAnswer[]> {
  if (claims.length === 0) return [];
  const values = [...claimantColumns(claims), claims.map((claim) => claim.orderId)];
  const rows = await run<{ answer: EarlierAnswer }>(earlierStatement, values);
  return rows.map((row) => row.answer);
}
