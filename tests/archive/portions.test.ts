import { expect, it } from 'vitest';
import { OperatorError } from '../../errors.js';
import { portionsOf, remainingPortions, type Portion } from '../../archive/portions.js';
import type { KafkaRecord } from '../../model/record.js';

const noon = Date.parse('2026-01-31T12:00:00Z');
const day = 86_400_000;

const record = (offset: number, timestamp = noon, bytes = 1): KafkaRecord => ({
  ...{ topic: 'raw_order', partition: 0, offset, timestamp, key: null },
  value: Buffer.alloc(bytes),
});

/** A reading that fails at once. */
const failing = (error: Error): AsyncIterable<readonly KafkaRecord[]> => ({
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }),
});

async function* read(...portions: readonly (readonly KafkaRecord[])[]) {
  yield* portions;
}

const textOf = ({ from, to, records }: Portion) => `${from}-${to}: ${records.map(({ offset }) => offset).join()}`;

async function portions(records: ReturnType<typeof read>, from: number, to: number) {
  const all: string[] = [];
  for await (const portion of portionsOf(records, { from, to })) all.push(textOf(portion));
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

it('counts keys and headers of records, which any producer may have made large', async () => {
  const large = Buffer.alloc(2 ** 23);
  const records = [0, 1, 2, 3, 4].map((offset) => ({ ...record(offset), value: null }));
  for (const change of [{ key: large }, { headers: [{ key: 'trace', value: large }] }]) {
    const all = await portions(read(records.map((one) => ({ ...one, ...change }))), 0, 5);
    expect(all.length).toBeGreaterThan(1);
  }
});

const deleted = new OperatorError('RECORDS_DELETED', 'gone');

/** A stretch from 0 to 10 of which Kafka deletes what comes before `low` once it has been read up to `until`. */
function shrinking(until: number, low: number) {
  const gaps: string[] = [];
  const reading = {
    async *readFrom(from: number) {
      yield [from, from + 1].filter((offset) => offset < 10).map((offset) => record(offset));
      if (from < low && until < low) throw deleted;
      for (let offset = from + 2; offset < 10; offset++) yield [record(offset)];
    },
    requireSame: async () => undefined,
    firstNow: async () => low,
    onGap: ({ from, to }: { from: number; to: number }) => void gaps.push(`${from}-${to}`),
  };
  return { reading, gaps };
}

async function remaining(reading: Parameters<typeof remainingPortions>[1]) {
  const all: string[] = [];
  for await (const portion of remainingPortions({ from: 0, to: 10 }, reading)) all.push(textOf(portion));
  return all;
}

it('keeps what was read before Kafka deleted the next, and goes on behind that', async () => {
  const { reading, gaps } = shrinking(2, 5);
  expect(await remaining(reading)).toEqual(['0-2: 0,1', '5-10: 5,6,7,8,9']);
  expect(gaps).toEqual(['2-5']);
  const all = shrinking(2, 12);
  expect(await remaining(all.reading)).toEqual(['0-2: 0,1']);
  expect(all.gaps).toEqual(['2-10']);
});

it('fails where reading does, and where Kafka has what it says that it has not', async () => {
  const { reading } = shrinking(2, 5);
  await expect(remaining({ ...reading, firstNow: async () => 2 })).rejects.toBe(deleted);
  const away = new Error('away');
  const readFrom = async function* () {
    yield [record(0)];
    throw away;
  };
  await expect(remaining({ ...reading, readFrom })).rejects.toBe(away);
});

it('takes nothing of a topic that was made anew while it was read', async () => {
  const { reading } = shrinking(10, 0);
  const another = new OperatorError('TOPIC_MADE_ANEW', 'another');
  const all: string[] = [];
  const work = async () => {
    for await (const portion of remainingPortions(
      { from: 0, to: 10 },
      { ...reading, requireSame: () => Promise.reject(another) },
    ))
      all.push(textOf(portion));
  };
  await expect(work()).rejects.toBe(another);
  expect(all).toEqual([]);
  // A shorter one lacks what comes next, too.
  const shorter = { ...reading, readFrom: () => failing(deleted), requireSame: () => Promise.reject(another) };
  await expect(remaining(shorter)).rejects.toBe(another);
});
