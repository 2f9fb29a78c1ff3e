/**
 * The names of lines in the status history: 16 bytes each, which say where the line is kept, whose it is, and which slot it fills.
 *
 *   6 bytes   the order's created_at, in ms since the epoch
 *   8 bytes   the first ones of the SHA-256 of order id, message id and `about`: the publication
 *   10 bits   the attempt
 *   4 bits    who recorded it
 *   2 bits    the slot (slotOf in model/transitions.ts)
 *
 * So a publication is a range of keys, and a day is one, too. Two publications of the same millisecond had to share 64 bits of SHA-256 to be
 * taken for one: for somebody else's that takes 2^64 tries. The functions that make the keys are the database's: migrations/0010_bytes.sql.
 */
import { mostReleases } from '../model/release.js';
import type { StageName } from '../model/stages.js';
import { statuses, type Status } from '../model/statuses.js';
import { slotOf } from '../model/transitions.js';

/** Who may record a line, by number. Only added to: the numbers stand in the database. */
export const recorders = [
  'generator',
  'validator',
  'enricher',
  'router',
  'external-processor',
  'aggregator',
] as const satisfies readonly (StageName | 'generator')[];
export type Recorder = (typeof recorders)[number];

/** The slots by number, in the order in which a stage fills them. The numbers stand in the database. */
export const slots = ['CREATED', 'RELEASED', 'DELIVERY_PENDING', ''] as const;

/** The last attempt: as large as ten bits can be. */
export const lastAttempt = mostReleases + 1;

/** The first bytes of a key, which all lines of a publication have in common. */
export const publicationBytes = 14;

/** The status as the database has it. */
export const numberOf = (status: Status): number => statuses.indexOf(status);

/** The last two bytes of a line's key. Throws where there is no such attempt. */
export function tailOf(attempt: number, recorder: Recorder, status: Status): number {
  if (!(attempt >= 1 && attempt <= lastAttempt)) throw new RangeError(`there is no attempt ${attempt}`);
  return (attempt << 6) | (recorders.indexOf(recorder) << 2) | (slots as readonly string[]).indexOf(slotOf(status));
}

/** The milliseconds that a key holds of an order's created_at: as many as its six bytes can. */
export const keptMillis = (millis: number): number => Math.min(Math.max(Math.floor(millis), 0), 2 ** 48 - 1);

const hexOf = (millis: number) => keptMillis(millis).toString(16).padStart(12, '0');
const uuidOf = (hex: string) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** The first and the last key of orders created in that millisecond. */
export const firstKey = (millis: number): string => uuidOf(hexOf(millis).padEnd(32, '0'));
export const lastKey = (millis: number): string => uuidOf(hexOf(millis).padEnd(32, 'f'));

/** SQL: whether a line is of a publication. */
export const isOf = (line: string, publication: string) =>
  `(${line} >= ${publication} AND ${line} <= publication_end(${publication}))`;

/** SQL: what the key of a line says. */
export const attemptIn = (line: string) => `(line_tail(${line}) >> 6)`;
export const recorderIn = (line: string) => `(line_tail(${line}) >> 2 & 15)`;
export const recorderNumber = (recorder: Recorder) => recorders.indexOf(recorder);

/** SQL: the lines of a table that bear their publication's ids. Two of them may be of one publication, after a race. */
export const bearsIds = (table: string) => `${table}.order_id IS NOT NULL`;
/** SQL: those that bear an order's id, by the index. */
export const bearsOrder = (table: string, order: string) =>
  `(hashtextextended(${table}.order_id, 0) = hashtextextended(${order}, 0) AND ${table}.order_id = ${order})`;
