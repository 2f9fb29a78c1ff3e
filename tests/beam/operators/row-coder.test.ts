import '../../../beam/sdk.js';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { Context, globalRegistry, type Coder } from 'apache-beam/coders/coders';
import { RowCoder as StockRowCoder } from 'apache-beam/coders/row_coder';
import { Schema } from 'apache-beam/proto/schema';
import { describe, expect, test } from 'vitest';
import { registerRowCoder, rowCoder, type Row } from '../../../beam/operators/row-coder.js';

// The reader that the SDK's worker hands to coders: the SDK has a protobufjs of its own.
const { Reader } = createRequire(createRequire(import.meta.url).resolve('apache-beam'))('protobufjs') as {
  Reader: new (bytes: Uint8Array) => Parameters<Coder<Row>['decode']>[0];
};

// Made by our RowDeserializer and written by Beam 2.62's Java RowCoder, see fixtures/GoldenRows.java.
const fixtures = JSON.parse(readFileSync(new URL('../fixtures/kafka-rows.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>;
const bytesOf = (name: string) => Buffer.from(fixtures[name]!, 'hex');
const schemaOf = (name: string) => Schema.fromBinary(bytesOf(name));
const bytes = (...values: number[]) => Uint8Array.from(values);
const text = (value: string) => new TextEncoder().encode(value);

const key = text('order-7');
const value = bytes(0, 0xff, 7);
const headers = [
  { key: 'source', value: text('web') },
  { key: 'empty', value: null },
];
const record = {
  topic: 'raw_order',
  partition: 0,
  offset: 0,
  timestamp: 0,
  key,
  value,
  headers,
  deletedFrom: null,
};
const records: Record<string, Row> = {
  'all fields': { ...record, partition: 3, offset: 42, timestamp: 1_700_000_000_000 },
  'null key': { ...record, key: null },
  'null value': { ...record, offset: 1, value: null },
  'no headers': { ...record, offset: 2, headers: [] },
  'nulls only': { ...record, offset: 4, key: null, value: null, headers: [] },
  'empty key and value': { ...record, offset: 5, key: bytes(), value: bytes() },
  'big offset': { ...record, partition: 11, offset: 9_007_199_254_740_991 },
  'negative timestamp': { ...record, offset: 6, timestamp: -1 },
  'behind a gap': { ...record, partition: 5, offset: 12, deletedFrom: 8 },
  'long value': { ...record, offset: 7, value: new Uint8Array(300) },
};

/** The row, and how many bytes are left behind it. */
function decode(coder: Coder<Row>, encoded: Uint8Array) {
  const reader = new Reader(encoded);
  return { row: coder.decode(reader, Context.needsDelimiters), left: reader.len - reader.pos };
}

describe("rows of Kafka's records", () => {
  test.each(Object.entries(records))('%s', (name, row) => {
    expect(decode(rowCoder(schemaOf('schema')), bytesOf(name))).toEqual({ row, left: 0 });
  });

  test.each(Object.entries(records))('%s, with other encoding positions than those of the fields', (name, row) => {
    const encoded = bytesOf(`${name}, reversed`);
    expect(decode(rowCoder(schemaOf('reversedSchema')), encoded)).toEqual({ row, left: 0 });
  });

  test('are read one after another from a chunk', () => {
    const coder = rowCoder(schemaOf('schema'));
    const reader = new Reader(Buffer.concat(Object.keys(records).map(bytesOf)));
    expect(Object.keys(records).map(() => coder.decode(reader, Context.needsDelimiters))).toEqual(
      Object.values(records),
    );
    expect(reader.pos).toBe(reader.len);
  });

  test('do not hold on to the chunk that they came in', () => {
    const { row } = decode(rowCoder(schemaOf('schema')), bytesOf('all fields'));
    expect((row.value as Uint8Array).buffer.byteLength).toBe(value.length);
  });

  test('throw where they are cut short', () => {
    const coder = rowCoder(schemaOf('schema'));
    const whole = bytesOf('all fields');
    for (let length = 0; length < whole.length; length++) {
      expect(() => decode(coder, whole.subarray(0, length)), `${length} bytes`).toThrow();
    }
  });
});

test('elements of an array may be null', () => {
  const row = { texts: ['a', null, ''], flag: true, small: -5, missing: null };
  expect(decode(rowCoder(schemaOf('nullableElementsSchema')), bytesOf('nullable elements'))).toEqual({ row, left: 0 });
});

test('fields that the writer of a row did not know yet are null', () => {
  const schema = schemaOf('schema');
  const longer = Schema.create({
    ...schema,
    fields: [...schema.fields, { ...schema.fields[1], name: 'added', encodingPosition: 7 }],
  });
  expect(decode(rowCoder(longer), bytesOf('nulls only')).row).toEqual({ ...records['nulls only'], added: null });
});

test('refuses a schema with a type that it does not know, before any row is read', () => {
  const schema = schemaOf('schema');
  const [known] = schema.fields;
  const mapType = { keyType: known!.type!, valueType: known!.type! };
  const field = { ...known, type: { nullable: false, typeInfo: { oneofKind: 'mapType', mapType } } };
  expect(() => rowCoder(Schema.create({ ...schema, fields: [field as never] }))).toThrow('no decoder for a field');
});

test("takes the place of the SDK's coder in this process", () => {
  registerRowCoder();
  const coder = globalRegistry().getCoder('beam:coder:row:v1', bytesOf('schema') as never) as Coder<Row>;
  expect(decode(coder, bytesOf('all fields'))).toEqual({ row: records['all fields'], left: 0 });
});

describe("the SDK's own row coder (when these fail, ours can go)", () => {
  const readByStock = (schema: string, name: string) => {
    try {
      return decode(new StockRowCoder(schemaOf(schema)) as unknown as Coder<Row>, bytesOf(name)).row;
    } catch (error) {
      return error;
    }
  };

  test('cannot read a record with a timestamp of today', () => {
    expect(readByStock('schema', 'all fields')).toEqual(new RangeError('index out of range: 59 + 10 > 59'));
  });

  test('cannot read a record with an offset above 2^31', () => {
    expect(readByStock('schema', 'big offset')).toEqual(new RangeError('index out of range: 61 + 10 > 61'));
  });

  test('takes values for those of other fields where encoding positions are set', () => {
    expect(readByStock('reversedSchema', 'nulls only, reversed')).toBeInstanceOf(RangeError);
  });
});
