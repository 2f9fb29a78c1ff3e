/** A customer of a running secured stack who is erased while orders are at every stage: a program of its own finds nothing of who ordered. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Config } from '../../config.js';
import { compareStreams } from '../../druid/counts.js';
import { queryDruid } from '../../druid/rest.js';
import { streams } from '../../druid/specs.js';
import { publishSegments } from '../../druid/supervisors.js';
import { withPool } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import { setPartnerBehaviour } from '../../partner/behaviour.js';
import { orderflow, settingsOf } from '../cli/orderflow.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { type Findings, placesOf, searchEverywhere, searchFolder, type Value } from './everywhere.js';
import { type Customer, type Fate, type Published, publishFor, publishPlain } from './orders-of-customers.js';

const patience = { timeout: 150_000, interval: 500 };

const erased: Customer = { customerId: 'Erna "Gelöscht" 4711/ß', ipAddress: '2001:db8:77:66::4711' };
const stays: Customer = { customerId: 'Stefan "Bleibt" 4712/ß', ipAddress: '2001:db8:77:66::4712' };
const plain: Customer = { customerId: 'Paula "Offen" 4713/ß', ipAddress: '2001:db8:77:66::4713' };
/** Erased, too: listed as a payment defaulter, and never ordered. */
const defaulter = 'Dora "Säumig" 4714/ß';

let config: Config;
/** For what is the test's own. */
let folder: string;
let values: Record<string, Value>;
/** By what they are to show: that of the customer who is erased, and that of the one who stays. */
const orders: Record<string, readonly [Published, Published]> = {};
let before: Findings;
let wrapped: { readonly keyId: string; readonly hex: string }[];
let countsBefore: unknown;

/** The built command against this stack. */
async function run(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await orderflow(words, settingsOf(config));
  expect(code, `${words.join(' ')}: ${stderr}`).toBe(0);
  return stdout;
}

/** What PostgreSQL says to the owner of its tables. */
const ask = async <Row extends object>(text: string, parameters: unknown[] = []) =>
  (await withPool(databaseOf(config, 'owner'), (pool) => pool.query<Row>(text, parameters))).rows;

const statusOf = async ({ orderId }: Published) =>
  (
    await ask<{ status: string }>(
      'SELECT status FROM status_history WHERE order_id = $1 ORDER BY recorded_at DESC LIMIT 1',
      [orderId],
    )
  )[0]?.status;
const statuses = async () =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(orders).map(async ([what, both]) => [what, await Promise.all(both.map(statusOf))]),
    ),
  ) as Record<string, unknown>;

/** Publishes an order of either customer, and waits until both have the status. */
async function publish(what: string, fate: Fate, status: string): Promise<void> {
  orders[what] = (await publishFor(config, fate, [erased, stays])) as [Published, Published];
  await vi.waitFor(async () => expect((await statuses())[what]).toEqual([status, status]), patience);
}

/** What Druid has of the orders that have their end before the customer is erased. */
async function countsInDruid(): Promise<unknown> {
  const ended = ['delivered', 'rejected', 'set aside', 'refused'].flatMap((what) => orders[what]!);
  const ids = ended.map(({ orderId }) => `'${orderId}'`);
  const counts = streams
    .filter((topic) => topic !== 'aggregated_order' && topic !== 'dead_letter')
    .map(async (topic) => [
      topic,
      await queryDruid(
        config,
        `SELECT COUNT(*) AS "rows", COUNT(DISTINCT order_id) AS orders, APPROX_COUNT_DISTINCT_BUILTIN(customers) AS customers
         FROM ${topic} WHERE order_id IN (${ids.join()})`,
      ),
    ]);
  return Object.fromEntries(await Promise.all(counts)) as unknown;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-erased-'));
  config = await localStack({
    // An order waits before each stage that is stopped.
    ...{ ORDERFLOW_PROFILE: 'secured', ORDERFLOW_PARALLELISM: '1', ORDERFLOW_FUSED: 'false' },
    ...{ ORDERFLOW_PARTNER_RETRY_MS: '500', ORDERFLOW_PARTNER_RETRY_MAX_MS: '1000' },
  });
  await run('demo', '--once', '--keep', '--json', '--orders', '200', '--seed', '7', '--with', 'druid');
}, 600_000);

afterAll(async () => {
  await removeLocalStack(config);
  await rm(folder, { recursive: true });
}, 120_000);

