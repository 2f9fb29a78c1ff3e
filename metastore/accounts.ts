/** The roles of PostgreSQL that the principals log in with: whether each is there and no more than it should be, and how one is made. */
import pg from 'pg';
import type { Config } from '../config.js';
import { codeOf } from '../errors.js';
import type { Principal } from '../model/principals.js';
import { checkServer, type Pool } from './connection.js';
import { type Database, databaseOf, readPassword, userOf } from './database.js';
import { rights, roles } from './roles.js';
import { scramVerifier } from './scram.js';

export type PostgresConfig = Pick<Config, 'postgresUrl' | 'postgres'>;

/** What is wrong with a role, and what mends it; `statement` shows no secret. */
export interface AccountChange {
  readonly principal: Principal;
  readonly problem: string;
  readonly statement: string;
  /** The statement itself, which may hold a password's verifier. */
  readonly text: string;
}

interface RoleRow {
  readonly name: string;
  /** More than any role of ours needs: SUPERUSER, CREATEROLE… */
  readonly powers: readonly string[];
  readonly canLogin: boolean;
  readonly memberOf: readonly string[];
}

const rolesQuery = `
SELECT rolname AS name, rolcanlogin AS "canLogin",
  array_remove(ARRAY[
    CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
    CASE WHEN rolreplication THEN 'REPLICATION' END, CASE WHEN rolbypassrls THEN 'BYPASSRLS' END
  ], NULL) AS powers,
  ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid ORDER BY 1) AS "memberOf"
FROM pg_roles r WHERE rolname = ANY ($1)`;

/** Tables and functions of the schema that are not the owner's, though they are of Orderflow or somebody's among ours. */
const strayQuery = `
SELECT c.oid::regclass::text AS object, r.rolname AS owner
FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v')
  AND r.rolname <> $1 AND (r.rolname = ANY ($2) OR c.relname = ANY ($3))
ORDER BY 1`;

/** How long a password is tried, in ms. */
const loginMs = 5_000;

/** What only the owner may be a member of: it sees who holds the tables (schema-lock.ts). */
const ownersGroup = 'pg_read_all_stats';

/**
 * What is to be done to the roles themselves. Asks with whatever rights the pool has; passwords are tried, one connection each. Fails as the
 * pool does, or with SECRET_UNREADABLE.
 */
export async function accountChanges(pool: Pool, config: PostgresConfig): Promise<AccountChange[]> {
  const names = new Map(roles.map((principal) => [principal, userOf(databaseOf(config, principal))]));
  const { rows } = await pool.query<RoleRow>(rolesQuery, [[...names.values()]]);
  const changes: AccountChange[] = [];
  for (const [principal, name] of names) {
    const row = rows.find((each) => each.name === name);
    if (row) changes.push(...surplusOf(principal, row), ...(await passwordOf(config, principal)));
    else changes.push(await missing(config, principal));
  }
  return [...changes, ...(await strays(pool, names.get('owner')!, [...names.values()]))];
}

async function missing(config: PostgresConfig, principal: Principal): Promise<AccountChange> {
  const name = pg.escapeIdentifier(userOf(databaseOf(config, principal)));
  const verifier = await verifierOf(databaseOf(config, principal));
  const change = (password: string) => `CREATE ROLE ${name} LOGIN${password}`;
  return {
    principal,
    problem: 'is missing',
    statement: change(verifier === undefined ? '' : " PASSWORD '…'"),
    text: change(verifier === undefined ? '' : ` PASSWORD ${pg.escapeLiteral(verifier)}`),
  };
}

function surplusOf(principal: Principal, { name, powers, canLogin, memberOf }: RoleRow): AccountChange[] {
  const role = pg.escapeIdentifier(name);
  const change = (problem: string, text: string): AccountChange => ({ principal, problem, statement: text, text });
  return [
    ...(canLogin ? [] : [change('may not log in', `ALTER ROLE ${role} LOGIN`)]),
    ...powers.map((power) => change(`has ${power}`, `ALTER ROLE ${role} NO${power}`)),
    ...memberOf
      .filter((group) => principal !== 'owner' || group !== ownersGroup)
      .map((group) => change(`is a member of ${group}`, `REVOKE ${pg.escapeIdentifier(group)} FROM ${role}`)),
  ];
}

