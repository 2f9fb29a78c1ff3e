/**
 * The state machine of model/transitions.ts in SQL: which lines of a batch may be added to the histories.
 *
 * A set of statuses is an integer (bitsOf). The table of transitions stands in the text, as the program knows it.
 */
import { statuses } from '../model/statuses.js';
import { bitsOf, forbiddenBits, ofAttempt, transitions, undecided } from '../model/transitions.js';

/** Names that the program has, as an array in SQL. */
const names = (all: readonly string[]) => `ARRAY[${all.map((name) => `'${name}'`).join(', ')}]`;
/** The status in a column as a bit. */
const bit = (column: string) => `1 << array_position(${names(statuses)}, ${column})`;
const transitionRows = statuses
  .map((status) => `('${status}', ${bitsOf(transitions[status].after)}, ${forbiddenBits(status)})`)
  .join(', ');

/** slotOf, word for word as in the index status_history_slot. */
const slotOf = (column: string) =>
  `(CASE WHEN ${column} IN (${undecided.map((name) => `'${name}'`).join(', ')}) THEN ${column} ELSE '' END)`;

const isSamePublication = (left: string, right: string) =>
  ['created_on', 'order_id', 'message_id'].map((column) => `${left}.${column} = ${right}.${column}`).join(' AND ');

/**
 * The name of a line's slot, as one text: joined by seven columns, the planner takes one of them for the key, and compares each line with each.
 */
export const slotKey = (line: string) =>
  `ROW(${['created_on', 'order_id', 'message_id', 'attempt', 'recorded_by', 'about'].map((column) => `${line}.${column}`).join(', ')},
    ${slotOf(`${line}.status`)})::text`;

/** Whether of a publication it is known already if it is the order. */
const isJudged = (line: string) => `${line}.status IN ('VALIDATED', 'REJECTED')`;

/**
 * The common table expressions that decide which lines of a batch are added: `batch`; `past`, what the histories of its publications hold;
 * `accepted`, who holds the orders; `line`, the batch once that is known; and `added`, the lines that may be added, each with its `bit` and
 * with the bits that its history held before it (`held`). To stand behind WITH RECURSIVE; `columns` are the parameters with the batch's
 * columns, `days` the one with its days, which is given apart so that the planner leaves out the other partitions.
 *
 * The claim on an order is made here and not when the facts are looked up: a publication is the order once it is accepted. A claim whose
 * publication was rejected is left by a worker that lost a race for its line, and holds nothing.
 *
 * The lines of a publication and attempt are taken one after the other, as if each had come alone: `state` starts with what
 * the history holds, and steps from line to line with what was let in so far. What is about another record has a state of its own.
 */
export const admittedLines = (columns: string, days: string) => `
batch AS MATERIALIZED (
  SELECT
    b.*, ${slotKey('b')} AS slot_key,
    row_number() OVER (PARTITION BY order_id, message_id, millis, recorded_by, about, ${slotOf('b.status')} ORDER BY n) AS nth
  FROM (
    SELECT
      *, to_timestamp(millis / 1000.0) AS created_at, (to_timestamp(millis / 1000.0) AT TIME ZONE 'UTC')::date AS created_on
    FROM unnest(${columns}) WITH ORDINALITY AS b(
      order_id, message_id, millis, status, recorded_by, detail, attempt, about, facts, otherwise, otherwise_facts, n
    )
  ) b
), past AS MATERIALIZED (
  SELECT h.*, ${bit('h.status')} AS bit, ${slotKey('h')} AS slot_key
  FROM (SELECT DISTINCT created_on, order_id, message_id FROM batch) publication
  CROSS JOIN LATERAL (
    SELECT created_on, order_id, message_id, status, attempt, recorded_by, about, detail, facts
    FROM status_history s
    WHERE s.created_on = ANY (${days}) AND ${isSamePublication('s', 'publication')}
    OFFSET 0 -- one search by the index for each, whatever the planner thinks of the batch's size
  ) h
), accepted AS (
  INSERT INTO order_claims AS held (order_id, message_id)
  SELECT DISTINCT ON (order_id) order_id, message_id
  FROM batch b
  WHERE otherwise IS NOT NULL AND nth = 1 -- and no decision on the publication comes before it
    AND NOT EXISTS (SELECT FROM past p WHERE ${isSamePublication('p', 'b')} AND (${isJudged('p')} OR p.slot_key = b.slot_key))
  ORDER BY order_id, n
  ON CONFLICT (order_id) DO UPDATE SET message_id = CASE
    WHEN held.message_id <> excluded.message_id AND (
      SELECT bool_or(h.status = 'REJECTED') AND NOT bool_or(h.status = 'VALIDATED')
      FROM status_history h
      WHERE h.order_id = held.order_id AND h.message_id = held.message_id
    ) THEN excluded.message_id
    ELSE held.message_id
  END
  RETURNING order_id, message_id
), line AS MATERIALIZED (
  SELECT
    b.*, ${bit('b.status')} AS bit, t.after, t.forbidden,
    row_number() OVER (PARTITION BY created_on, order_id, message_id, attempt, about ORDER BY n) AS step
  FROM (
    SELECT
      b.n, created_on, b.order_id, b.message_id, created_at, recorded_by, attempt, about, slot_key,
      recorded_by || ' ' || ${slotOf('status')} AS slot,
      CASE WHEN is_taken THEN 'REJECTED' ELSE status END AS status,
      CASE WHEN is_taken THEN otherwise ELSE detail END AS detail,
      CASE WHEN is_taken THEN otherwise_facts ELSE facts END AS facts
    FROM batch b
    LEFT JOIN accepted a USING (order_id)
    CROSS JOIN LATERAL (SELECT b.otherwise IS NOT NULL AND a.message_id <> b.message_id AS is_taken) taken
  ) b
  JOIN (VALUES ${transitionRows}) AS t(status, after, forbidden) USING (status)
), state AS (
  SELECT
    publication.*, 0::bigint AS step, false AS is_new,
    ${bitsOf(['START'])} | coalesce(
      bit_or(past.bit) FILTER (
        WHERE past.about = publication.about AND (past.attempt = publication.attempt OR past.status <> ALL (${names(ofAttempt)}))
      ), 0
    ) AS held,
    coalesce(
      array_agg(past.recorded_by || ' ' || ${slotOf('past.status')}) FILTER (
        WHERE past.about = publication.about AND past.attempt = publication.attempt
      ), '{}'
    ) AS slots
  FROM (SELECT DISTINCT created_on, order_id, message_id, attempt, about FROM line) publication
  LEFT JOIN past USING (created_on, order_id, message_id)
  GROUP BY publication.created_on, publication.order_id, publication.message_id, publication.attempt, publication.about
  UNION ALL
  SELECT
    created_on, order_id, message_id, attempt, about, line.step, allowed.yes,
    CASE WHEN allowed.yes THEN state.held | line.bit ELSE state.held END,
    CASE WHEN allowed.yes THEN state.slots || line.slot ELSE state.slots END
  FROM state
  JOIN line USING (created_on, order_id, message_id, attempt, about)
  CROSS JOIN LATERAL (
    SELECT
      state.held & line.after <> 0 AND state.held & line.forbidden = 0
        AND line.slot <> ALL (state.slots) AS yes
  ) allowed
  WHERE line.step = state.step + 1
), added AS MATERIALIZED (
  SELECT line.*, state.held FROM line JOIN state USING (created_on, order_id, message_id, attempt, about, step) WHERE state.is_new
)`;
