/** Which records hold the claims on an order. */
import type pg from 'pg';
import { isOf } from './line-keys.js';

export interface ClaimLine {
  readonly of: 'message' | 'order' | 'delivery' | 'aggregation';
  /** Set for a message, and for the message that holds the order. */
  readonly messageId: string | null;
  /** topic/partition/offset of the record; null for an order, which its message holds, and for a delivery that ended before a record asked. */
  readonly record: string | null;
  /** Of a delivery: its attempt, and whether it has ended. */
  readonly attempt: number | null;
  readonly isDone: boolean | null;
}

const record = `topic || '/' || partition || '/' || offset_in(record)`;
const from = (table: string) => `FROM ${table} c LEFT JOIN places p ON p.id = place_in(c.record)`;

const query = `
SELECT * FROM (
SELECT 'message' AS of, asked.id AS "messageId", ${record} AS record, NULL::int AS attempt, NULL::boolean AS "isDone"
FROM (SELECT DISTINCT id, key_of(id) AS message_key FROM unnest($2::text[]) AS id) asked
JOIN (SELECT * ${from('message_claims')}) c USING (message_key)
UNION ALL
SELECT 'order', l.message_id, NULL, NULL, NULL
FROM order_claims c
CROSS JOIN LATERAL (SELECT max(id_in(message_id)) AS message_id FROM status_lines l WHERE ${isOf('l.line', 'c.publication')}) l
WHERE order_key = key_of($1) AND l.message_id IS NOT NULL
UNION ALL
SELECT 'delivery', NULL, ${record}, attempt, is_failed IS NOT NULL ${from('delivery_claims')} WHERE order_key = key_of($1)
UNION ALL
SELECT 'aggregation', NULL, ${record}, NULL, NULL ${from('aggregation_claims')} WHERE order_key = key_of($1)
) claims
ORDER BY array_position(ARRAY['message', 'order', 'delivery', 'aggregation'], of), "messageId", attempt`;

/** The claims on an order and on those of its messages. */
export async function orderClaims(pool: pg.Pool, orderId: string, messageIds: readonly string[]): Promise<ClaimLine[]> {
  const { rows } = await pool.query<ClaimLine>(query, [orderId, messageIds]);
  return rows;
}