const verifierOf = async ({ passwordFile }: Database) =>
  passwordFile === undefined ? undefined : scramVerifier(await readPassword(passwordFile));

/** Whether the password in its file is the one that the server takes. */
async function passwordOf(config: PostgresConfig, principal: Principal): Promise<AccountChange[]> {
  const database = databaseOf(config, principal);
  const verifier = await verifierOf(database);
  const error = await checkServer(database, loginMs).catch((caught: unknown) => caught);
  // What has nothing to do with the password is for whoever connects.
  if (verifier === undefined || codeOf(error) !== '28P01') return [];
  const role = pg.escapeIdentifier(userOf(database));
  return [
    {
      principal,
      problem: `does not get in with the password in ${database.passwordFile}`,
      statement: `ALTER ROLE ${role} PASSWORD '…'`,
      text: `ALTER ROLE ${role} PASSWORD ${pg.escapeLiteral(verifier)}`,
    },
  ];
}

/** What hinders the owner: tables that are others', and a schema in which it may make none. */
async function strays(pool: Pool, owner: string, ours: readonly string[]): Promise<AccountChange[]> {
  const name = pg.escapeIdentifier(owner);
  const { rows } = await pool.query<{ object: string; owner: string }>(strayQuery, [owner, ours, Object.keys(rights)]);
  const { rows: places } = await pool.query<{ schema: string; database: string; isClosed: boolean; isGuest: boolean }>(
    `SELECT quote_ident(nspname) AS schema, quote_ident(datname) AS database,
       NOT has_schema_privilege(r.oid, n.oid, 'CREATE') AS "isClosed",
       NOT pg_has_role(r.oid, d.datdba, 'USAGE') AND NOT EXISTS (
         SELECT FROM aclexplode(d.datacl) a WHERE a.grantee = r.oid AND a.privilege_type = 'CONNECT'
       ) AS "isGuest"
     FROM pg_namespace n, pg_roles r, pg_database d
     WHERE nspname = current_schema() AND datname = current_database() AND rolname = $1`,
    [owner],
  );
  const change = (problem: string, text: string): AccountChange => ({
    principal: 'owner',
    problem,
    statement: text,
    text,
  });
  return [
    ...places
      .filter(({ isGuest }) => isGuest)
      .map(({ database }) => change('connects as anybody may', `GRANT CONNECT ON DATABASE ${database} TO ${name}`)),
    ...places
      .filter(({ isClosed }) => isClosed)
      .map(({ schema }) =>
        change(`may make no tables in ${schema}`, `GRANT CREATE, USAGE ON SCHEMA ${schema} TO ${name}`),
      ),
    ...rows.map((row) =>
      change(`does not own ${row.object}, which is ${row.owner}'s`, `ALTER TABLE ${row.object} OWNER TO ${name}`),
    ),
  ];
}

/** What a new server of ours begins with, as SQL, a line each: the names of database and owner, quoted, and the roles. Fails with SECRET_UNREADABLE. */
export async function newAccounts(config: PostgresConfig) {
  const changes = new Map<string, string>();
  for (const principal of roles)
    changes.set(userOf(databaseOf(config, principal)), (await missing(config, principal)).text);
  return {
    database: pg.escapeIdentifier(decodeURIComponent(new URL(config.postgresUrl).pathname.slice(1))),
    owner: pg.escapeIdentifier(userOf(databaseOf(config, 'owner'))),
    roles: [...changes.values()],
  };
}

/** What was done, and what PostgreSQL did not let us do. */
export interface AppliedAccounts {
  readonly done: readonly AccountChange[];
  readonly left: readonly AccountChange[];
}

/** What becomes of a role is seen when it is there. */
const rounds = 2;

/** Makes the changes, each by itself; those that the pool's role may not make are for an administrator. Safe to call again. */
export async function applyAccounts(pool: Pool, config: PostgresConfig): Promise<AppliedAccounts> {
  const done: AccountChange[] = [];
  const left = new Map<string, AccountChange>();
  for (let round = 0; round < rounds; round++)
    for (const change of await accountChanges(pool, config)) {
      const refused = await pool.query(change.text).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (refused === undefined) done.push(change);
      else if (codeOf(refused) === '42501') left.set(change.statement, change);
      else throw refused;
    }
  return { done, left: [...left.values()] };
}
