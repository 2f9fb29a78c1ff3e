/** Adds lines to the status history in PostgreSQL: those that the transitions allow. Answers with what stands there. */
import { stageNames } from '../model/stages.js';
import { admittedLines, slotKey } from './admitted-lines.js';
import type { RunStatement } from './connection.js';
import { endClaims } from './ended-claims.js';
import type { RecordedLine, StatusChange } from './metastore.js';

// Two workers may decide on the same record at once, and each not see the other's line. Whoever comes second waits for the first one in
// the index of the slots, adds nothing, and asks again: then it sees the line that stands (isRaced). Everything is sorted, so that
// workers with the same lines wait for each other in one direction only and never deadlock.
const statement = `
WITH RECURSIVE ${admittedLines(
  `$1::text[], $2::text[], $3::float8[], $4::text[], $5::text[], $6::text[], $7::smallint[], $8::text[], $9::text[],
    $10::text[], $11::text[]`,
  '$12::date[]',
)}
, inserted AS (
  INSERT INTO status_history AS h
    (created_on, order_id, message_id, status, attempt, created_at, recorded_by, about, detail, facts)
  SELECT created_on, order_id, message_id, status, attempt, created_at, recorded_by, about, detail, facts
  FROM added
  ORDER BY
    order_id, message_id, attempt, array_position(ARRAY[${stageNames.map((name) => `'${name}'`).join(', ')}], recorded_by) NULLS FIRST,
    recorded_by, about, created_on, n
  ON CONFLICT DO NOTHING
  RETURNING h.status, h.detail, h.facts, ${slotKey('h')} AS slot_key
)
${endClaims}
SELECT
  coalesce(p.status, i.status) AS status, coalesce(p.detail, i.detail) AS detail,
  CASE WHEN p.status IS NULL THEN i.facts ELSE p.facts END AS facts,
  a.n IS NOT NULL AND i.status IS NULL AS "isRaced"
FROM line l
LEFT JOIN past p ON p.slot_key = l.slot_key
LEFT JOIN inserted i ON i.slot_key = l.slot_key
LEFT JOIN added a ON a.n = l.n
ORDER BY l.n`;

/** The day (UTC) of a time in milliseconds since the epoch, as PostgreSQL reads it: the partition of an order. */
export function dayOf(millis: number): string {
  return new Date(millis).toISOString().slice(0, 10);
}

/** Free text, a partner's answer for instance, as it is kept: PostgreSQL's text holds no NUL. */
export const storedText = (text: string) => text.replaceAll('\0', '\ufffd');

interface Row {
  readonly status: RecordedLine['status'] | null;
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
  const values = [
    changes.map((change) => change.orderId),
    changes.map((change) => change.messageId),
    changes.map((change) => change.createdAt),
    changes.map((change) => change.status),
    changes.map((change) => change.recordedBy),
    changes.map((change) => storedText(change.detail)),
    changes.map((change) => change.attempt ?? 1),
    changes.map((change) => change.about ?? ''),
    changes.map((change) => change.facts ?? null),
    changes.map((change) => change.otherwise?.detail ?? null),
    changes.map((change) => change.otherwise?.facts ?? null),
    [...new Set(changes.map((change) => dayOf(change.createdAt)))],
  ];
  let rows;
  do rows = await run<Row>(statement, values);
  while (rows.some(({ isRaced }) => isRaced));
  return rows.map(({ status, detail, facts }) => status && { status, detail, ...(facts !== null && { facts }) });
}