test('has orders of two customers at every stage, and savepoints', { timeout: 600_000 }, async () => {
  await publish('delivered', 'delivered', 'DELIVERED');
  await publish('rejected', 'rejected', 'REJECTED');
  await publish('set aside', 'invalid', 'DEAD_LETTERED');
  await setPartnerBehaviour(config, { status: 422 });
  await publish('refused', 'delivered', 'DELIVERY_FAILED');
  await publishPlain(config, plain);
  for (const topic of streams) await publishSegments(config, topic);
  await compareStreams(config);
  countsBefore = await countsInDruid();

  await setPartnerBehaviour(config, { status: 503 });
  await publish('parked', 'delivered', 'DELIVERY_PENDING');
  await run('savepoint', 'all');
  await run('stop', 'enricher');
  await publish('validated', 'delivered', 'VALIDATED');
  await run('stop', 'validator');
  await publish('undecided', 'delivered', 'CREATED');
  await ask('INSERT INTO payment_defaulters VALUES ($1)', [defaulter]);
  for (const table of ['customer_keys', 'payment_defaulters']) await ask(`ANALYZE ${table}`);
});

const ofErased = ['erased customer', 'erased address'];
const ofStays = ['customer who stays', 'address that stays'];
const ofPlain = ['plain customer', 'plain address'];

test('has them sealed: who has its metastore and its KMS reads who ordered, and nobody else', async () => {
  const [{ orderId, toLocationId }] = orders['delivered']!;
  wrapped = await ask<{ keyId: string; hex: string }>(
    `SELECT key_id AS "keyId", encode(wrapped, 'hex') AS hex FROM customer_keys`,
  );
  values = {
    ...{ 'erased customer': erased.customerId, 'erased address': erased.ipAddress },
    ...{ 'customer who stays': stays.customerId, 'address that stays': stays.ipAddress },
    ...{ 'plain customer': plain.customerId, 'plain address': plain.ipAddress },
    ...{ defaulter, order: orderId, location: toLocationId },
  };
  before = await searchEverywhere(config, values);
  expect(placesOf(before.found, ...ofErased, ...ofStays)).toEqual([]);
  for (const names of [ofErased, ofStays])
    expect(placesOf(before.opened, ...names)).toEqual([
      'table public.parked_deliveries',
      'topic dead_letter',
      'topic enriched_order',
      'topic external_order',
      'topic raw_order',
      'topic rejected_order',
      'topic valid_order',
    ]);
  expectRead(before);
}, 240_000);

test(
  'erases one of them, loses and doubles nothing, and has the same numbers in Druid',
  { timeout: 600_000 },
  async () => {
    const erase = async (id: string) =>
      JSON.parse(await run('erase-customer', id, '--json')) as { keyIds: string[]; wasDefaulter: boolean };
    const { keyIds } = await erase(erased.customerId);
    expect(keyIds).toHaveLength(1);
    values['wrapped key'] = { hex: wrapped.find(({ keyId }) => keyId === keyIds[0])!.hex };
    expect(await erase(defaulter)).toEqual({ keyIds: [], wasDefaulter: true });
    await run('submit', 'validator', 'enricher');
    // The partner takes nothing: it ends where no worker has the key any more.
    await vi.waitFor(
      async () => expect((await statuses())['parked']).toEqual(['DELIVERY_FAILED', 'DELIVERY_PENDING']),
      patience,
    );
    await setPartnerBehaviour(config, {});
    const ends = {
      ...{ delivered: ['DELIVERED', 'DELIVERED'], rejected: ['REJECTED', 'REJECTED'] },
      ...{ 'set aside': ['DEAD_LETTERED', 'DEAD_LETTERED'], refused: ['DELIVERY_FAILED', 'DELIVERY_FAILED'] },
      ...{ parked: ['DELIVERY_FAILED', 'DELIVERED'], validated: ['DELIVERY_FAILED', 'DELIVERED'] },
      undecided: ['REJECTED', 'DELIVERED'],
    };
    await vi.waitFor(async () => expect(await statuses()).toEqual(ends), patience);
    await run('savepoint', 'all');

    const report = JSON.parse(await run('reconcile', '--json', '--wait', '60')) as object;
    expect(report).toMatchObject({ lost: 0, duplicated: 0, reconciled: true, unaccounted: 0, problems: [] });
    const streamsInDruid = await compareStreams(config);
    expect(streams.filter((topic) => !streamsInDruid[topic].isEqual)).toEqual([]);
    expect(await countsInDruid()).toEqual(countsBefore);
  },
);

