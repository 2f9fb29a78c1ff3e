/** Where the operating system's rules for sorting text change, indexes by these rules miss rows: PostgreSQL's wiki, "Locale data changes". */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDatabase } from './implementations.js';

let database: Awaited<ReturnType<typeof startDatabase>>;
beforeAll(async () => {
  database = await startDatabase();
}, 60_000);
afterAll(async () => {
  await database.pool.end();
  await database.postgres.stop();
});

/** Behind columns that go by bytes: words of ours, whose order is the same everywhere, and paths, of which a second row does no harm. */
const harmless = ['job_states.path', 'releases.event'];

test('ids and keys are in indexes by their bytes, whatever the locale', async () => {
  const { rows } = await database.pool.query<{ of: string }>(`
    SELECT DISTINCT regexp_replace(t.relname, '_(\\d{8}|default)$', '') || '.' || a.attname AS of
    FROM pg_index i
    JOIN pg_class t ON t.oid = i.indrelid
    CROSS JOIN LATERAL unnest(i.indcollation, i.indkey) AS k(coll, column_number)
    JOIN pg_collation c ON c.oid = k.coll
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.column_number
    WHERE t.relnamespace = 'public'::regnamespace AND c.collname <> 'C'`);
  expect(rows.map(({ of }) => of).filter((of) => !harmless.includes(of))).toEqual([]);
});
