/** Claims of the external-processor and the aggregator in PostgreSQL. metastore/validation.ts says why they are exact. */
import type { RunStatement } from './connection.js';
import type { Claim, DeliveryClaim } from './metastore.js';

const batch = `
WITH batch AS MATERIALIZED (
  SELECT *
  FROM unnest($1::text[], $2::text[], $3::int[], $4::bigint[]) WITH ORDINALITY AS b(order_id, topic, partition, position, n)
)`;

const firstOfEachOrder = `
  SELECT DISTINCT ON (order_id) order_id, topic, partition, position FROM batch ORDER BY order_id, n`;

const isHolder = '(b.topic, b.partition, b.position) = (c.record_topic, c.record_partition, c.record_offset)';

const deliveryStatement = `${batch}, claim AS (
  INSERT INTO delivery_claims AS held (order_id, record_topic, record_partition, record_offset) ${firstOfEachOrder}
  ON CONFLICT (order_id, attempt) DO UPDATE SET record_topic = held.record_topic
  RETURNING order_id, record_topic, record_partition, record_offset, is_done
)
SELECT
  CASE
    WHEN NOT ${isHolder} THEN 'REPEAT'
    -- Looked up only when a record is read again after its end, which is rare.
    WHEN c.is_done AND NOT EXISTS (
      SELECT FROM status_history h WHERE h.order_id = b.order_id AND h.status = 'DELIVERED'
    ) THEN 'FAILED'
    WHEN c.is_done OR EXISTS (SELECT FROM parked_deliveries p WHERE p.order_id = b.order_id) THEN 'DONE'
    ELSE 'OPEN'
  END AS claim
FROM batch b
JOIN claim c USING (order_id)
ORDER BY b.n`;

const aggregationStatement = `${batch}, claim AS (
  INSERT INTO aggregation_claims AS held (order_id, record_topic, record_partition, record_offset) ${firstOfEachOrder}
  ON CONFLICT (order_id) DO UPDATE SET record_topic = held.record_topic
  RETURNING order_id, record_topic, record_partition, record_offset
)
SELECT ${isHolder} AS claim
FROM batch b
JOIN claim c USING (order_id)
ORDER BY b.n`;

async function claimsOf<T>(run: RunStatement, statement: string, claims: readonly Claim[]): Promise<T[]> {
  if (claims.length === 0) return [];
  const rows = await run<{ claim: T }>(statement, [
    claims.map((claim) => claim.orderId),
    claims.map((claim) => claim.topic),
    claims.map((claim) => claim.partition),
    claims.map((claim) => claim.offset),
  ]);
  return rows.map((row) => row.claim);
}

/** See Metastore. */
export function claimDeliveries(run: RunStatement, claims: readonly Claim[]): Promise<DeliveryClaim[]> {
  return claimsOf(run, deliveryStatement, claims);
}

/** See Metastore. */
export function claimForAggregation(run: RunStatement, claims: readonly Claim[]): Promise<boolean[]> {
  return claimsOf(run, aggregationStatement, claims);
}