describe('a program of its own', () => {
  test('finds nothing of who was erased, and all of who stays', async () => {
    const after = await searchEverywhere(config, values);
    expect(placesOf(after.found, ...ofErased)).toEqual([]);
    expect(placesOf(after.opened, ...ofErased)).toEqual([]);
    expect(placesOf(after.found, ...ofStays)).toEqual([]);
    expect(placesOf(after.opened, ...ofStays)).toEqual(
      placesOf(before.opened, ...ofStays).filter((place) => place !== 'table public.parked_deliveries'),
    );
    // As docs/personal-data.md says: what PostgreSQL has not overwritten yet.
    for (const name of ['wrapped key', 'defaulter'])
      expect(
        placesOf(after.found, name).filter((place) => !/^file postgres\/data\/(base|pg_wal)\//.test(place)),
      ).toEqual([]);
    expectRead(after);
  }, 240_000);

  test('finds what it is to find in each kind of place', () => {
    const isIn = (places: readonly string[], place: RegExp) => places.some((one) => place.test(one));
    const ofOrder = placesOf(before.found, 'order');
    for (const place of [
      ...['raw_order', 'valid_order', 'enriched_order', 'external_order'].flatMap((name) => [
        `topic ${name}`,
        `datasource ${name}`,
      ]),
      ...['table public.status_history', 'file partner/journal.ndjson', 'file kafka/data/raw_order-'],
      ...['file druid/segment', 'file postgres/data/'],
    ])
      expect(
        ofOrder.filter((found) => found.startsWith(place)),
        place,
      ).not.toEqual([]);
    const ofLocation = placesOf(before.found, 'location');
    for (const place of [
      /^file flink\/checkpoints\/.* \(rocksdb\)$/,
      /^file flink\/savepoints\//,
      /^topic aggregated_order$/,
    ])
      expect(isIn(ofLocation, place), String(place)).toBe(true);
    expect(placesOf(before.found, 'defaulter')).toContain('table public.payment_defaulters');
    // A plain order stays plain where it was written to, and is sealed from the validator on.
    const isPlace = (place: string) => place === 'topic raw_order' || place.startsWith('file kafka/data/raw_order-');
    expect(placesOf(before.found, ...ofPlain).filter((place) => !isPlace(place))).toEqual([]);
    expect(placesOf(before.found, ...ofPlain)).toContain('topic raw_order');
    expect(placesOf(before.opened, ...ofPlain)).toContain('topic valid_order');
  });

  test('finds what is planted in a log, a packed log and a savepoint, in each form', async () => {
    const forms = [...formsOf('erased customer', erased.customerId), ...formsOf('erased address', erased.ipAddress)];
    const planted = join(folder, 'planted');
    const savepoints = join(config.home, 'flink', 'savepoints');
    const metadata = (await readdir(savepoints, { recursive: true })).find((file) => file.endsWith('_metadata'))!;
    await mkdir(planted);
    for (const [at, { bytes }] of forms.entries()) {
      const line = Buffer.concat([Buffer.from('WARN an order of '), bytes, Buffer.from(' waits\n')]);
      await writeFile(join(planted, `${at}.log`), line);
      await writeFile(join(planted, `${at}.log.gz`), gzipSync(line));
      await writeFile(
        join(planted, `${at}_metadata`),
        Buffer.concat([await readFile(join(savepoints, metadata)), line]),
      );
    }
    const { found } = await searchFolder(planted, values);
    for (const [at, { name, form }] of forms.entries())
      for (const file of [`${at}.log`, `${at}.log.gz (gzip)`, `${at}_metadata`])
        expect(found[`file ${file}`], `${form} in ${file}`).toContain(name);
  });
});

/** The forms in which a text may have been written down. */
function formsOf(name: string, text: string) {
  const bytes = Buffer.from(text);
  const escape = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const base64 = (before: string) => Buffer.from(`${before}${text}, and more`).toString('base64');
  const forms = {
    'as it is': bytes,
    hexadecimal: bytes.toString('hex'),
    'upper-case hexadecimal': bytes.toString('hex').toUpperCase(),
    ...{ 'base64 at 0': base64(''), 'base64 at 1': base64('a'), 'base64 at 2': base64('ab') },
    'base64url at 1': Buffer.from(`a${text}`).toString('base64url'),
    'UTF-16': Buffer.from(text, 'utf16le'),
    JSON: JSON.stringify(text),
    'JSON in ASCII': JSON.stringify(text).replaceAll(/[^\x20-\x7e]/g, escape),
    URL: encodeURIComponent(text),
  };
  return Object.entries(forms).map(([form, content]) => ({ name, form, bytes: Buffer.from(content as string) }));
}

/** It has read all, and a good part of each. */
function expectRead({ read, unreadable }: Findings): void {
  for (const topic of streams) expect(read[`records of ${topic}`], topic).toBeGreaterThan(0);
  for (const topic of streams) expect(read[`rows of ${topic}`], topic).toBeGreaterThan(0);
  expect(read['records of audit']).toBeGreaterThan(0);
  expect(read['files']).toBeGreaterThan(500);
  expect(read['rocksdb contents']).toBeGreaterThan(0);
  // Catalogues that the owner of the tables may not read, and RocksDB's library, which has the mark of its files in it.
  expect(
    unreadable.filter((place) => !/^table (pg_catalog|information_schema)\.|\/librocksdbjni[^/]*$/.test(place)),
  ).toEqual([]);
}
