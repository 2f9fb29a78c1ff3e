/** Adds lines to the status history in PostgreSQL: those that the transitions allow. Answers with what stands there. */
import { statuses } from '../model/statuses.js';
import { admittedLines } from './admitted-lines.js';
import type { RunStatement } from './connection.js';
import { deliveringStage, endClaims } from './ended-claims.js';
import { firstKey, isOf, lastKey, numberOf, tailOf } from './line-keys.js';
import type { RecordAside, RecordedLine, StatusChange } from './metastore.js';

// Two workers may decide on the same record at once, and each not see the other's line. Whoever comes second waits for the first one in
// the index of the lines, adds nothing, and asks again: then it sees the line that stands (isRaced). Everything is sorted, so that
// workers with the same lines wait for each other in one direction only and never deadlock.
//
// The ids stand in the first line of a publication: in one that is added where no line was before. Of two workers that both add a first line
// both add the ids; one that is raced for it has lost to a line beside which the ids stand already.
//
// What stands is found by a full join, of which the planner makes a hash or merge join whatever it thinks of the batch's size: a plan for batches
// of any size (https://www.postgresql.org/docs/current/sql-prepare.html) reckons with ten, and would compare each line with each.
const statementOf = (batch: { readonly accepts: boolean; readonly delivers: boolean }) => `
WITH RECURSIVE ${admittedLines(
  `$1::text[], $2::text[], $3::float8[], $4::smallint[], $5::int[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[]`,
  '$11::uuid',
  '$12::uuid',
  batch,
)}
, inserted AS (
  INSERT INTO status_lines AS h (line, status, order_id, message_id, about, detail, facts)
  SELECT
    line, status,
    CASE WHEN is_first THEN order_id END, CASE WHEN is_first THEN id_bytes(message_id) END, CASE WHEN is_first THEN nullif(about, '') END,
    nullif(detail, ''), facts
  FROM added
  ORDER BY line
  ON CONFLICT DO NOTHING
  RETURNING h.line, h.status, h.detail, h.facts
)
${batch.delivers ? endClaims : ''}
, stands AS (
  SELECT line, status, detail, facts FROM past
  UNION ALL
  SELECT line, status, detail, facts FROM inserted
)
SELECT
  s.status, coalesce(s.detail, '') AS detail, s.facts,
  s.status IS NULL AND l.n IN (SELECT n FROM added) AS "isRaced"
FROM line l
FULL JOIN stands s USING (line)
WHERE coalesce(l.n, 0) > 0
ORDER BY l.n`;

/** The day (UTC) of a time in milliseconds since the epoch, as PostgreSQL reads it: the partition of an order. */
export function dayOf(millis: number): string {
  return new Date(millis).toISOString().slice(0, 10);
}

/** Free text, a partner's answer for instance, as it is kept: PostgreSQL's text holds no NUL. */
export const storedText = (text: string) => text.replaceAll('\0', '\ufffd');

interface Row {
  /** Its number. */
  readonly status: number | null;
  readonly detail: string;
  readonly facts: string | null;
  readonly isRaced: boolean;
}

/** See Metastore. */
export async function recordStatuses(
  run: RunStatement,
  changes: readonly StatusChange[],
): Promise<(RecordedLine | null)[]> {
  if (changes.length === 0) return [];
  const times = changes.map((change) => change.createdAt);
  const values = [
    changes.map((change) => change.orderId),
    changes.map((change) => change.messageId),
    times,
    changes.map((change) => numberOf(change.status)),
    changes.map((change) => tailOf(change.attempt ?? 1, change.recordedBy, change.status)),
    changes.map((change) => storedText(change.detail)),
    changes.map((change) => change.about ?? ''),
    changes.map((change) => change.facts ?? null),
    changes.map((change) => change.otherwise?.detail ?? null),
    changes.map((change) => change.otherwise?.facts ?? null),
    firstKey(times.reduce((a, b) => Math.min(a, b))),
    lastKey(times.reduce((a, b) => Math.max(a, b))),
  ];
  const statement = statementOf({
    accepts: changes.some(({ otherwise }) => otherwise !== undefined),
    delivers: changes.some(({ recordedBy }) => recordedBy === deliveringStage),
  });
  let rows;
  do rows = await run<Row>(statement, values);
  while (rows.some(({ isRaced }) => isRaced));
  return rows.map(({ status, detail, facts }) =>
    status === null ? null : { status: statuses[status]!, detail, ...(facts && { facts }) },
  );
}

const asideStatement = `
SELECT EXISTS (SELECT FROM status_lines s WHERE ${isOf('s.line', 'publication')}) AS "wasSetAside"
FROM unnest($1::text[], $2::text[], $3::float8[], $4::text[]) WITH ORDINALITY AS b(order_id, message_id, millis, about, n)
CROSS JOIN LATERAL (SELECT publication_key(millis, order_id, message_id, about) AS publication) named
ORDER BY n`;

/** See Metastore. */
export async function wereSetAside(run: RunStatement, records: readonly RecordAside[]): Promise<boolean[]> {
  if (records.length === 0) return [];
  const rows = await run<{ wasSetAside: boolean }>(asideStatement, [
    records.map(({ orderId }) => orderId),
    records.map(({ messageId }) => messageId),
    records.map(({ createdAt }) => createdAt),
    records.map(({ about }) => about),
  ]);
  return rows.map(({ wasSetAside }) => wasSetAside);
}
