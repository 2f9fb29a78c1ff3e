import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPool } from '../../metastore/connection.js';
import { loadReferenceData } from '../../metastore/load-reference-data.js';
import { migrate } from '../../metastore/migrate.js';
import { defaultReferenceFile, readReferenceFile } from '../../metastore/reference-data.js';
import { startPostgres, type TestPostgres } from '../postgres.js';

const migrations = [
  '0001_reference_data',
  '0002_claims',
  '0003_status_history',
  '0004_parked_deliveries',
  '0005_job_states',
  '0006_releases',
  '0007_decisions',
  '0008_redelivery',
  '0009_upkeep',
  '0010_bytes',
  '0011_topics',
  '0012_personal_data',
  '0013_audit',
  '0014_no_statistics',
  '0015_network_indexes',
  '0016_backfills',
];

describe('migrate', () => {
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

  test('runs each migration once, though two run at the same time and one again', async () => {
    const names = await Promise.all([migrate(postgres.database), migrate(postgres.database)]);
    expect(names.flat()).toEqual(migrations);
    expect(await migrate(postgres.database)).toEqual([]);
  });

  test('has networks in tries, and in nothing else but their keys', async () => {
    const { rows } = await pool.query<{ name: string; method: string }>(
      `SELECT c.relname AS name, am.amname AS method FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am am ON am.oid = c.relam
       WHERE i.indrelid IN ('fraud_networks'::regclass, 'ip_regions'::regclass) AND NOT i.indisprimary AND i.indisvalid ORDER BY name`,
    );
    expect(rows).toEqual([
      { name: 'fraud_networks_trie', method: 'spgist' },
      { name: 'ip_regions_trie', method: 'spgist' },
    ]);
  });

  test('loads the same reference data twice without a change, and changes what has the same key', async () => {
    const data = await readReferenceFile(defaultReferenceFile);
    const rows = Object.values(data).flat().length;
    const loads = await Promise.all([loadReferenceData(pool, data), loadReferenceData(pool, data)]);
    const added = loads.map((loaded) => Object.values(loaded).flatMap((of) => of.added).length);
    expect(added.sort()).toEqual([0, rows].sort());
    expect(loads.flatMap((loaded) => Object.values(loaded).flatMap((of) => of.changed))).toEqual([]);
    const [first, ...others] = data.locations;
    const renamed = { ...data, locations: [{ ...first!, name: 'Renamed' }, ...others] };
    expect((await loadReferenceData(pool, renamed)).locations.changed).toEqual([first!.locationId]);
    // As the demonstration does: what is there stays.
    expect((await loadReferenceData(pool, data, { onlyIfEmpty: true })).locations.changed).toEqual([]);
    const { rows: counts } = await pool.query(`
      SELECT (SELECT count(*)::int FROM locations) AS locations, (SELECT count(*)::int FROM routes) AS routes,
        (SELECT count(*)::int FROM fraud_networks) AS "fraudNetworks", (SELECT count(*)::int FROM lead_times) AS "leadTimes",
        (SELECT count(*)::int FROM payment_defaulters) AS "paymentDefaulters",
        (SELECT count(*)::int FROM ip_regions) AS "ipRegions", (SELECT name FROM locations WHERE location_id = 'LOC-AMS-01')`);
    expect(counts).toEqual([
      {
        locations: data.locations.length,
        routes: data.routes.length,
        fraudNetworks: data.fraudNetworks.length,
        leadTimes: data.leadTimes.length,
        paymentDefaulters: data.paymentDefaulters.length,
        ipRegions: data.ipRegions.length,
        name: 'Renamed',
      },
    ]);
  });

  test('says in one sentence where it found no PostgreSQL, without the password', async () => {
    await expect(migrate({ url: 'postgres://orderflow:secret@127.0.0.1:1/orderflow' })).rejects.toMatchObject({
      code: 'METASTORE_UNREACHABLE',
      message:
        'PostgreSQL at 127.0.0.1:1/orderflow cannot be reached (ECONNREFUSED): start it with `orderflow up`, or set ORDERFLOW_POSTGRES_URL',
    });
  });

  test('says that the password is refused', async () => {
    await expect(migrate({ url: postgres.url.replace(':orderflow@', ':wrong@') })).rejects.toMatchObject({
      code: 'METASTORE_REFUSED',
      message: expect.stringMatching(
        /refuses this user or password; check ORDERFLOW_POSTGRES_URL, or the file that ORDERFLOW_POSTGRES_PASSWORD_FILE names$/,
      ) as string,
    });
  });
});
