/**
 * The state machine of model/transitions.ts in SQL: which lines of a batch may be added to the histories.
 *
 * A set of statuses is an integer (bitsOf). The table of transitions stands in the text, as the program knows it.
 */
import { statuses } from '../model/statuses.js';
import { bitsOf, forbiddenBits, ofAttempt, transitions } from '../model/transitions.js';

/** Names that the program has, as an array in SQL. */
const names = (all: readonly string[]) => `ARRAY[${all.map((name) => `'${name}'`).join(', ')}]`;
/** The status in a column as a bit. */
const bit = (column: string) => `1 << array_position(${names(statuses)}, ${column})`;
const transitionRows = statuses
  .map((status) => `('${status}', ${bitsOf(transitions[status].after)}, ${forbiddenBits(status)})`)
  .join(', ');

/**
 * The common table expressions that end in `added`: the lines that may be added, each with its `bit` and with the bits that its history
 * held before it (`held`). To stand behind WITH RECURSIVE; `columns` are the parameters with the batch's columns, `days` the one with
 * its days, which is given apart so that the planner leaves out the other partitions.
 *
 * The lines of a publication and attempt are taken one after the other, as if each had come alone: `state` starts with what
 * the history holds, and steps from line to line with what was let in so far.
 */
export const admittedLines = (columns: string, days: string) => `
line AS MATERIALIZED (
  SELECT
    b.*, ${bit('b.status')} AS bit, t.after, t.forbidden,
    row_number() OVER (PARTITION BY created_on, order_id, message_id, attempt ORDER BY n) AS step
  FROM (
    SELECT *, to_timestamp(millis / 1000.0) AS created_at, (to_timestamp(millis / 1000.0) AT TIME ZONE 'UTC')::date AS created_on
    FROM unnest(${columns}) WITH ORDINALITY AS b(order_id, message_id, millis, status, recorded_by, detail, attempt, n)
  ) b
  JOIN (VALUES ${transitionRows}) AS t(status, after, forbidden) USING (status)
), state AS (
  SELECT
    created_on, order_id, message_id, attempt, 0::bigint AS step, false AS is_new,
    ${bitsOf(['START'])} | coalesce((
      SELECT bit_or(${bit('h.status')})
      FROM status_history h
      WHERE h.created_on = ANY (${days}) AND h.created_on = publication.created_on
        AND h.order_id = publication.order_id AND h.message_id = publication.message_id
        AND (h.attempt = publication.attempt OR h.status <> ALL (${names(ofAttempt)}))
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
)`;
