/** What commands leave in the audit trail, and `orderflow audit`, against a PostgreSQL, while Kafka is away. */
import { userInfo } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startPostgres, type TestPostgres } from '../postgres.js';
import { linesHere } from './here.js';
import { nothingRuns } from './orderflow.js';

let postgres: TestPostgres;
const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
beforeAll(async () => {
  postgres = await startPostgres();
});
beforeEach(() => {
  said.mockClear();
  process.exitCode = undefined;
  for (const [name, value] of Object.entries(nothingRuns)) vi.stubEnv(name, value);
  vi.stubEnv('ORDERFLOW_POSTGRES_URL', postgres.url);
  vi.stubEnv('ORDERFLOW_OPERATOR', 'Ada Lovelace');
});
afterEach(() => {
  process.exitCode = undefined;
  vi.unstubAllEnvs();
});
afterAll(() => postgres.stop());

const orderflow = async (...words: string[]) => (await linesHere(...words)).join('\n');
interface Listed {
  readonly action: string;
  readonly outcome: string;
  readonly subjects: string[];
  readonly details: Record<string, unknown>;
}
const events = async (...filter: string[]) =>
  (JSON.parse(await orderflow('audit', 'list', '--json', ...filter)) as { events: Listed[] }).events;

test('a trail that is required and not there lets nothing be changed; one that is wanted says so', async () => {
  vi.stubEnv('ORDERFLOW_AUDIT', 'required');
  await expect(orderflow('retention', 'run')).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
  await expect(orderflow('cancel-order', 'O-1')).rejects.toMatchObject({ code: 'METASTORE_NOT_MIGRATED' });
});

test('each change leaves who, what and how it ended', async () => {
  await orderflow('schema', 'migrate');
  await orderflow('reference', 'load', 'metastore/reference/default.json');
  await orderflow('reference', 'load', 'metastore/reference/default.json', '--dry-run');
  await orderflow('cancel-order', 'O-1', 'O-2');
  await orderflow('parked', 'give-up', '--all', '--why', 'sold out');
  await orderflow('retention', 'run');
  await expect(orderflow('topics', 'apply')).rejects.toMatchObject({ code: 'KAFKA_UNREACHABLE' });
  const all = await events();
  expect(all.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
    'schema migrate done',
    'reference load done',
    'cancel-order done',
    'parked give-up done',
    'retention run begun',
    'retention run done',
    'topics apply begun',
    'topics apply failed',
  ]);
  for (const event of all)
    expect(event).toMatchObject({ principal: userInfo().username, person: 'Ada Lovelace', role: 'orderflow' });
  const [, load, cancelled, givenUp, begun, done, , failed] = all;
  expect(load!.details).toMatchObject({
    file: 'default.json',
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  expect(JSON.stringify(load)).not.toMatch(/203\.0\.113|C-/);
  expect(cancelled).toMatchObject({ subjects: ['order O-1', 'order O-2'], details: { cancelled: 2 } });
  expect(givenUp!.details).toEqual({ why: 'sold out' });
  expect(done!.details).toMatchObject({ begun: (begun as unknown as { seq: number }).seq });
  expect(failed!.details).toMatchObject({ error: 'KAFKA_UNREACHABLE' });
  expect(said).not.toHaveBeenCalled();
});

test('lists by who, what and how it ended, and says of the chain whether it is whole', async () => {
  expect(await events('--outcome', 'failed')).toHaveLength(1);
  expect(await events('--action', 'cancel-order', '--actor', 'lovelace')).toHaveLength(1);
  expect(await events('--actor', 'nobody')).toEqual([]);
  expect(await orderflow('audit', '--limit', '1')).toMatch(/Ada Lovelace \(.*topics apply +failed/);
  const head = await orderflow('audit', 'head');
  expect(await orderflow('audit', 'verify', '--table-only', '--head', head)).toBe(
    `the events 1 to 8 are whole\nhead ${head}`,
  );
  expect(process.exitCode).toBeUndefined();
  expect(await orderflow('audit', 'verify', '--head', `1:${'0'.repeat(64)}`)).toMatch(/^BROKEN at event 1 \(head\)/);
  expect(process.exitCode).toBe(1);
  await expect(orderflow('audit', 'verify', '--head', 'x')).rejects.toMatchObject({ exitCode: 2 });
  await expect(orderflow('audit', 'verify')).rejects.toMatchObject({ code: 'KAFKA_UNREACHABLE' });
  await expect(orderflow('audit', 'publish')).rejects.toMatchObject({ code: 'KAFKA_UNREACHABLE' });
});
