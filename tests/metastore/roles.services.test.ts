/** Every role by every table by every operation, as the server answers: what must work works, and everything else is refused. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPool, type Pool } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import { applyGrants, grantChanges, withoutRights } from '../../metastore/grants.js';
import { callers, grantees, rights, roles } from '../../metastore/roles.js';
import type { Principal } from '../../model/principals.js';
import { type RoleDatabase, startRoleDatabase } from '../role-database.js';
import { answerTo, relationsOf, tryTables } from './rights-matrix.js';

let database: RoleDatabase;
const pools = new Map<Principal, Pool>();
beforeAll(async () => {
  database = await startRoleDatabase();
  for (const name of roles) pools.set(name, createPool(databaseOf(database.config, name), { connections: 2 }));
});
afterAll(async () => {
  for (const pool of pools.values()) await pool.end();
  await database.stop();
});

const as = (name: Principal) => pools.get(name)!;
const tries = (name: Principal, statement: string) => answerTo(as(name), statement);

test('the tables were made, with all rights', () => {
  expect(database.prepared.migrations.length).toBeGreaterThan(8);
  expect(database.prepared.grants.left).toEqual([]);
  expect(database.prepared.grants.done.length).toBeGreaterThan(50);
});

test('no table and no function of the database is without a row, and no row without a table', async () => {
  expect(await withoutRights(as('owner'), database.config)).toEqual([]);
  const names = new Set((await relationsOf(database.admin)).map(({ name }) => name));
  expect(Object.keys(rights).filter((name) => !names.has(name))).toEqual([]);
});

describe.each(grantees)('%s', (grantee) => {
  test('may do with each table, view and partition what the table says, and nothing else', async () => {
    const tries = await tryTables(as(grantee), grantee, await relationsOf(database.admin));
    expect(tries.filter(({ isAsWanted }) => !isAsWanted)).toEqual([]);
    expect(tries.length).toBeGreaterThan(400);
  });

  test('calls the functions that it may, makes nothing, and becomes nobody else', async () => {
    const { rows } = await database.admin.query<{ name: string; may: boolean }>(
      `SELECT proname AS name, has_function_privilege($1, oid, 'EXECUTE') AS may FROM pg_proc WHERE pronamespace = 'public'::regnamespace`,
      [`shop ${grantee}`],
    );
    expect(
      rows
        .filter(({ may }) => may)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(
      Object.keys(callers)
        .filter((name) => callers[name]!.includes(grantee))
        .sort(),
    );
    expect(await tries(grantee, `SELECT key_of('O-1')`)).toBe(grantee === 'auditor' ? '42501' : 'yes');
    const refused = [
      'CREATE TABLE mine (a int)',
      'CREATE TEMP TABLE mine (a int)',
      'CREATE SCHEMA mine',
      'CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
      'CREATE ROLE mine',
      'SET ROLE "shop owner"',
      'SELECT * FROM pg_authid',
      `SELECT pg_read_file('PG_VERSION')`,
      'ALTER TABLE status_lines DISABLE TRIGGER ALL',
      'DROP TABLE locations',
      'GRANT SELECT ON migrations TO PUBLIC',
      `COPY locations TO PROGRAM 'true'`,
    ];
    for (const statement of refused) expect([statement, await tries(grantee, statement)]).toEqual([statement, '42501']);
  });
});

test('a partition that is made later needs no rights, and gives none', async () => {
  await as('owner').query('CREATE TABLE status_lines_20990101 (LIKE status_lines INCLUDING ALL)');
  await as('owner').query(
    "ALTER TABLE status_lines ATTACH PARTITION status_lines_20990101 FOR VALUES FROM ('03b40000-0000-0000-0000-000000000000') TO ('03b50000-0000-0000-0000-000000000000')",
  );
  const insert = "INSERT INTO status_lines (line, status) VALUES ('03b40000-0000-0000-0000-000000000001', 0)";
  expect(await tries('enricher', insert)).toBe('yes');
  expect(await tries('enricher', insert.replace('status_lines', 'status_lines_20990101'))).toBe('42501');
  expect(await grantChanges(as('owner'), database.config)).toEqual([]);
});

test("a table that is forgotten in the table of roles is the owner's alone, and found", async () => {
  await as('owner').query('CREATE TABLE forgotten (a int)');
  expect(await withoutRights(as('owner'), database.config)).toEqual(['forgotten']);
  for (const grantee of grantees) expect(await tries(grantee, 'SELECT FROM forgotten')).toBe('42501');
  await as('owner').query('DROP TABLE forgotten');
});

test("a right too many is shown and revoked, one that is missing given; others' roles stay as they are", async () => {
  const { admin, config } = database;
  await admin.query(`
    CREATE ROLE reporting;
    GRANT SELECT ON status_lines TO reporting;
    GRANT SELECT ON parked_deliveries TO "shop page";
    GRANT DELETE ON status_lines TO "shop validator";
    GRANT SELECT ON locations TO PUBLIC;
    GRANT EXECUTE ON FUNCTION refuse_line_change() TO PUBLIC;
    REVOKE INSERT ON status_lines FROM "shop enricher"`);
  const planned = await grantChanges(as('owner'), config);
  expect(planned.map(({ statement }) => statement).sort()).toEqual([
    'GRANT INSERT ON TABLE status_lines TO "shop enricher"',
    'REVOKE DELETE ON TABLE status_lines FROM "shop validator"',
    'REVOKE EXECUTE ON FUNCTION refuse_line_change() FROM PUBLIC',
    'REVOKE SELECT ON TABLE locations FROM PUBLIC',
    'REVOKE SELECT ON TABLE parked_deliveries FROM "shop page"',
  ]);
  expect(await tries('page', 'SELECT record_value FROM parked_deliveries')).toBe('yes');
  expect(await tries('enricher', 'EXPLAIN INSERT INTO status_lines DEFAULT VALUES')).toBe('42501');
  expect((await applyGrants(as('owner'), config)).left).toEqual([]);
  expect(await grantChanges(as('owner'), config)).toEqual([]);
  expect((await applyGrants(as('owner'), config)).done).toEqual([]);
  expect(await tries('page', 'SELECT record_value FROM parked_deliveries')).toBe('42501');
  expect(await tries('page', 'SELECT order_id FROM parked_deliveries')).toBe('yes');
  const { rows } = await admin.query(`SELECT has_table_privilege('reporting', 'status_lines', 'SELECT') AS stays`);
  expect(rows).toEqual([{ stays: true }]);
});
