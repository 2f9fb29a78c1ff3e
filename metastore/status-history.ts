/** Adds lines to the status history in PostgreSQL: one statement, which decides by the table of transitions. */
import type { StageName } from '../model/stages.js';
import { statuses } from '../model/statuses.js';
import { bitsOf, deliveryOutcomes, forbiddenBits, ofAttempt, transitions } from '../model/transitions.js';
import type { RunStatement } from './connection.js';
import type { StatusChange } from './metastore.js';

// The lines of a publication and attempt are taken one after the other, as if each had come alone: `state` starts with what
// the history holds, and steps from line to line with what was let in so far. A set of statuses is an integer (bitsOf).
// The days of the batch ($8) are given apart, so that the planner leaves out the other partitions.
const statement = `
WITH RECURSIVE line AS MATERIALIZED (
  SELECT
    b.*, 1 << array_position($9::text[], b.status) AS bit, t.after, t.forbidden,
    row_number() OVER (PARTITION BY created_on, order_id, message_id, attempt ORDER BY n) AS step
  FROM (
    SELECT *, to_timestamp(millis / 1000.0) AS created_at, (to_timestamp(millis / 1000.0) AT TIME ZONE 'UTC')::date AS created_on
    FROM unnest($1::text[], $2::text[], $3::float8[], $4::text[], $5::text[], $6::text[], $7::smallint[])
      WITH ORDINALITY AS b(order_id, message_id, millis, status, recorded_by, detail, attempt, n)
  ) b
  JOIN unnest($9::text[], $10::int[], $11::int[]) AS t(status, after, forbidden) USING (status)
), state AS (
  SELECT
    created_on, order_id, message_id, attempt, 0::bigint AS step, false AS is_new,
    $12::int | coalesce((
      SELECT bit_or(1 << array_position($9::text[], h.status))
      FROM status_history h
      WHERE h.created_on = ANY ($8::date[]) AND h.created_on = publication.created_on
        AND h.order_id = publication.order_id AND h.message_id = publication.message_id
        AND (h.attempt = publication.attempt OR h.status <> ALL ($15::text[]))
    ), 0) AS held
  FROM (SELECT DISTINCT created_on, order_id, message_id, attempt FROM line) publication
  UNION ALL
  SELECT
    created_on, order_id, message_id, attempt, line.step, allowed.yes,
    CASE WHEN allowed.yes THEN state.held | line.bit ELSE state.held END
  FROM state
  JOIN line USING (created_on, order_id, message_id, attempt)
  CROSS JOIN LATERAL (
    SELECT state.held & line.after <> 0 AND state.held & line.forbidden = 0 AS yes
  ) allowed
  WHERE line.step = state.step + 1
), added AS MATERIALIZED (
  SELECT line.*, state.held FROM line JOIN state USING (created_on, order_id, message_id, attempt, step) WHERE state.is_new
), history AS (
  -- Sorted, so that two workers with the same lines never deadlock.
  INSERT INTO status_history (created_on, order_id, message_id, status, attempt, created_at, recorded_by, detail)
  SELECT created_on, order_id, message_id, status, attempt, created_at, recorded_by, detail
  FROM added
  ORDER BY created_on, order_id, message_id, attempt, status <> 'RELEASED', bit, recorded_by
  ON CONFLICT DO NOTHING
), outcome AS MATERIALIZED (
  -- Another stage's dead letter under the same ids ends no delivery.
  SELECT order_id, attempt FROM added WHERE bit & $13::int <> 0 AND held & $14::int <> 0 AND recorded_by = $16::text
), ended AS MATERIALIZED (
  -- The array is for the planner, which takes the index then, whatever it thinks of the claims' number.
  SELECT order_id, attempt
  FROM delivery_claims
  WHERE NOT is_done
    AND order_id = ANY (ARRAY (SELECT order_id FROM outcome))
    AND (order_id, attempt) IN (SELECT order_id, attempt FROM outcome)
  ORDER BY order_id, attempt
  FOR UPDATE
)
UPDATE delivery_claims SET is_done = true
WHERE order_id = ANY (ARRAY (SELECT order_id FROM ended)) AND (order_id, attempt) IN (SELECT order_id, attempt FROM ended)`;

const deliveringStage: StageName = 'external-processor';

const rules = [
  statuses,
  statuses.map((status) => bitsOf(transitions[status].after)),
  statuses.map(forbiddenBits),
  bitsOf(['START']),
  bitsOf(deliveryOutcomes),
  bitsOf(['ROUTED']),
  ofAttempt,
  deliveringStage,
];

/** The day (UTC) of a time in milliseconds since the epoch, as PostgreSQL reads it: the partition of an order. */
export function dayOf(millis: number): string {
  return new Date(millis).toISOString().slice(0, 10);
}

/** See Metastore. */
export async function recordStatuses(run: RunStatement, changes: readonly StatusChange[]): Promise<void> {
  if (changes.length === 0) return;
  await run(statement, [
    changes.map((change) => change.orderId),
    changes.map((change) => change.messageId),
    changes.map((change) => change.createdAt),
    changes.map((change) => change.status),
    changes.map((change) => change.recordedBy),
    // Free text, a partner's answer for instance: PostgreSQL's text holds no NUL.
    changes.map((change) => change.detail.replaceAll('\0', '\ufffd')),
    changes.map((change) => change.attempt ?? 1),
    [...new Set(changes.map((change) => dayOf(change.createdAt)))],
    ...rules,
  ]);
}
