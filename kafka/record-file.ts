/**
 * Files of records, in three forms. JSON lines: one JSON object per line, either a message, or a record as `topics tail
 * --json` and `run` print it. Length-delimited protobuf: each message after its length as a varint, as protobuf's
 * writeDelimitedTo does (https://protobuf.dev/programming-guides/techniques/#streaming). Parquet, which is read alone: files of the archive.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import protobuf from 'protobufjs/minimal.js';
import { z } from 'zod';
import { OperatorError } from '../errors.js';
import { fileText, isUtf16, linesOf } from '../model/file-text.js';
import { limits } from '../model/limits.js';
import type { KafkaRecord } from '../model/record.js';
import { headersOf, parseRelease } from '../model/release.js';
import { topics, type TopicName } from '../model/topics.js';
import { messageIn, type Codec } from '../proto/messages.js';
import { encodeFromJson } from './message-json.js';
import { readParquetRecords, withheldIn } from './parquet-records.js';
import { recordToJson } from './record-json.js';

export type RecordFormat = 'json-lines' | 'delimited';

const formats: Readonly<Record<string, RecordFormat>> = {
  '.jsonl': 'json-lines',
  '.ndjson': 'json-lines',
  '.json': 'json-lines',
  '.bin': 'delimited',
  '.pb': 'delimited',
};

/** The form that a file's name says, or undefined where it says none. */
export const formatOf = (path: string): RecordFormat | undefined => formats[extname(path).toLowerCase()];

/** A record in a file: its key is that of Kafka, which the delimited form does not keep. */
export interface FileRecord {
  readonly key: string;
  readonly value: Uint8Array;
}

/** One record in a form, to be written after the one before. Bytes that are no message of the topic are base64 in JSON. */
export function formatRecord(format: RecordFormat, topic: TopicName, { key, value }: FileRecord): Uint8Array {
  if (format === 'delimited') return protobuf.Writer.create().bytes(value).finish();
  const record = { topic, partition: 0, offset: 0, timestamp: 0, key: null, value };
  const { value: message, valueBase64 } = recordToJson(record, true);
  const isMessage = valueBase64 === undefined && value.length > 0;
  const json = isMessage ? message : { key, valueBase64: Buffer.from(value).toString('base64') };
  return Buffer.from(`${JSON.stringify(json)}\n`);
}

/**
 * Reads a file of records for a topic, whole. Where it does not say otherwise, a record is at partition 0, at the offset of
 * its place in the file, from the time `now` (milliseconds since the epoch), and has its order's id as key. Throws
 * OperatorError BAD_INPUT_FILE, which names the line and what is wrong there.
 */
export async function readRecordFile(path: string, topic: TopicName, now: number): Promise<KafkaRecord[]> {
  const wrong = (problem: string, cause: unknown) =>
    new OperatorError('BAD_INPUT_FILE', `input ${path}${problem}`, { cause, exitCode: 2 });
  let bytes: Buffer;
  try {
    bytes = await readWhole(path);
  } catch (error) {
    if (error === tooLarge) throw wrong(` is larger than ${limits.fileBytes / 2 ** 20} MiB: split it`, error);
    const { code } = error as NodeJS.ErrnoException;
    throw wrong(` cannot be read (${code}): give the path of a file of ${topic} records`, error);
  }
  if (extname(path).toLowerCase() === '.parquet')
    return readParquet(path, bytes, topic).catch((error: unknown) => {
      throw wrong(`: ${(error as Error).message}`, error);
    });
  const isJson = (formatOf(path) ?? contentFormat(bytes)) === 'json-lines';
  try {
    const records = isJson ? readJsonLines(fileText(bytes), topic) : readDelimited(bytes, topic);
    return records.map((record, offset) => ({ topic, partition: 0, offset, timestamp: now, ...record }));
  } catch (error) {
    throw wrong(`, ${(error as Error).message}`, error);
  }
}

const tooLarge = new Error('the file is too large');

/** Counts as it reads: a pipe does not say how much will come. */
async function readWhole(path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limits.fileBytes) throw tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

type ReadRecord = Pick<KafkaRecord, 'key' | 'value'> & Partial<KafkaRecord>;

