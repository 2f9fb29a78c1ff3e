/** What an account of all orders asks of the metastore: statuses, claims and parked deliveries, of one moment, as streams. */
import type pg from 'pg';
// The rows as PostgreSQL's COPY sends them: a fifth of the time, and none of the memory, that results as objects take.
import { to as copyTo } from 'pg-copy-streams';
import { statuses, type Status } from '../model/statuses.js';
import { bearsIds, bearsOrder, isOf, numberOf, publicationBytes, recorderNumber } from './line-keys.js';

/** Places of an order id and a message id in bytes. */
export interface RowIds {
  readonly bytes: Uint8Array;
  readonly orderStart: number;
  readonly orderEnd: number;
  readonly messageStart: number;
  readonly messageEnd: number;
}

/** A line of a history. */
export interface StatusRow extends RowIds {
  readonly status: Status;
  readonly attempt: number;
  /** Recorded by the external-processor. */
  readonly isDelivery: boolean;
  /** Milliseconds since the epoch. */
  readonly recordedAt: number;
}

type Mutable<T> = { -readonly [field in keyof T]: T[field] };

/** Takes the rows. Those of lines are one object, which changes with the next. */
export interface AccountRows {
  onStatus(row: StatusRow): void;
  /** The message that holds the claim on its order. */
  onClaim(row: RowIds): void;
  /** `isLeased`: somebody is trying it. */
  onParked(row: RowIds, attempt: number, isLeased: boolean): void;
}

export interface AccountRange {
  /** Orders whose ids lie between these, both included. */
  readonly range?: { readonly first: string; readonly last: string };
  /** Leaves out what was recorded before that time (ms), unless it is still to be done. */
  readonly since?: number;
}

// COPY takes no parameters: they are settings of the transaction.
const parameters = `
SELECT set_config('orderflow.first', $1, true), set_config('orderflow.last', $2, true), set_config('orderflow.since', $3, true)`;
const setting = (name: string) => `current_setting('orderflow.${name}')`;
const since = `recorded_at >= ${setting('since')}::timestamptz`;

/** Rows as createLineReader takes them: the lines of a publication one after the other. */
const lineColumns = 'l.line, l.status, l.recorded_at, l.order_id, id_in(l.message_id), l.about IS NULL';
const linesOf = (publications: string) => `
SELECT ${lineColumns}
FROM (SELECT DISTINCT publication_of(line) AS publication FROM status_lines i WHERE ${publications}) p
CROSS JOIN LATERAL (SELECT * FROM status_lines l WHERE ${isOf('l.line', 'p.publication')} OFFSET 0) l`;

/** Three ways to the publications of orders: all of them, one's, and those that something happened to. A claim may be told twice. */
function queriesFor({ range, since: from }: AccountRange): Record<'lines' | 'claims' | 'parked', string> {
  const isOne = range !== undefined && range.first === range.last;
  const within = range ? `order_id >= ${setting('first')} AND order_id <= ${setting('last')}` : 'true';
  const parked = `SELECT order_id, message_id, attempt, leased_until > clock_timestamp() FROM parked_deliveries WHERE ${within}`;
  const claims = (ids: string, claim: string, condition: string) =>
    `SELECT i.order_id, id_in(i.message_id) FROM ${ids} JOIN order_claims c ON ${claim} WHERE i.about IS NULL AND ${condition}`;
  if (isOne) {
    const own = bearsOrder('i', setting('first'));
    const claim = 'c.order_key = key_of(i.order_id) AND c.publication = publication_of(i.line)';
    return { lines: linesOf(own), claims: claims('status_lines i', claim, own), parked };
  }
  if (from === undefined)
    return {
      lines: `SELECT ${lineColumns} FROM status_lines l ORDER BY l.line`,
      claims: claims('status_lines i', 'c.publication = publication_of(i.line)', `${bearsIds('i')} AND ${within}`),
      parked,
    };
  // A claim is made with the line that says so.
  const accepted = `(
    SELECT DISTINCT publication_of(line) AS publication FROM status_lines WHERE status = ${numberOf('VALIDATED')} AND ${since}
  ) p CROSS JOIN LATERAL (
    SELECT order_id, message_id, about FROM status_lines i WHERE ${isOf('i.line', 'p.publication')} AND ${bearsIds('i')} LIMIT 1
  ) i`;
  const claim = 'c.order_key = key_of(i.order_id) AND c.publication = p.publication';
  return { lines: linesOf(since), claims: claims(accepted, claim, within), parked };
}

/**
 * Reads the rows, all of one snapshot: what is parked is parked before it is called pending, and taken out after its end is recorded.
 * Fails as the connection does.
 */
