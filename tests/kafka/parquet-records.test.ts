import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readParquetRecords, withheldIn, writeParquetRecords, type ParquetRow } from '../../kafka/parquet-records.js';
import type { KafkaRecord } from '../../model/record.js';

let path: string;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-parquet-'));
  path = join(folder, 'records.parquet');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function readAll(): Promise<KafkaRecord[]> {
  const records: KafkaRecord[] = [];
  for await (const portion of readParquetRecords(path)) records.push(...portion);
  return records;
}

/** Bytes as text, which compare whatever class they are of. */
const plain = ({ key, value, headers, ...rest }: KafkaRecord) => ({
  ...rest,
  key: key && Buffer.from(key).toString('hex'),
  value: value && Buffer.from(value).toString('hex'),
  headers: headers?.map((each) => [each.key, each.value && Buffer.from(each.value).toString('hex')]),
});

const bytes = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: null });
const header = fc.record({ key: fc.string({ unit: 'grapheme' }), value: bytes });
const record = fc.record({
  topic: fc.constant('raw_order'),
  partition: fc.nat(2 ** 31 - 1),
  offset: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  timestamp: fc.nat({ max: 8.64e15 }),
  key: bytes,
  value: bytes,
});
const withHeaders = fc
  .tuple(record, fc.array(header, { maxLength: 3 }))
  .map(([of, headers]): KafkaRecord => (headers.length > 0 ? { ...of, headers } : of));

it('has each record as it was, byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(withHeaders, { minLength: 1, maxLength: 30 }), async (records) => {
      const rows = records.map((each): ParquetRow => ({ record: each, isWithheld: false, cells: { a: 'x' } }));
      await writeParquetRecords(path, { a: 'STRING' }, rows);
      expect((await readAll()).map(plain)).toEqual(records.map(plain));
    }),
    { numRuns: 100 },
  );
});

it('reads more than one group of rows in their order', async () => {
  const records = Array.from({ length: 25_001 }, (_, offset) => ({
    ...{ topic: 'raw_order', partition: 0, offset, timestamp: 1_700_000_000_000, key: null },
    value: Buffer.from(String(offset)),
  }));
  await writeParquetRecords(
    path,
    {},
    records.map((each) => ({ record: each, isWithheld: false, cells: {} })),
  );
  expect((await readAll()).map(plain)).toEqual(records.map(plain));
});

it('has no byte of value, key and headers that are withheld, says how many, and has the columns beside it', async () => {
  const secret = 'C-000042 ordered this';
  const of = { topic: 'raw_order', partition: 0, offset: 1, timestamp: 1_700_000_000_000, key: Buffer.from('k') };
  const rows = [true, false].map((isWithheld) => ({
    record: {
      ...of,
      ...(isWithheld && { key: Buffer.from(secret), headers: [{ key: secret, value: Buffer.from(secret) }] }),
      value: Buffer.from(isWithheld ? secret : 'open'),
    },
    isWithheld,
    cells: { at: new Date(5), items: 3n, lines: { sku: ['a'] }, name: null },
  }));
  await writeParquetRecords(path, { at: 'TIMESTAMP', items: 'INT64', lines: 'JSON', name: 'STRING' }, rows);
  expect(await withheldIn(path)).toBe(1);
  expect((await readAll()).map(({ value }) => value && Buffer.from(value).toString())).toEqual([null, 'open']);
  const file = await asyncBufferFromFile(path);
  const [first] = await parquetReadObjects({ file });
  expect(first).toMatchObject({ at: new Date(5), items: 3n, lines: { sku: ['a'] }, name: null, withheld: true });
  expect(Buffer.from(await file.slice(0, file.byteLength)).includes(secret)).toBe(false);
});
