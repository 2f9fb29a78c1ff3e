import { expect, it } from 'vitest';
import { portionsOf } from '../../archive/keep.js';
import type { KafkaRecord } from '../../model/record.js';

const noon = Date.parse('2026-01-31T12:00:00Z');
const day = 86_400_000;

const record = (offset: number, timestamp = noon, bytes = 1): KafkaRecord => ({
  ...{ topic: 'raw_order', partition: 0, offset, timestamp, key: null },
  value: Buffer.alloc(bytes),
});

async function* read(...portions: readonly (readonly KafkaRecord[])[]) {
  yield* portions;
}

async function portions(records: ReturnType<typeof read>, from: number, to: number) {
  const all: string[] = [];
  for await (const portion of portionsOf(records, { from, to }))
    all.push(`${portion.from}-${portion.to}: ${portion.records.map(({ offset }) => offset).join()}`);
  return all;
}

it('has portions that follow upon each other, also where offsets have no record', async () => {
  expect(await portions(read([record(3), record(4)], [record(7)]), 0, 10)).toEqual(['0-10: 3,4,7']);
  expect(await portions(read([record(3)], [record(7, noon + day), record(9, noon + day)]), 0, 12)).toEqual([
    '0-7: 3',
    '7-12: 7,9',
  ]);
  expect(await portions(read(), 0, 10)).toEqual([]);
});

it('begins another portion where one is full, by records or by bytes', async () => {
  const many = Array.from({ length: 50_002 }, (_, offset) => record(offset));
  const of = async (records: readonly KafkaRecord[]) =>
    (await portions(read(records), 0, records.length)).map((text) => text.split(':')[0]);
  expect(await of(many)).toEqual(['0-50000', '50000-50002']);
  expect(await of(Array.from({ length: 10 }, (_, offset) => record(offset, noon, 2 ** 23)))).toEqual([
    ...['0-4', '4-8', '8-10'],
  ]);
});