export async function readAccountRows(pool: pg.Pool, range: AccountRange, rows: AccountRows) {
  const client = await pool.connect();
  const queries = queriesFor(range);
  try {
    // Workers in parallel would mix the lines of publications.
    await client.query(
      'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL max_parallel_workers_per_gather = 0',
    );
    const time = range.since === undefined ? '' : new Date(range.since).toISOString();
    await client.query(parameters, [range.range?.first ?? '', range.range?.last ?? '', time]);
    const lines = createLineReader(range, rows);
    await copy(client, queries.lines, lines.add);
    lines.end();
    await copy(client, queries.claims, (bytes, at) => rows.onClaim(idsAt(bytes, at, 0)));
    await copy(client, queries.parked, (bytes, at) =>
      rows.onParked(idsAt(bytes, at, 0), bytes.readInt16BE(at[2]!.start), bytes[at[3]!.start] === 1),
    );
    await client.query('COMMIT');
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/** Where a column's bytes are; an end before the start for NULL. The array changes with the next row. */
type Columns = readonly { readonly start: number; readonly end: number }[];

/** An order id and a message id, in this column and the next. */
const idsAt = (bytes: Buffer, at: Columns, column: number): RowIds => ({
  bytes,
  orderStart: at[column]!.start,
  orderEnd: at[column]!.end,
  messageStart: at[column + 1]!.start,
  messageEnd: at[column + 1]!.end,
});

/**
 * Tells the lines of a publication when its last one has come: its ids stand in one of them, and rarely in two. Objects are used again, since there
 * are millions of lines.
 */
function createLineReader({ range, since: from = -Infinity }: AccountRange, { onStatus }: AccountRows) {
  const [first, last] = range ? [Buffer.from(range.first), Buffer.from(range.last)] : [];
  const lines: { tail: number; status: Status; recordedAt: number }[] = [];
  let count = 0;
  let hasIds = false;
  /** The publication's key, in three numbers. */
  const name = [-1, -1, -1];
  const row: Mutable<StatusRow> = {
    ...{ bytes: Buffer.alloc(0), orderStart: 0, orderEnd: 0, messageStart: 0, messageEnd: 0 },
    ...{ status: 'CREATED', attempt: 0, isDelivery: false, recordedAt: 0 },
  };

  function isWithin(): boolean {
    if (!first || !last) return true;
    const order = row.bytes.subarray(row.orderStart, row.orderEnd);
    return Buffer.compare(order, first) >= 0 && Buffer.compare(order, last) <= 0;
  }
  function end(): void {
    if (hasIds && isWithin())
      for (let index = 0; index < count; index++) {
        const { tail, status, recordedAt } = lines[index]!;
        row.status = status;
        row.attempt = tail >> 6;
        row.isDelivery = ((tail >> 2) & 15) === recorderNumber('external-processor');
        row.recordedAt = recordedAt;
        onStatus(row);
      }
    count = 0;
    hasIds = false;
  }
  function add(bytes: Buffer, at: Columns): void {
    const { start } = at[0]!;
    const [a, b, c] = [bytes.readUIntBE(start, 5), bytes.readUIntBE(start + 5, 5), bytes.readUInt32BE(start + 10)];
    if (a !== name[0] || b !== name[1] || c !== name[2]) {
      end();
      [name[0], name[1], name[2]] = [a, b, c];
    }
    // Other lines name a record that was set aside under the publication's ids.
    if (at[3]!.end >= at[3]!.start && bytes[at[5]!.start] === 1) {
      hasIds = true;
      Object.assign(row, idsAt(bytes, at, 3));
    }
    const recordedAt = timeAt(bytes, at[2]!.start);
    if (recordedAt < from) return;
    const line = (lines[count++] ??= { tail: 0, status: 'CREATED', recordedAt: 0 });
    line.tail = bytes.readUInt16BE(start + publicationBytes);
    line.status = statuses[bytes.readInt16BE(at[1]!.start)]!;
    line.recordedAt = recordedAt;
  }
  return { add, end };
}

/** PostgreSQL counts microseconds from the year 2000. */
const epoch = Date.UTC(2000, 0, 1);
const timeAt = (bytes: Buffer, at: number) =>
  epoch + Math.round((bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4)) / 1000);
/** The bytes before the first row: https://www.postgresql.org/docs/18/sql-copy.html, Binary Format. */
const headerBytes = 19;

async function copy(client: pg.PoolClient, query: string, onRow: (bytes: Buffer, at: Columns) => void): Promise<void> {
  const at: { start: number; end: number }[] = [];

  /** Where the row ends that begins there; 0 where it is not complete yet. */
  function readRow(bytes: Buffer, start: number): number {
    if (start + 2 > bytes.length) return 0;
    const columns = bytes.readInt16BE(start);
    if (columns < 0) return bytes.length;
    let next = start + 2;
    for (let column = 0; column < columns; column++) {
      if (next + 4 > bytes.length) return 0;
      const length = bytes.readInt32BE(next);
      const place = (at[column] ??= { start: 0, end: 0 });
      place.start = next + 4;
      place.end = place.start + length;
      next = place.start + Math.max(length, 0);
      if (next > bytes.length) return 0;
    }
    onRow(bytes, at);
    return next;
  }

  let rest: Buffer = Buffer.alloc(0);
  let isFirst = true;
  for await (const chunk of client.query(copyTo(`COPY (${query}) TO STDOUT (FORMAT binary)`))) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk as Buffer]) : (chunk as Buffer);
    let from = 0;
    if (isFirst) {
      rest = bytes;
      if (bytes.length < headerBytes) continue;
      from = headerBytes;
      isFirst = false;
    }
    for (let end = readRow(bytes, from); end > 0; end = from < bytes.length ? readRow(bytes, from) : 0) from = end;
    rest = bytes.subarray(from);
  }
}

/** A record that holds the claim on a message. */
export interface MessageHolder {
  readonly messageId: string;
  /** raw_order, as incarnationOf has it. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** The records that hold the claims on these messages; messages without a claim are left out. */
export async function messageHolders(pool: pg.Pool, messageIds: readonly string[]): Promise<MessageHolder[]> {
  const { rows } = await pool.query<MessageHolder>(
    `SELECT asked.id AS "messageId", p.topic, p.partition, offset_in(c.record)::float8 AS offset
     FROM (SELECT DISTINCT id, key_of(id) AS message_key FROM unnest($1::text[]) AS id) asked
     JOIN message_claims c USING (message_key)
     JOIN places p ON p.id = place_in(c.record)`,
    [messageIds],
  );
  return rows;
}
