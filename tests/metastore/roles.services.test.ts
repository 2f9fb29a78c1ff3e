/** Every role by every table by every operation, as the server answers: what must work works, and everything else is refused. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPool, type Pool } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import { applyGrants, grantChanges, withoutRights } from '../../metastore/grants.js';
import { callers, grantees, type Grantee, rights, roles } from '../../metastore/roles.js';
import type { Principal } from '../../model/principals.js';
import { type RoleDatabase, startRoleDatabase } from '../role-database.js';

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
const codeFrom = (error: unknown) => (error as { code?: string }).code ?? 'no code';
/** `yes`, or the code that PostgreSQL refuses it with. Nothing stays of it. */
async function tries(name: Principal, statement: string): Promise<string> {
  const client = await as(name).connect();
  try {
    await client.query('BEGIN');
    return await client.query(statement).then(() => 'yes', codeFrom);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

interface Relation {
  readonly name: string;
  readonly kind: string;
  readonly isPartition: boolean;
  readonly columns: readonly string[];
}

async function relations(): Promise<Relation[]> {
  const { rows } = await database.admin.query<Relation>(
    `SELECT relname AS name, relkind AS kind, relispartition AS "isPartition",
       ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum) AS columns
     FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY relname`,
  );
  return rows;
}

/** Each operation on a relation, by name: EXPLAIN asks for the rights, and does nothing. */
function operations({ name, kind, columns }: Relation): [operation: string, statement: string][] {
  const writable = kind !== 'v' && kind !== 'm';
  return [
    ...columns.map((column): [string, string] => [`select ${column}`, `EXPLAIN SELECT "${column}" FROM "${name}"`]),
    ...(writable
      ? ([
          ['insert', `EXPLAIN INSERT INTO "${name}" DEFAULT VALUES`],
          ...columns.map((column) => [`update ${column}`, `EXPLAIN UPDATE "${name}" SET "${column}" = DEFAULT`]),
          ['delete', `EXPLAIN DELETE FROM "${name}"`],
          ['truncate', `TRUNCATE "${name}"`],
          ['lock', `LOCK TABLE "${name}" IN ACCESS EXCLUSIVE MODE`],
          ['references', `CREATE TEMP TABLE t (LIKE "${name}"); ALTER TABLE "${name}" DISABLE TRIGGER ALL`],
        ] as [string, string][])
      : []),
  ];
}

/** Whether the table of roles lets it. */
function isWanted(grantee: Grantee, { name, isPartition }: Relation, operation: string): boolean {
  const its = isPartition ? undefined : rights[name]?.[grantee];
  const [verb, column = ''] = operation.split(' ');
  const has = (columns: true | readonly string[] | undefined) =>
    columns === true || (columns?.includes(column) ?? false);
  if (verb === 'select') return has(its?.select);
  if (verb === 'update') return has(its?.update);
  if (verb === 'insert') return its?.insert === true;
  // Who may delete all rows may lock the table, too: that is how PostgreSQL has it.
  return (verb === 'delete' || verb === 'lock') && its?.delete === true;
}

test('the tables were made, with all rights', () => {
  expect(database.prepared.migrations.length).toBeGreaterThan(8);
  expect(database.prepared.grants.left).toEqual([]);
  expect(database.prepared.grants.done.length).toBeGreaterThan(50);
});

test('no table and no function of the database is without a row, and no row without a table', async () => {
  expect(await withoutRights(as('owner'), database.config)).toEqual([]);
  const names = new Set((await relations()).map(({ name }) => name));
  expect(Object.keys(rights).filter((name) => !names.has(name))).toEqual([]);
});

describe.each(grantees)('%s', (grantee) => {
  test('may do with each table, view and partition what the table says, and nothing else', async () => {
    const wrong: string[] = [];
    let asked = 0;
    for (const relation of await relations())
      for (const [operation, statement] of operations(relation)) {
        const answer = await tries(grantee, statement);
        const wanted = isWanted(grantee, relation, operation);
        // An update of an identity or generated column is refused for that, by those who may.
        const isAllowed = answer === 'yes' || answer === '428C9';
        asked++;
        if (wanted ? !isAllowed : answer !== '42501') wrong.push(`${operation} of ${relation.name}: ${answer}`);
      }
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(400);
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
