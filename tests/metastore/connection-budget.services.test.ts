/** How many connections workers may have, as PostgreSQL says. */
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { postgresSettings } from '../../local/postgres.js';
import { connectionBudget } from '../../metastore/connection-budget.js';
import { createPool } from '../../metastore/connection.js';
import { startPostgres, type TestPostgres } from '../postgres.js';

let postgres: TestPostgres;
let pool: pg.Pool;
beforeAll(async () => {
  postgres = await startPostgres();
  pool = createPool(postgres.database, { connections: 2 });
});
afterAll(async () => {
  await pool.end();
  await postgres.stop();
});

// Superusers have 3 by default, and our commands are left 8.
const kept = 3 + 8;

it('leaves what superusers and commands need', async () => {
  const forWorkers = postgresSettings.max_connections - kept;
  expect(await connectionBudget(pool)).toEqual({ forWorkers, forOthers: kept });
});

it("leaves out other programs' sessions, and none of ours", async () => {
  const ours = createPool(postgres.database, { connections: 5 });
  const others = Array.from({ length: 4 }, () => new pg.Client({ connectionString: postgres.url }));
  try {
    await Promise.all(others.map((client) => client.connect()));
    await Promise.all(Array.from({ length: 5 }, () => ours.query('select pg_sleep(0.1)')));
    expect(await connectionBudget(pool)).toEqual({
      forWorkers: postgresSettings.max_connections - kept - others.length,
      forOthers: kept + others.length,
    });
  } finally {
    await Promise.all([ours.end(), ...others.map((client) => client.end())]);
  }
});

it("keeps to the database's own limit", async () => {
  await pool.query('alter database orderflow connection limit 20');
  expect(await connectionBudget(pool)).toMatchObject({ forWorkers: 12 });
  await pool.query('alter database orderflow connection limit -1');
});
