import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPool } from '../../metastore/connection.js';
import { newestJobState, recordJobState } from '../../metastore/job-states.js';
import { migrate } from '../../metastore/migrate.js';
import { startPostgres, type TestPostgres } from '../postgres.js';

let postgres: TestPostgres;
let pool: pg.Pool;
beforeAll(async () => {
  postgres = await startPostgres();
  await migrate(postgres.database);
  pool = createPool(postgres.database, { connections: 1 });
});
afterAll(async () => {
  await pool.end();
  await postgres.stop();
});

test('remembers the newest state of each stage, in whatever order they are told', async () => {
  const older = { path: 'file:/a', kind: 'checkpoint', takenAt: 1_000 } as const;
  const newer = { path: 'file:/b', kind: 'savepoint', takenAt: 2_000 } as const;
  expect(await newestJobState(pool, 'validator')).toBeUndefined();
  await recordJobState(pool, 'validator', newer);
  await recordJobState(pool, 'validator', older);
  await recordJobState(pool, 'validator', newer);
  expect(await newestJobState(pool, 'validator')).toEqual(newer);
  expect(await newestJobState(pool, 'router')).toBeUndefined();
});
