/** The commands of the metastore as a person calls them, one after the other, against a PostgreSQL. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { withPool } from '../../metastore/connection.js';
import { lastUpkeep } from '../../metastore/upkeep.js';
import { startPostgres, type TestPostgres } from '../postgres.js';
import { linesHere } from './here.js';

let postgres: TestPostgres;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-reference-'));
  postgres = await startPostgres();
});
beforeEach(() => {
  vi.stubEnv('ORDERFLOW_POSTGRES_URL', postgres.url);
});
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true });
});

const rowsIn = (table: string) =>
  withPool(postgres.database, async (pool) => (await pool.query(`SELECT FROM ${table}`)).rowCount);

/** What the command prints; rejects with its error. */
const orderflow = async (...words: string[]) => (await linesHere(...words)).join('\n');

test('asks for `schema migrate` where there are no tables yet', async () => {
  await expect(orderflow('order', 'O-1')).rejects.toMatchObject({
    code: 'METASTORE_NOT_MIGRATED',
    message: expect.stringMatching(/lacks the tables of Orderflow; run `orderflow schema migrate`$/) as string,
  });
});

test('migrates once, and touches no data', async () => {
  expect(await orderflow('schema', 'migrate')).toMatch(/^ran 0001_reference_data, .*\nmade 38 partitions$/);
  expect(JSON.parse(await orderflow('schema', 'migrate', '--json'))).toEqual({
    migrations: [],
    partitions: [],
    grants: { done: [], left: [] },
  });
  expect(await rowsIn('locations')).toBe(0);
});

describe('reference load', () => {
  const file = () => join(folder, 'reference.json');
  const data = {
    locations: [
      { locationId: 'L-1', name: 'North', region: 'EU' },
      { locationId: 'L-2', name: 'South', region: 'EU' },
    ],
    routes: [{ orderType: 'STANDARD', destination: '*', route: 'INTERNAL' }],
    fraudNetworks: ['203.0.113.0/24'],
    paymentDefaulters: ['C-1'],
    ipRegions: [{ network: '198.51.100.0/24', region: 'EU' }],
    leadTimes: [{ fromRegion: 'EU', toRegion: 'EU', minutes: 60 }],
    cancelledOrders: [],
  };
  const load = async (changed: object, ...options: string[]) => {
    await writeFile(file(), JSON.stringify({ ...data, ...changed }));
    return orderflow('reference', 'load', file(), ...options);
  };

  test('says in a dry run what it would add, and adds nothing', async () => {
    const text = await load({}, '--dry-run');
    expect(text.split('\n')[1]).toMatch(/^locations +2 +0 +0$/);
    expect(text).toMatch(/nothing is changed: this was a dry run$/);
    expect(await rowsIn('locations')).toBe(0);
  });

  test('adds what is new, changes what has the same key, and removes nothing', async () => {
    await load({});
    const [north] = data.locations;
    const routes = [{ orderType: 'STANDARD', destination: '*', route: 'EXTERNAL', partnerId: 'P-1' }];
    const json = await load(
      { locations: [{ ...north, name: 'Northern' }], routes, paymentDefaulters: ['C-2'] },
      '--json',
    );
    expect(JSON.parse(json)).toEqual({
      locations: { added: [], changed: ['L-1'], unchanged: 0 },
      routes: { added: [], changed: ['STANDARD to *'], unchanged: 0 },
      fraudNetworks: { added: [], changed: [], unchanged: 1 },
      paymentDefaulters: { added: ['C-2'], changed: [], unchanged: 0 },
      ipRegions: { added: [], changed: [], unchanged: 1 },
      leadTimes: { added: [], changed: [], unchanged: 1 },
      cancelledOrders: { added: [], changed: [], unchanged: 0 },
    });
    expect(await rowsIn('locations')).toBe(2);
    expect(await load({})).toMatch(/\nchanged locations: L-1\nchanged routes: STANDARD to \*$/);
  });

  test('refuses a file as a whole, of which a part is wrong', async () => {
    const leadTimes = [{ fromRegion: 'EU', toRegion: 'EU', minutes: -1 }];
    await expect(load({ locations: [{ locationId: 'L-3', name: '', region: 'EU' }], leadTimes })).rejects.toThrow(
      /leadTimes\[0\]\.minutes/,
    );
    expect(await rowsIn('locations')).toBe(2);
  });
});

test('forgets nothing that is young', async () => {
  const text = 'made 0 partitions, dropped 0, deleted 0 lines and 0 claims';
  expect(await orderflow('retention', 'run')).toBe(text);
  expect(JSON.parse(await orderflow('retention', 'run', '--keep-days', '90', '--json'))).toMatchObject({ claims: 0 });
  const { last } = await withPool(postgres.database, lastUpkeep);
  expect(last).toMatchObject({ startedBy: userInfo().username, problem: '' });
});

test.each([
  [['retention', 'run', '--keep-days', '0'], '--keep-days: expected a whole number, 1 or more'],
  [['retention', 'run', '--keep-days', 'x'], '--keep-days: expected a whole number, 1 or more'],
  [['reference', 'load', '/none.json'], 'reference data /none.json: cannot be read (ENOENT)'],
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
    waiting: [],
  });
});

test('says where no PostgreSQL answers', async () => {
  vi.stubEnv('ORDERFLOW_POSTGRES_URL', 'postgres://u:secret@127.0.0.1:1/d');
  await expect(orderflow('cancel-order', 'O-1')).rejects.toThrow(
    'PostgreSQL at 127.0.0.1:1/d cannot be reached (ECONNREFUSED): start it with `orderflow up`',
  );
});
