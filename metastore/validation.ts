/** The validator's one question to PostgreSQL: who holds the message, and what the rules need to know. */
import { claimantColumns, claimantOrder, holds, takeOver } from './claimant.js';
import type { RunStatement } from './connection.js';
import { ofNetwork, storedAddress, storedEmbedded } from './lookups.js';
import type { ValidationFacts, ValidationQuery } from './metastore.js';
import { placed } from './places.js';

/** So much of a content is kept, 8 bytes: to find another one with the same takes 2^64 tries, and that one would go unseen. */
const contentNumber = (content: Uint8Array) => Buffer.from(content).readBigInt64BE();

// `ON CONFLICT … DO UPDATE` that changes nothing, not `DO NOTHING`: it waits for the other transaction that claims the
// same id, and returns the row that won even when that was committed after this statement's snapshot, where a plain
// SELECT would not see it. Rows go in sorted, so that workers with overlapping batches wait for each other in one direction only and
// never deadlock. DISTINCT ON: within a batch the earlier record wins, unless a later one is a release: claimant.ts.
//
// Each record has its claim, so a full join finds no more than another join would: status-history.ts says what it is for.
const statement = `
WITH batch AS MATERIALIZED (
  SELECT
    *, key_of(message_id) AS message_key, key_of(order_id) AS order_key, publication_key(millis, order_id, message_id, '') AS publication
  FROM unnest(
    $1::text[], $2::int[], $3::bigint[], $4::smallint[], $5::text[],
    $6::text[], $7::text[], $8::float8[], $9::bigint[], $10::text[], $11::inet[], $12::text[], $13::text[], $14::inet[]
  ) WITH ORDINALITY AS b(
    topic, partition, position, release, copy,
    order_id, message_id, millis, content, customer_id, address, from_location, to_location, embedded, n
  )
), ${placed}, message AS (
  INSERT INTO message_claims AS held (message_key, publication, content, record, release, copy)
  SELECT DISTINCT ON (message_key) message_key, publication, content, record, release, copy
  FROM placed
  ORDER BY message_key, ${claimantOrder('message_claims', 'message_key')}
  ON CONFLICT (message_key) DO UPDATE SET ${takeOver()}
  RETURNING message_key, content, record, release, copy
)
SELECT
  CASE
    WHEN b.content <> coalesce(m.content, b.content) THEN 'REUSED'
    WHEN NOT ${holds('b', 'm')} THEN 'REDELIVERY'
    WHEN EXISTS (
      SELECT FROM order_claims c
      WHERE c.order_key = b.order_key AND c.publication <> b.publication AND NOT is_rejected(c.publication)
    ) THEN 'DUPLICATE'
    ELSE 'FIRST'
  END AS claim,
  ${ofNetwork('fraud_networks', 'network::text')} AS "fraudNetwork",
  EXISTS (SELECT FROM payment_defaulters d WHERE d.customer_id = b.customer_id) AS "isDefaulter",
  EXISTS (SELECT FROM order_cancellations c WHERE c.order_id = b.order_id) AS "isCancelled",
  lead.minutes AS "leadTimeMinutes"
FROM placed b
FULL JOIN message m USING (message_key)
LEFT JOIN locations origin ON origin.location_id = b.from_location
LEFT JOIN locations destination ON destination.location_id = b.to_location
LEFT JOIN lead_times lead ON lead.from_region = origin.region AND lead.to_region = destination.region
WHERE coalesce(b.n, 0) > 0
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
    queries.map((query) => query.createdAt),
    queries.map((query) => contentNumber(query.content)),
    queries.map((query) => query.customerId),
    queries.map((query) => storedAddress(query.ipAddress)),
    queries.map((query) => query.fromLocationId),
    queries.map((query) => query.toLocationId),
    queries.map((query) => storedEmbedded(query.ipAddress)),
  ]);
}
