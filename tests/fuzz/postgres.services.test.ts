/** Hostile values that pass the decoder must not break the metastore's SQL: memory takes anything, PostgreSQL does not. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fuzzValidator, type FuzzOptions } from '../../fuzz/run.js';
import type { Pool } from '../../metastore/connection.js';
import { createPostgresMetastore } from '../../metastore/postgres.js';
import { startDatabase } from '../metastore/implementations.js';
import { reference } from '../metastore/orders.js';
import type { TestPostgres } from '../postgres.js';

let postgres: TestPostgres;
let pool: Pool;
beforeAll(async () => {
  ({ postgres, pool } = await startDatabase());
});
afterAll(async () => {
  await pool.end();
  await postgres.stop();
});

it('ends each of 6,000 values with PostgreSQL as it does in memory', { timeout: 120_000 }, async () => {
  const options: FuzzOptions = {
    seed: 4,
    values: 6_000,
    batchSize: 500,
    maxOrderBytes: 900_000,
    now: Date.UTC(2026, 0, 15, 12),
    reference,
  };
  const inPostgres = await fuzzValidator({
    ...options,
    openMetastore: async () => createPostgresMetastore(postgres.database, { connections: 2 }),
  });
  expect(inPostgres.findings).toEqual([]);
  expect(Object.fromEntries(inPostgres.kinds)).toEqual(Object.fromEntries((await fuzzValidator(options)).kinds));
  const { rows } = await pool.query('SELECT status, count(*)::int FROM status_history GROUP BY status ORDER BY status');
  expect(rows.map(({ status }: { status: string }) => status)).toEqual([
    'DEAD_LETTERED',
    'DELIVERED',
    'ENRICHED',
    'REJECTED',
    'ROUTED',
    'VALIDATED',
  ]);
});
