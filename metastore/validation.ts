/** The validator's one question to PostgreSQL: who holds the message, and what the rules need to know. */
import { claimantColumns, claimantOrder, holds, takeOver } from './claimant.js';
import type { RunStatement } from './connection.js';
import { ofNetwork, storedAddress, storedEmbedded } from './lookups.js';
import type { ValidationFacts, ValidationQuery } from './metastore.js';

// `ON CONFLICT … DO UPDATE` that changes nothing, not `DO NOTHING`: it waits for the other transaction that claims the
// same id, and returns the row that won even when that was committed after this statement's snapshot, where a plain
// SELECT would not see it. Rows go in sorted, so that workers with overlapping batches wait for each other in one direction only and
// never deadlock. DISTINCT ON: within a batch the earlier record wins, unless a later one is a release: claimant.ts.
const statement = `
WITH batch AS MATERIALIZED (
  SELECT *
  FROM unnest(
    $1::text[], $2::int[], $3::bigint[], $4::smallint[], $5::int[], $6::bigint[],
    $7::text[], $8::text[], $9::bytea[], $10::text[], $11::inet[], $12::text[], $13::text[], $14::inet[]
  ) WITH ORDINALITY AS b(
    topic, partition, position, release, copy_partition, copy_position,
    order_id, message_id, content, customer_id, address, from_location, to_location, embedded, n
  )
), message AS (
  INSERT INTO message_claims AS held
    (message_id, order_id, content, record_topic, record_partition, record_offset, release, copy_partition, copy_offset)
  SELECT DISTINCT ON (message_id)
    message_id, order_id, content, topic, partition, position, release, copy_partition, copy_position
  FROM batch
  ORDER BY message_id, ${claimantOrder}
  ON CONFLICT (message_id) DO UPDATE SET ${takeOver()}
  RETURNING message_id, order_id, content, record_topic, record_partition, record_offset, release, copy_partition, copy_offset
)
SELECT
  CASE
    WHEN (b.order_id, b.content) <> (coalesce(m.order_id, b.order_id), coalesce(m.content, b.content)) THEN 'REUSED'
    WHEN NOT ${holds('b', 'm')} THEN 'REDELIVERY'
    WHEN EXISTS (
      SELECT FROM order_claims c
      WHERE c.order_id = b.order_id AND c.message_id <> b.message_id AND NOT EXISTS (
        SELECT FROM status_history h
        WHERE h.order_id = c.order_id AND h.message_id = c.message_id AND h.status = 'REJECTED'
      )
    ) THEN 'DUPLICATE'
    ELSE 'FIRST'
  END AS claim,
  ${ofNetwork('fraud_networks', 'network::text')} AS "fraudNetwork",
  EXISTS (SELECT FROM payment_defaulters d WHERE d.customer_id = b.customer_id) AS "isDefaulter",
  EXISTS (SELECT FROM order_cancellations c WHERE c.order_id = b.order_id) AS "isCancelled",
  lead.minutes AS "leadTimeMinutes"
FROM batch b
JOIN message m USING (message_id)
LEFT JOIN locations origin ON origin.location_id = b.from_location
LEFT JOIN locations destination ON destination.location_id = b.to_location
LEFT JOIN lead_times lead ON lead.from_region = origin.region AND lead.to_region = destination.region
ORDER BY b.n`;

/** See Metastore. */
export async function lookupForValidation(
  run: RunStatement,
  queries: readonly ValidationQuery[],
): Promise<ValidationFacts[]> {
  if (queries.length === 0) return [];
  return run<ValidationFacts>(statement, [
    ...claimantColumns(queries),
    queries.map((query) => query.orderId),
    queries.map((query) => query.messageId),
    queries.map((query) => query.content),
    queries.map((query) => query.customerId),
    queries.map((query) => storedAddress(query.ipAddress)),
    queries.map((query) => query.fromLocationId),
    queries.map((query) => query.toLocationId),
    queries.map((query) => storedEmbedded(query.ipAddress)),
  ]);
}
