/** `migrate`, `cancel-order` and `order` as a person calls them, one after the other, against a PostgreSQL. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startPostgres, type TestPostgres } from '../postgres.js';
import { linesHere } from './here.js';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
beforeEach(() => {
  vi.stubEnv('ORDERFLOW_POSTGRES_URL', postgres.url);
});
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(() => postgres.stop());

/** What the command prints; rejects with its error. */
const orderflow = async (...words: string[]) => (await linesHere(...words)).join('\n');

test('asks for `migrate` where there are no tables yet', async () => {
  await expect(orderflow('order', 'O-1')).rejects.toMatchObject({
    code: 'METASTORE_NOT_MIGRATED',
    message: expect.stringMatching(/lacks the tables of Orderflow; run `orderflow migrate`$/) as string,
  });
});

test('migrates once, and loads the reference data each time', async () => {
  expect(await orderflow('migrate')).toMatch(
    /^ran 0001_reference_data, .*\nmade 38 partitions, loaded \d+ rows of reference data$/,
  );
  expect(JSON.parse(await orderflow('migrate', '--json', '--keep-days', '30'))).toEqual({
    migrations: [],
    partitions: [],
    referenceRows: expect.any(Number) as number,
    dropped: { partitions: [], claims: 0 },
  });
});

test.each([
  [['migrate', '--keep-days', '0'], '--keep-days: expected a whole number, 1 or more'],
  [['migrate', '--keep-days', 'x'], '--keep-days: expected a whole number, 1 or more'],
  [['migrate', '--reference', '/none.json'], 'reference data /none.json: cannot be read (ENOENT)'],
  [['order', 'O-1'], 'nothing is known of order O-1: check the id'],
])('refuses %j in one sentence', async (words, sentence) => {
  await expect(orderflow(...words)).rejects.toThrow(sentence);
});

test('cancels orders, whose story says so, ids of digits included', async () => {
  expect(await orderflow('cancel-order', 'O-1', '007')).toBe('cancelled: 2');
  expect(await orderflow('cancel-order', 'O-1')).toBe('all of them were cancelled before');
  expect(await orderflow('order', '007')).toMatch(/^order 007\ncancelled \d{4}-\d\d-\d\dT/);
  expect(JSON.parse(await orderflow('order', 'O-1', '--json'))).toEqual({
    orderId: 'O-1',
    publications: [],
    parked: null,
    cancelledAt: expect.any(Number) as number,
    releases: [],
  });
});

test('says where no PostgreSQL answers', async () => {
  vi.stubEnv('ORDERFLOW_POSTGRES_URL', 'postgres://u:secret@127.0.0.1:1/d');
  await expect(orderflow('cancel-order', 'O-1')).rejects.toThrow(
    'PostgreSQL at 127.0.0.1:1/d cannot be reached (ECONNREFUSED): start it with `orderflow up`',
  );
});
