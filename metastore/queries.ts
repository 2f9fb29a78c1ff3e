/** What the commands ask of the metastore: an order's story, and the statuses of all orders. Nothing is changed. */
import type pg from 'pg';
import { statuses, type Status } from '../model/statuses.js';
import { readReleases, type ReleaseLine } from './releases.js';
import { dayOf } from './status-history.js';

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

/**
 * The statuses that a publication of an order had, each with the time it was recorded. Times in milliseconds. Of deliveries
 * only those of the newest attempt: what was released has another outcome now, or will have.
 */
export interface PublicationStatuses {
  readonly orderId: string;
  readonly messageId: string;
  readonly createdAt: number;
  readonly isAccepted: boolean;
  readonly statuses: Readonly<Partial<Record<Status, number>>>;
  /** The newest attempt to deliver; 0 where there was none. */
  readonly attempt: number;
}

const pageQuery = `
SELECT
  h.order_id AS "orderId", h.message_id AS "messageId", ${millis('h.created_at')} AS "createdAt",
  EXISTS (
    SELECT FROM order_claims c WHERE c.order_id = h.order_id AND c.message_id = h.message_id
  ) AS "isAccepted",
  h.statuses, h.attempt
FROM (
  SELECT
    order_id, message_id, min(created_at) AS created_at, coalesce(max(newest), 0) AS attempt,
    json_object_agg(status, ${millis('recorded_at')}) AS statuses
  FROM (
    SELECT
      order_id, message_id, created_at, status, recorded_at, attempt, recorded_by = 'external-processor' AS is_delivery,
      max(attempt) FILTER (WHERE recorded_by = 'external-processor') OVER (PARTITION BY order_id, message_id) AS newest
    FROM status_history
    WHERE (order_id, message_id) > ($1, $2) AND created_on >= $3::date AND ($5::text IS NULL OR order_id <= $5)
  ) line
  WHERE NOT is_delivery OR attempt = newest
  GROUP BY order_id, message_id
  ORDER BY order_id, message_id
  LIMIT $4
) h
ORDER BY h.order_id, h.message_id`;

/**
 * Reads the statuses of all publications in pages, ordered by order id and message id; only those of orders created on
 * the day (UTC) of `since` or later, in milliseconds since the epoch, and with order ids in the range, its ends included.
 * Lines that are recorded meanwhile may be missing.
 */
export async function* latestStatuses(
  pool: pg.Pool,
  since?: number,
  pageSize = 5_000,
  range?: { readonly first: string; readonly last: string },
): AsyncGenerator<PublicationStatuses[]> {
  const from = since === undefined ? '-infinity' : dayOf(since);
  let last = { orderId: range?.first ?? '', messageId: '' };
  for (;;) {
    const values = [last.orderId, last.messageId, from, pageSize, range?.last ?? null];
    const { rows } = await pool.query<PublicationStatuses>(pageQuery, values);
    if (rows.length > 0) yield rows;
    if (rows.length < pageSize) return;
    last = rows.at(-1)!;
  }
}