/** A message of 123 bytes would begin with "{" too, but not go on like an object. */
const contentFormat = (bytes: Buffer): RecordFormat =>
  isUtf16(bytes) || /^\s*\{\s*["}]/.test(bytes.subarray(0, 100).toString()) ? 'json-lines' : 'delimited';

function readJsonLines(text: string, topic: TopicName): ReadRecord[] {
  return linesOf(text).flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [parseLine(JSON.parse(line) as Record<string, unknown>, topic)];
    } catch (error) {
      const what = error instanceof SyntaxError ? 'no JSON object' : (error as Error).message;
      throw new Error(`line ${index + 1}: ${what}`, { cause: error });
    }
  });
}

/** A message, or a record around one. */
function parseLine(json: Record<string, unknown>, topic: TopicName): ReadRecord {
  const isRecord = typeof json === 'object' && json !== null && ('value' in json || 'valueBase64' in json);
  if (!isRecord) {
    const value = encodeFromJson(topic, json);
    return { key: keyOf(topic, value), value };
  }
  if (json.topic !== undefined && json.topic !== topic)
    throw new Error(`a record of ${String(json.topic)}, where ${topic} is read`);
  const value = valueOf(json, topic);
  const { partition, offset, time, key, release } = recordFieldsOf(json);
  return {
    key: key === undefined ? value && keyOf(topic, value) : key === null ? null : Buffer.from(key),
    value,
    ...(partition === undefined ? {} : { partition }),
    ...(offset === undefined ? {} : { offset }),
    // Empty where the record's time was no time, see record-json.ts.
    ...(time ? { timestamp: Date.parse(time) } : {}),
    ...(release === undefined ? {} : { headers: headersOf(release) }),
  };
}

const recordFields = z.object({
  partition: z.int('expected a whole number').min(0, 'expected 0 or more').optional(),
  offset: z.int('expected a whole number').min(0, 'expected 0 or more').optional(),
  time: z
    .string('expected text')
    .refine((time) => time === '' || !Number.isNaN(Date.parse(time)), 'expected a time such as 2026-01-31T12:00:00Z')
    .optional(),
  key: z.string('expected text or null').nullable().optional(),
  release: z
    .string('expected text')
    .refine((release) => parseRelease(release) !== null, 'expected a release such as raw_order/3/1234/validator/1')
    .optional(),
});

function recordFieldsOf(json: object): z.infer<typeof recordFields> {
  const { data, error } = recordFields.safeParse(json);
  if (data) return data;
  const { path, message } = error.issues[0]!;
  throw new Error(`${path.join('.')}: ${message}`);
}

function valueOf({ value, valueBase64 }: Record<string, unknown>, topic: TopicName): Uint8Array | null {
  if (typeof valueBase64 === 'string') return Buffer.from(valueBase64, 'base64');
  return value === null ? null : encodeFromJson(topic, value);
}

/** A file of the archive bears its checksum (archive/files.ts). */
const checksumPattern = /\.([0-9a-f]{64})\.parquet$/i;

/** Rejects with what is wrong with the file. */
async function readParquet(path: string, bytes: Buffer, topic: TopicName): Promise<KafkaRecord[]> {
  const checksum = checksumPattern.exec(path)?.[1];
  if (checksum && createHash('sha256').update(bytes).digest('hex') !== checksum)
    throw new Error('it is damaged, since its checksum is not the one in its name');
  const withheld = await withheldIn(path);
  if (withheld > 0)
    throw new Error(`${withheld} of its records are without their values, since these said who ordered`);
  const records: KafkaRecord[] = [];
  for await (const portion of readParquetRecords(path)) records.push(...portion);
  const other = records.find((record) => record.topic !== topic);
  if (other) throw new Error(`records of ${other.topic}, where ${topic} is read`);
  return records;
}

function readDelimited(bytes: Buffer, topic: TopicName): ReadRecord[] {
  const reader = protobuf.Reader.create(bytes);
  const records: ReadRecord[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    try {
      const value = reader.bytes();
      records.push({ key: keyOf(topic, value), value });
    } catch (error) {
      throw new Error(`message ${records.length + 1}, at byte ${start}: its length goes beyond the end of the file`, {
        cause: error,
      });
    }
  }
  return records;
}

/** The order id, as the stages' own records have it; null where there is none. */
function keyOf(topic: TopicName, value: Uint8Array): Uint8Array | null {
  interface Ids {
    readonly orderId?: string | null;
    readonly order?: Ids | null;
    readonly enrichedOrder?: Ids | null;
  }
  const message = messageIn(topics[topic].codec as Codec<Ids>, value);
  const { orderId } = message?.enrichedOrder?.order ?? message?.order ?? message ?? {};
  return orderId ? Buffer.from(orderId) : null;
}
