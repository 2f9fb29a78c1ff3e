/** What the commands ask of the metastore: an order's story, and how many orders had each status. Nothing is changed. */
import type pg from 'pg';
import { statuses, type Status } from '../model/statuses.js';
import { readReleases, type ReleaseLine } from './releases.js';

/** One line of a history. Times are milliseconds since the epoch. */
export interface StoryLine {
  readonly status: Status;
  readonly recordedAt: number;
  readonly recordedBy: string;
  readonly detail: string;
  /** 1, and one more for each release of the order's dead letter at this stage. */
  readonly attempt: number;
  /** Empty, or the record (partition@offset) on `raw_order` that was set aside under these ids, and is none of the publication's. */
  readonly about: string;
}

export interface Publication {
  readonly messageId: string;
  /** Whether this publication holds the claim on the order: the others are its duplicates. */
  readonly isAccepted: boolean;
  /** The order's created_at; null where no status is recorded yet. */
  readonly createdAt: number | null;
  readonly lines: readonly StoryLine[];
}

export interface OrderStory {
  readonly orderId: string;
  /** The accepted one first, then by time. */
  readonly publications: readonly Publication[];
  /** Set while the delivery waits for its partner. */
  readonly parked: { readonly since: number; readonly leasedUntil: number | null } | null;
  readonly cancelledAt: number | null;
  /** When its dead letters were sent back; the history shows those that came to their stage. */
  readonly releases: readonly ReleaseLine[];
}

const millis = (time: string) => `round(extract(epoch FROM ${time}) * 1000)::float8`;

const publicationsQuery = `
SELECT
  coalesce(h.message_id, c.message_id) AS "messageId",
  coalesce(h.message_id, c.message_id) IS NOT DISTINCT FROM c.message_id AS "isAccepted",
  ${millis('min(h.created_at)')} AS "createdAt",
  coalesce(
    json_agg(
      json_build_object(
        'status', h.status, 'recordedAt', ${millis('h.recorded_at')},
        'recordedBy', h.recorded_by, 'detail', h.detail, 'attempt', h.attempt, 'about', h.about
      ) ORDER BY h.recorded_at, array_position($2::text[], h.status)
    ) FILTER (WHERE h.status IS NOT NULL),
    '[]'
  ) AS lines
FROM (SELECT * FROM status_history WHERE order_id = $1) h
FULL JOIN (SELECT * FROM order_claims WHERE order_id = $1) c USING (order_id, message_id)
GROUP BY 1, c.message_id, h.message_id
ORDER BY "isAccepted" DESC, min(h.recorded_at), 1`;

const stateQuery = `
SELECT
  ${millis('p.parked_at')} AS since,
  CASE WHEN p.leased_until > now() THEN ${millis('p.leased_until')} END AS "leasedUntil",
  ${millis('c.cancelled_at')} AS "cancelledAt"
FROM (VALUES ($1::text)) o(order_id)
LEFT JOIN parked_deliveries p USING (order_id)
LEFT JOIN order_cancellations c USING (order_id)
-- The attempt before a release may still be there for a moment.
ORDER BY p.attempt DESC
LIMIT 1`;

interface StateRow {
  readonly since: number | null;
  readonly leasedUntil: number | null;
  readonly cancelledAt: number | null;
}

/** All that is known of an order; null where nothing is. */
export async function orderStory(pool: pg.Pool, orderId: string): Promise<OrderStory | null> {
  const { rows: publications } = await pool.query<Publication>(publicationsQuery, [orderId, statuses]);
  const { rows } = await pool.query<StateRow>(stateQuery, [orderId]);
  const { since, leasedUntil, cancelledAt } = rows[0]!;
  const releases = await readReleases(pool, { orderId });
  if (publications.length === 0 && since === null && cancelledAt === null && releases.length === 0) return null;
  return { orderId, publications, parked: since === null ? null : { since, leasedUntil }, cancelledAt, releases };
}

/** How many publications of orders (order id and message id) ever had each status. */
export async function countStatuses(pool: pg.Pool): Promise<Record<Status, number>> {
  const { rows } = await pool.query<{ status: Status; count: number }>(
    'SELECT status, count(*)::float8 AS count FROM status_history GROUP BY status',
  );
  const counts = new Map(rows.map((row) => [row.status, row.count]));
  return Object.fromEntries(statuses.map((status) => [status, counts.get(status) ?? 0])) as Record<Status, number>;
}
