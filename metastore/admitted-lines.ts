/**
 * The state machine of model/transitions.ts in SQL: which lines of a batch may be added to the histories.
 *
 * A set of statuses is an integer (bitsOf). The table of transitions stands in the text, as the program knows it.
 */
import { statuses, type Status } from '../model/statuses.js';
import { bitsOf, forbiddenBits, ofAttempt, transitions } from '../model/transitions.js';
import { attemptIn, isOf, numberOf } from './line-keys.js';

/** The status in a column as a bit. */
const bit = (column: string) => `1 << (${column} + 1)`;
const transitionRows = statuses
  .map((status) => `(${numberOf(status)}, ${bitsOf(transitions[status].after)}, ${forbiddenBits(status)})`)
  .join(', ');
const isOneOf = (column: string, names: readonly Status[]) => `${column} IN (${names.map(numberOf).join(', ')})`;

/** The claims on orders that are accepted, and who holds them. */
const acceptance = `
  INSERT INTO order_claims AS held (order_key, publication)
  SELECT DISTINCT ON (order_key) order_key, publication
  FROM batch b
  WHERE otherwise IS NOT NULL AND nth = 1 -- and no decision on the publication comes before it
    AND NOT EXISTS (
      SELECT FROM past p
      WHERE p.publication = b.publication AND (${isOneOf('p.status', ['VALIDATED', 'REJECTED'])} OR p.line = b.line)
    )
  ORDER BY order_key, n
  ON CONFLICT (order_key) DO UPDATE SET publication = CASE
    WHEN held.publication <> excluded.publication AND is_rejected(held.publication) THEN excluded.publication
    ELSE held.publication
  END
  RETURNING order_key, publication
`;

/**
 * The common table expressions that decide which lines of a batch are added: `batch`; `past`, what the histories of its publications hold;
 * `accepted`, who holds the orders; `line`, the batch once that is known; and `added`, the lines that may be added, each with its `bit`,
 * with the bits that its history held before it (`held`), and whether it is the first of its publication (`is_first`). To stand behind WITH
 * RECURSIVE; `columns` are the parameters with the batch's columns, `first` and `last` those with the bounds of its keys, which are given apart so
 * that the planner leaves out the other partitions.
 *
 * The claim on an order is made here and not when the facts are looked up: a publication is the order once it is accepted. A claim whose
 * publication was rejected is left by a worker that lost a race for its line, and holds nothing.
 *
 * Only a batch with acceptances (`accepts`) touches the claims on orders: who proposes none needs no right to them.
 *
 * The lines of a publication and attempt are taken one after the other, as if each had come alone: `state` starts with what
 * the history holds, and steps from line to line with what was let in so far. What is about another record has a state of its own.
 */
export const admittedLines = (columns: string, first: string, last: string, { accepts }: { accepts: boolean }) => `
batch AS MATERIALIZED (
  SELECT
    b.*, line_key(publication, tail) AS line, tail >> 6 AS attempt,
    CASE WHEN otherwise IS NOT NULL THEN key_of(order_id) END AS order_key,
    row_number() OVER (PARTITION BY publication, tail & 63 ORDER BY n) AS nth
  FROM (
    SELECT *, publication_key(millis, order_id, message_id, about) AS publication
    FROM unnest(${columns}) WITH ORDINALITY AS b(
      order_id, message_id, millis, status, tail, detail, about, facts, otherwise, otherwise_facts, n
    )
  ) b
), past AS MATERIALIZED (
  SELECT publication, h.*, ${bit('h.status')} AS bit, ${attemptIn('h.line')} AS attempt
  FROM (SELECT DISTINCT publication FROM batch) publication
  CROSS JOIN LATERAL (
    SELECT line, status, detail, facts
    FROM status_lines s
    WHERE s.line >= ${first} AND s.line <= ${last} AND ${isOf('s.line', 'publication')}
    OFFSET 0 -- one search by the index for each, whatever the planner thinks of the batch's size
  ) h
), accepted AS (${accepts ? acceptance : 'SELECT NULL::uuid AS order_key, NULL::uuid AS publication WHERE false'}), line AS MATERIALIZED (
  SELECT
    b.*, ${bit('b.status')} AS bit, t.after, t.forbidden,
    row_number() OVER (PARTITION BY publication, attempt ORDER BY n) AS step
  FROM (
    SELECT
      b.n, b.publication, b.line, b.attempt, b.order_id, b.message_id, b.about,
      CASE WHEN is_taken THEN ${numberOf('REJECTED')} ELSE status END AS status,
      CASE WHEN is_taken THEN otherwise ELSE detail END AS detail,
      CASE WHEN is_taken THEN otherwise_facts ELSE facts END AS facts
    FROM batch b
    LEFT JOIN accepted a USING (order_key)
    CROSS JOIN LATERAL (SELECT b.otherwise IS NOT NULL AND a.publication <> b.publication AS is_taken) taken
  ) b
  JOIN (VALUES ${transitionRows}) AS t(status, after, forbidden) USING (status)
), state AS (
  SELECT
    asked.publication, asked.attempt, count(past.line) = 0 AS is_unknown, 0::bigint AS step, false AS is_new,
    ${bitsOf(['START'])} | coalesce(
      bit_or(past.bit) FILTER (WHERE past.attempt = asked.attempt OR NOT ${isOneOf('past.status', ofAttempt)}), 0
    ) AS held,
    coalesce(array_agg(past.line) FILTER (WHERE past.attempt = asked.attempt), '{}') AS filled
  FROM (SELECT DISTINCT publication, attempt FROM line) asked
  LEFT JOIN past USING (publication)
  GROUP BY asked.publication, asked.attempt
  UNION ALL
  SELECT
    publication, attempt, is_unknown, line.step, allowed.yes,
    CASE WHEN allowed.yes THEN state.held | line.bit ELSE state.held END,
    CASE WHEN allowed.yes THEN state.filled || line.line ELSE state.filled END
  FROM state
  JOIN line USING (publication, attempt)
  CROSS JOIN LATERAL (
    SELECT
      state.held & line.after <> 0 AND state.held & line.forbidden = 0
        AND line.line <> ALL (state.filled) AS yes
  ) allowed
  WHERE line.step = state.step + 1
), added AS MATERIALIZED (
  SELECT
    line.*, state.held,
    state.is_unknown AND row_number() OVER (PARTITION BY publication ORDER BY n) = 1 AS is_first
  FROM line
  JOIN state USING (publication, attempt, step)
  WHERE state.is_new
)`;
