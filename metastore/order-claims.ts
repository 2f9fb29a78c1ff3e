/** Which records hold the claims on an order. */
import type pg from 'pg';

export interface ClaimLine {
  readonly of: 'message' | 'order' | 'delivery' | 'aggregation';
  /** Set for a message, and for the message that holds the order. */
  readonly messageId: string | null;
  /** topic/partition/offset of the record; null for an order, which its message holds. */
  readonly record: string | null;
  /** Of a delivery: its attempt, and whether it has ended. */
  readonly attempt: number | null;
  readonly isDone: boolean | null;
  /** Milliseconds since the epoch. */
  readonly claimedAt: number;
}

const record = `record_topic || '/' || record_partition || '/' || record_offset`;
const millis = 'round(extract(epoch FROM claimed_at) * 1000)::float8';

const query = `
SELECT 'message' AS of, message_id AS "messageId", ${record} AS record, NULL::int AS attempt, NULL::boolean AS "isDone",
  ${millis} AS "claimedAt"
FROM message_claims WHERE message_id = ANY ($2::text[])
UNION ALL
SELECT 'order', message_id, NULL, NULL, NULL, ${millis} FROM order_claims WHERE order_id = $1
UNION ALL
SELECT 'delivery', NULL, ${record}, attempt, is_done, ${millis} FROM delivery_claims WHERE order_id = $1
UNION ALL
SELECT 'aggregation', NULL, ${record}, NULL, NULL, ${millis} FROM aggregation_claims WHERE order_id = $1
ORDER BY "claimedAt", of, attempt`;

/** The claims on an order and on those of its messages, the oldest first. */
export async function orderClaims(pool: pg.Pool, orderId: string, messageIds: readonly string[]): Promise<ClaimLine[]> {
  const { rows } = await pool.query<ClaimLine>(query, [orderId, messageIds]);
  return rows;
}
