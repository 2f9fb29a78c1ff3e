/** What the collector of denials keeps in the metastore: how far it has read each log, and which denials it counts. */
import type pg from 'pg';
import { inTransaction, type Pool, type PoolClient } from './connection.js';

/** See LogPosition of audit/log-files.ts. */
export interface SourcePosition {
  readonly file: string;
  readonly nextByte: number;
  readonly headBytes: number;
  readonly headHash: Uint8Array;
}

/** See Repeat of audit/repeats.ts; times are milliseconds since the epoch, `denial` is JSON. */
export interface CountedDenial {
  readonly denial: object;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly windowMs: number;
  readonly endsAt: number;
}

/**
 * Runs the work in a transaction in which nobody else collects. What it appends, and how far it has come, is written down together, or not at all.
 */
export const collecting = <T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> =>
  inTransaction(pool, work, "SELECT pg_advisory_xact_lock(hashtext('orderflow audit collector'))");

/** Null for a log that nobody has read yet. */
export async function readPosition(client: pg.ClientBase, source: string): Promise<SourcePosition | null> {
  const { rows } = await client.query<SourcePosition>(
    `SELECT file, next_byte::float8 AS "nextByte", head_bytes AS "headBytes", head_hash AS "headHash"
     FROM audit_sources WHERE source = $1`,
    [source],
  );
  return rows[0] ?? null;
}

export async function writePosition(client: pg.ClientBase, source: string, at: SourcePosition | null): Promise<void> {
  if (!at) return void (await client.query('DELETE FROM audit_sources WHERE source = $1', [source]));
  await client.query(
    `INSERT INTO audit_sources (source, file, next_byte, head_bytes, head_hash) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (source) DO UPDATE
     SET file = excluded.file, next_byte = excluded.next_byte, head_bytes = excluded.head_bytes, head_hash = excluded.head_hash`,
    [source, at.file, at.nextByte, at.headBytes, at.headHash],
  );
}

/** By their keys, in hex. */
export async function readCounted<Counted extends CountedDenial>(client: pg.ClientBase): Promise<Map<string, Counted>> {
  const { rows } = await client.query<Counted & { key: string }>(
    `SELECT encode(key, 'hex') AS key, denial, count::float8,
       round(extract(epoch FROM first_at) * 1000)::float8 AS "firstAt", round(extract(epoch FROM last_at) * 1000)::float8 AS "lastAt",
       window_ms::float8 AS "windowMs", round(extract(epoch FROM ends_at) * 1000)::float8 AS "endsAt"
     FROM audit_repeats`,
  );
  return new Map(rows.map(({ key, ...counted }) => [key, counted as never]));
}

/** Whether a denial's window is over at `now`, in ms since the epoch. */
export async function isWindowOver(client: pg.ClientBase, now: number): Promise<boolean> {
  const { rows } = await client.query<{ isOver: boolean }>(
    'SELECT EXISTS (SELECT FROM audit_repeats WHERE ends_at <= to_timestamp($1 / 1000::float8)) AS "isOver"',
    [now],
  );
  return rows[0]!.isOver;
}

/** Makes of what was counted before what is counted now. An entry that is the same object in both is left as it is: there are thousands. */
export async function writeCounted(
  client: pg.ClientBase,
  before: ReadonlyMap<string, CountedDenial>,
  now: ReadonlyMap<string, CountedDenial>,
): Promise<void> {
  const old = [...before].filter(([key, value]) => now.get(key) !== value);
  const changed = [...now].filter(([key, value]) => before.get(key) !== value);
  if (old.length > 0)
    await client.query(
      `DELETE FROM audit_repeats WHERE key IN (SELECT decode(k, 'hex') FROM unnest($1::text[]) AS k)`,
      [old.map(([key]) => key)],
    );
  if (changed.length === 0) return;
  await client.query(
    `INSERT INTO audit_repeats (key, denial, count, first_at, last_at, window_ms, ends_at)
     SELECT decode(r.key, 'hex'), r.denial, r.count, to_timestamp(r."firstAt" / 1000), to_timestamp(r."lastAt" / 1000),
       r."windowMs", to_timestamp(r."endsAt" / 1000)
     FROM json_to_recordset($1::json) AS r(
       key text, denial json, count bigint, "firstAt" float8, "lastAt" float8, "windowMs" bigint, "endsAt" float8
     )`,
    [JSON.stringify(changed.map(([key, value]) => ({ key, ...value })))],
  );
}
