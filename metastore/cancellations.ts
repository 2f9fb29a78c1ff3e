/** Orders that their customers cancelled. */
import type pg from 'pg';

const batchSize = 5_000;

/**
 * Marks the orders as cancelled: the validator rejects those it has not passed yet. Orders that are unknown so far are
 * marked too. Safe to call again; the number of those that were not cancelled before.
 */
export async function cancelOrders(client: Pick<pg.ClientBase, 'query'>, orderIds: readonly string[]): Promise<number> {
  let added = 0;
  for (let start = 0; start < orderIds.length; start += batchSize) {
    const { rowCount } = await client.query(
      `INSERT INTO order_cancellations (order_id)
       SELECT DISTINCT order_id FROM unnest($1::text[]) AS b(order_id) ORDER BY order_id
       ON CONFLICT DO NOTHING`,
      [orderIds.slice(start, start + batchSize)],
    );
    added += rowCount ?? 0;
  }
  return added;
}
