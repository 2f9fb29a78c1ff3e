/** The backfills that write panes, each with its number. */
import type { PoolClient } from './connection.js';

/** Windows that begin from `from` on, and before `to`; ms since the epoch. */
export interface BackfilledWindows {
  readonly from: number;
  readonly to: number;
}

/** Writes a backfill down that begins, and answers with its number: larger than that of any before. */
export async function recordBackfill(client: PoolClient, { from, to }: BackfilledWindows): Promise<number> {
  const { rows } = await client.query<{ revision: number }>(
    `INSERT INTO backfills (windows_from, windows_to)
     VALUES (to_timestamp($1::float8 / 1000), to_timestamp($2::float8 / 1000)) RETURNING revision`,
    [from, to],
  );
  return rows[0]!.revision;
}
