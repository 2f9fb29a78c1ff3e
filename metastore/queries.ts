/** What the commands ask of the metastore: an order's story, and how many orders had each status. Nothing is changed. */
import type pg from 'pg';
import { statuses, type Status } from '../model/statuses.js';
import { attemptIn, bearsOrder, isOf, numberOf, recorderIn, recorders } from './line-keys.js';
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

// Each line's publication has the ids in one of its lines, and rarely in two.
const publicationsQuery = `
SELECT
  p.message_id AS "messageId",
  coalesce(bool_or(c.publication = p.publication), false) AS "isAccepted",
  min(created_millis(l.line))::float8 AS "createdAt",
  json_agg(
    json_build_object(
      'status', ($2::text[])[l.status + 1], 'recordedAt', ${millis('l.recorded_at')},
      'recordedBy', ($3::text[])[${recorderIn('l.line')} + 1], 'detail', coalesce(l.detail, l.facts, ''), 'attempt', ${attemptIn('l.line')}, 'about', coalesce(p.about, '')
    ) ORDER BY l.recorded_at, l.status
  ) AS lines
FROM (
  SELECT DISTINCT publication_of(line) AS publication, id_in(message_id) AS message_id, about
  FROM status_lines i
  WHERE ${bearsOrder('i', '$1')}
) p
JOIN status_lines l ON ${isOf('l.line', 'p.publication')}
LEFT JOIN order_claims c ON c.order_key = key_of($1)
GROUP BY p.message_id
ORDER BY "isAccepted" DESC, min(l.recorded_at), 1`;

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
  const { rows: publications } = await pool.query<Publication>(publicationsQuery, [orderId, statuses, recorders]);
  const { rows } = await pool.query<StateRow>(stateQuery, [orderId]);
  const { since, leasedUntil, cancelledAt } = rows[0]!;
  const releases = await readReleases(pool, { orderId });
  if (publications.length === 0 && since === null && cancelledAt === null && releases.length === 0) return null;
  return { orderId, publications, parked: since === null ? null : { since, leasedUntil }, cancelledAt, releases };
}

/** How many publications of orders (order id and message id) ever had each status. */
export async function countStatuses(pool: pg.Pool): Promise<Record<Status, number>> {
  const { rows } = await pool.query<{ status: number; count: number }>(
    'SELECT status, count(*)::float8 AS count FROM status_lines GROUP BY status',
  );
  const counts = new Map(rows.map((row) => [row.status, row.count]));
  return Object.fromEntries(statuses.map((status) => [status, counts.get(numberOf(status)) ?? 0])) as Record<
    Status,
    number
  >;
}
