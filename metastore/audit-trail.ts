/** The audit trail in PostgreSQL: appending events, reading them, what of them is on the topic. migrations/0013_audit.sql has the rules. */
import type pg from 'pg';
import { codeOf } from '../errors.js';
import { type AuditEntry, type AuditEvent, bounded } from '../model/audit.js';
import { inTransaction, type Pool, type PoolClient } from './connection.js';

type Queryable = Pick<pg.ClientBase, 'query'>;

/**
 * Appends an event, and answers with its number. On a client within a transaction it becomes part of it: other appends wait until that ends,
 * so let it be the last thing that the transaction does.
 */
export async function appendAuditEvent(client: Queryable, entry: AuditEntry): Promise<number> {
  const { principal, host, person, action, subjects, outcome, details } = bounded(entry);
  const { rows } = await client.query<{ seq: number }>(
    'SELECT audit_append($1, $2, $3, $4, $5::text[], $6, $7::json)::float8 AS seq',
    [principal, host, person, action, subjects, outcome, JSON.stringify(details)],
  );
  return rows[0]!.seq;
}

/** Appends events in their order, all or none of them, as `appendAuditEvent` does one. */
export async function appendAuditEvents(client: Queryable, entries: readonly AuditEntry[]): Promise<void> {
  await client.query(
    `SELECT audit_append(e.principal, e.host, e.person, e.action, e.subjects, e.outcome, e.details)
     FROM json_to_recordset($1::json) AS e(
       principal text, host text, person text, action text, subjects text[], outcome text, details json
     )`,
    [JSON.stringify(entries.map(bounded))],
  );
}

/**
 * Runs the work in a transaction that ends with the event which `eventOf` makes of its result: a change is never there without its event, nor
 * the event without the change. Null for no event.
 */
export async function withAuditEvent<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<T>,
  eventOf: (result: T) => AuditEntry | null,
): Promise<T> {
  return inTransaction(pool, async (client) => {
    const result = await work(client);
    const event = eventOf(result);
    if (event) await appendAuditEvent(client, event);
    return result;
  });
}

/** Whether there is no audit trail yet: the migrations have not run. */
export const hasNoTrail = (error: unknown): boolean => ['42883', '42P01'].includes(codeOf(error) ?? '');

const columns = `
  seq::float8, round(extract(epoch FROM at) * 1000000)::float8 AS "atMicros", role, address, principal, host, person,
  action, subjects, outcome, details::text, previous_hash AS "previousHash", hash`;

/** Which events are asked for. */
export interface AuditFilter {
  /** Milliseconds since the epoch. */
  readonly since?: number | undefined;
  /** Part of the role, principal, host or person. */
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly outcome?: string | undefined;
}

/** The newest `limit` of the events that the filter lets pass, the oldest of them first. */
export async function listAuditEvents(client: Queryable, filter: AuditFilter, limit: number): Promise<AuditEvent[]> {
  const { rows } = await client.query<AuditEvent>(
    `SELECT ${columns} FROM audit_events
     WHERE ($1::float8 IS NULL OR at >= to_timestamp($1 / 1000))
       AND ($2::text IS NULL OR strpos(lower(concat_ws(' ', role, principal, host, person)), lower($2)) > 0)
       AND ($3::text IS NULL OR action = $3) AND ($4::text IS NULL OR outcome = $4)
     ORDER BY seq DESC LIMIT $5`,
    [filter.since ?? null, filter.actor ?? null, filter.action ?? null, filter.outcome ?? null, limit],
  );
  return rows.reverse();
}

/** The events after that number, in their order, `limit` at most. */
export async function auditEventsAfter(client: Queryable, seq: number, limit: number): Promise<AuditEvent[]> {
  const { rows } = await client.query<AuditEvent>(
    `SELECT ${columns} FROM audit_events WHERE seq > $1 ORDER BY audit_events.seq LIMIT $2`,
    [seq, limit],
  );
  return rows;
}

/** An event's number, and its hash, which stands for it and all before it. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** Where the chain begins: the newest event that was forgotten; 0 and zeros where none was. */
export async function auditAnchor(client: Queryable): Promise<AuditHead> {
  const { rows } = await client.query<AuditHead>('SELECT seq::float8, hash FROM audit_anchor');
  return rows[0]!;
}

/** The newest event, or what stands for it where there is none. */
export async function auditHead(client: Queryable): Promise<AuditHead & { readonly atMicros: number | null }> {
  const { rows } = await client.query<AuditHead & { atMicros: number }>(
    `SELECT seq::float8, hash, round(extract(epoch FROM at) * 1000000)::float8 AS "atMicros"
     FROM audit_events ORDER BY audit_events.seq DESC LIMIT 1`,
  );
  return rows[0] ?? { ...(await auditAnchor(client)), atMicros: null };
}

/** How many events are not on the topic yet, and since when the oldest of them waits (ms since the epoch); null where none is. */
export async function unpublishedEvents(client: Queryable): Promise<{ events: number; since: number | null }> {
  const { rows } = await client.query<{ events: number; since: number | null }>(
    `SELECT count(*)::float8 AS events, round(extract(epoch FROM min(at)) * 1000)::float8 AS since
     FROM audit_events WHERE seq > (SELECT p.seq FROM audit_publication p)`,
  );
  return rows[0]!;
}

/** Somebody else publishes, and takes longer than this, in ms. */
const lockWaitMs = 5_000;

/**
 * Hands the events that are not on the topic yet to `publish`, in their order and by parts of `limit`; answers how many. What it has
 * confirmed is kept as published; what fails, or dies before that, comes again with the next call. One process at a time: another one waits,
 * and rejects after 5 s.
 */
export async function publishAuditEvents(
  pool: Pool,
  limit: number,
  publish: (events: readonly AuditEvent[]) => Promise<void>,
): Promise<number> {
  const publishPart = async (client: PoolClient): Promise<number> => {
    const { rows } = await client.query<{ seq: number }>('SELECT seq::float8 FROM audit_publication FOR UPDATE');
    const events = await auditEventsAfter(client, rows[0]!.seq, limit);
    const last = events.at(-1);
    if (last) {
      await publish(events);
      await client.query('UPDATE audit_publication SET seq = $1', [last.seq]);
    }
    return events.length;
  };
  for (let published = 0; ;) {
    const part = await inTransaction(pool, publishPart, `SET LOCAL lock_timeout = ${lockWaitMs}`);
    published += part;
    if (part < limit) return published;
  }
}

/** Lets all events be published again, for a topic that lacks them. */
export async function publishAgain(client: Queryable): Promise<void> {
  await client.query('UPDATE audit_publication SET seq = (SELECT a.seq FROM audit_anchor a)');
}

/** Takes out events that are older than so many days, if they are on the topic; how many. See audit_forget. */
export async function forgetAuditEvents(client: Queryable, keepDays: number): Promise<number> {
  const { rows } = await client.query<{ forgotten: number }>('SELECT audit_forget($1)::float8 AS forgotten', [
    keepDays,
  ]);
  return rows[0]!.forgotten;
}
