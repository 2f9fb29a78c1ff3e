/** Adds lines to the status history in PostgreSQL: those that the transitions allow. */
import { admittedLines } from './admitted-lines.js';
import type { RunStatement } from './connection.js';
import { endClaims } from './ended-claims.js';
import type { StatusChange } from './metastore.js';

// Sorted, so that two workers with the same lines never deadlock.
const statement = `
WITH RECURSIVE ${admittedLines('$1::text[], $2::text[], $3::float8[], $4::text[], $5::text[], $6::text[], $7::smallint[]', '$8::date[]')}
, history AS (
  INSERT INTO status_history (created_on, order_id, message_id, status, attempt, created_at, recorded_by, detail)
  SELECT created_on, order_id, message_id, status, attempt, created_at, recorded_by, detail
  FROM added
  ORDER BY created_on, order_id, message_id, attempt, status <> 'RELEASED', bit, recorded_by
  ON CONFLICT DO NOTHING
)
${endClaims}`;

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
  ]);
}
