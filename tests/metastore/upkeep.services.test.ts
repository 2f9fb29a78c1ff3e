/** Who runs the upkeep, when, and what is left of a run. */
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createPostgresMetastore } from '../../metastore/postgres.js';
import { lastUpkeep, runUpkeep, runUpkeepIfDue } from '../../metastore/upkeep.js';
import { startDatabase } from './implementations.js';

let database: Awaited<ReturnType<typeof startDatabase>>;
let pool: pg.Pool;
beforeAll(async () => {
  database = await startDatabase();
  pool = database.pool;
});
beforeEach(async () => {
  await pool.query('TRUNCATE upkeep_runs');
});
afterAll(async () => {
  await pool.end();
  await database.postgres.stop();
});

const options = { keepDays: 40, by: 'test' } as const;
const runIfDue = () => runUpkeepIfDue(database.postgres.database, options);
/** As if all runs had been so long ago. */
const age = (interval: string) =>
  pool.query('UPDATE upkeep_runs SET started_at = started_at - $1::interval, ended_at = ended_at - $1::interval', [
    interval,
  ]);

test('runs once a day, whoever asks how often, and by hand at any time', async () => {
  expect(await lastUpkeep(pool)).toEqual({ last: null, lastGood: null });
  expect((await runIfDue())!.made).toHaveLength(38);
  expect(await runIfDue()).toBeNull();
  expect(await runUpkeep(pool, options)).toEqual({ made: [], partitions: [], lines: 0, claims: 0 });
  const { last, lastGood } = await lastUpkeep(pool);
  expect(last).toMatchObject({
    startedBy: 'test',
    partitionsMade: 0,
    problem: '',
    endedAt: expect.any(Number) as number,
  });
  expect(lastGood).toEqual(last);
  await age('1 day');
  expect(await runIfDue()).not.toBeNull();
});

test('says how a run failed, and tries again after an hour; so too where one died', async () => {
  await pool.query('ALTER TABLE status_lines_default RENAME TO elsewhere');
  try {
    await expect(runUpkeep(pool, options)).rejects.toThrow();
  } finally {
    await pool.query('ALTER TABLE elsewhere RENAME TO status_lines_default');
  }
  const { last, lastGood } = await lastUpkeep(pool);
  expect(last).toMatchObject({
    problem: expect.stringMatching(/42P01/) as string,
    endedAt: expect.any(Number) as number,
  });
  expect(lastGood).toBeNull();
  expect(await runIfDue()).toBeNull();
  await age('61 minutes');
  await pool.query("UPDATE upkeep_runs SET ended_at = NULL, problem = ''"); // as one leaves it that died
  expect(await runIfDue()).not.toBeNull();
});

test('leaves it to the one that is at it', async () => {
  await pool.query("INSERT INTO upkeep_runs (started_by) VALUES ('another')");
  expect(await runIfDue()).toBeNull();
});

test('goes by the clock of the metastore, where that of the machine is years off', async () => {
  const recorded = () => pool.query<{ lines: number }>('SELECT count(*)::int AS lines FROM status_history');
  const metastore = createPostgresMetastore(database.postgres.database, { connections: 1 });
  await metastore.recordStatuses([
    { orderId: 'o-1', messageId: 'm-1', createdAt: Date.now(), status: 'CREATED', recordedBy: 'generator', detail: '' },
  ]);
  await metastore.close();
  const before = (await recorded()).rows;
  expect(before[0]!.lines).toBeGreaterThan(0);
  await runUpkeep(pool, options);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3 * 365 * 86_400_000 });
  try {
    // Today's run is done, whatever day it is here.
    expect(await runIfDue()).toBeNull();
    expect(await runUpkeep(pool, options)).toEqual({ made: [], partitions: [], lines: 0, claims: 0 });
  } finally {
    vi.useRealTimers();
  }
  expect((await recorded()).rows).toEqual(before);
});
