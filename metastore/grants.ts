/** Makes PostgreSQL's grants those of roles.ts: what is missing is granted, what is too much is revoked. */
import pg from 'pg';
import type { Config } from '../config.js';
import { codeOf } from '../errors.js';
import type { Principal } from '../model/principals.js';
import { inTransaction, type Pool, type PoolClient } from './connection.js';
import { databaseOf, userOf } from './database.js';
import { callers, grantees, rights, type Rights } from './roles.js';

/** A change of one right. */
export interface GrantChange {
  readonly does: 'grant' | 'revoke';
  /** In words for people, as SQL. */
  readonly statement: string;
}

/** A right that somebody has, or is to have. `to` is null for PUBLIC, `column` where it is on the whole. */
interface Grant {
  readonly kind: 'TABLE' | 'SEQUENCE' | 'FUNCTION' | 'SCHEMA' | 'DATABASE';
  /** As SQL names it, quoted where that is needed. */
  readonly object: string;
  readonly column: string | null;
  readonly privilege: string;
  readonly to: string | null;
}

/** What is there: of these objects, which are the owner's, who has which right. Rights of the owner itself are none of it. */
const present = `
WITH owner AS (SELECT oid FROM pg_roles WHERE rolname = $1),
ours AS (
  SELECT c.oid, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, c.oid::regclass::text AS object,
    c.relname AS name, coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)) AS acl
  FROM pg_class c JOIN owner ON c.relowner = owner.oid
  WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
  UNION ALL
  SELECT p.oid, 'FUNCTION', p.oid::regprocedure::text,
    p.proname, coalesce(p.proacl, acldefault('f', p.proowner))
  FROM pg_proc p JOIN owner ON p.proowner = owner.oid WHERE p.pronamespace = current_schema()::regnamespace
  UNION ALL
  SELECT oid, 'SCHEMA', quote_ident(nspname), '', coalesce(nspacl, acldefault('n', nspowner))
  FROM pg_namespace WHERE nspname = current_schema()
  UNION ALL
  SELECT oid, 'DATABASE', quote_ident(datname), '', coalesce(datacl, acldefault('d', datdba))
  FROM pg_database WHERE datname = current_database()
)
SELECT kind, object, name, a.column, a.privilege_type AS privilege, r.rolname AS to, a.grantee = 0 AS "isPublic"
FROM ours
LEFT JOIN LATERAL (
  SELECT NULL::name AS column, x.* FROM aclexplode(ours.acl) x
  UNION ALL
  SELECT t.attname, x.* FROM pg_attribute t, aclexplode(t.attacl) x WHERE ours.kind = 'TABLE' AND t.attrelid = ours.oid AND NOT t.attisdropped
) a ON true
LEFT JOIN pg_roles r ON r.oid = a.grantee
ORDER BY kind, object, a.column`;

interface PresentRow extends Omit<Grant, 'column' | 'privilege'> {
  readonly name: string;
  readonly column: string | null;
  /** Null where nobody has any. */
  readonly privilege: string | null;
  readonly isPublic: boolean | null;
}

const keyOf = ({ kind, object, column, privilege, to }: Grant) => JSON.stringify([kind, object, column, privilege, to]);

/** What the rights of a table come to, by privilege and column. */
function privilegesOf({
  select,
  insert,
  update,
  delete: deletes,
}: Rights): [privilege: string, column: string | null][] {
  const on = (privilege: string, columns: true | readonly string[] = []): [string, string | null][] =>
    columns === true ? [[privilege, null]] : columns.map((column) => [privilege, column]);
  return [...on('SELECT', select), ...on('INSERT', insert), ...on('UPDATE', update), ...on('DELETE', deletes)];
}

/** What is to be: the objects are those that there are. */
function wanted(rows: readonly PresentRow[], roleOf: (principal: Principal) => string): Grant[] {
  const objects = new Map(rows.map((row) => [`${row.kind} ${row.object}`, row]));
  return [...objects.values()].flatMap(({ kind, object, name }): Grant[] => {
    const to = (names: readonly Principal[], privilege: string) =>
      names.map((each) => ({ kind, object, column: null, privilege, to: roleOf(each) }));
    if (kind === 'SCHEMA') return to(grantees, 'USAGE');
    if (kind === 'DATABASE') return to(grantees, 'CONNECT');
    if (kind === 'FUNCTION') return to(callers[name] ?? [], 'EXECUTE');
    return Object.entries(rights[name] ?? {}).flatMap(([grantee, its]) =>
      privilegesOf(its).map(([privilege, column]) => ({
        kind,
        object,
        column,
        privilege,
        to: roleOf(grantee as Principal),
      })),
    );
  });
}

/** The tables, views and functions that have no row in roles.ts, and so are the owner's alone. */
export async function withoutRights(pool: Pool, config: Pick<Config, 'postgresUrl' | 'postgres'>): Promise<string[]> {
  const { rows } = await pool.query<PresentRow>(present, [userOf(databaseOf(config, 'owner'))]);
  const isKnown = ({ kind, name }: PresentRow) =>
    (kind === 'TABLE' && (name in rights || /^status_lines_(default|\d{8})$/.test(name))) ||
    (kind === 'FUNCTION' && (name in callers || /^refuse_\w+_change$/.test(name))) ||
    !['TABLE', 'FUNCTION'].includes(kind);
  return [...new Set(rows.filter((row) => !isKnown(row)).map(({ name }) => name))];
}

/**
 * The changes that make the grants those of the table: first what is revoked of our roles and of PUBLIC, then what is granted. Other roles'
 * rights are left as they are. Objects of another owner are not looked at: accounts.ts names them.
 */
export async function grantChanges(
  pool: Pick<Pool, 'query'>,
  config: Pick<Config, 'postgresUrl' | 'postgres'>,
): Promise<GrantChange[]> {
  const roleOf = (principal: Principal) => userOf(databaseOf(config, principal));
  const { rows } = await pool.query<PresentRow>(present, [roleOf('owner')]);
  const known = new Set(grantees.map(roleOf));
  const isOurs = (row: PresentRow) => row.privilege !== null && (row.isPublic === true || known.has(row.to ?? ''));
  const has = new Map(rows.filter(isOurs).map((row) => [keyOf(row as Grant), row as Grant]));
  const shall = new Map(wanted(rows, roleOf).map((grant) => [keyOf(grant), grant]));
  const only = (one: Map<string, Grant>, other: Map<string, Grant>) =>
    [...one].filter(([key]) => !other.has(key)).map(([, grant]) => grant);
  return [...changesOf('revoke', only(has, shall)), ...changesOf('grant', only(shall, has))];
}

/** One statement for each object and role. */
function changesOf(does: GrantChange['does'], grants: readonly Grant[]): GrantChange[] {
  const groups = new Map<string, Grant[]>();
  for (const grant of grants) {
    const key = JSON.stringify([grant.kind, grant.object, grant.to]);
    groups.set(key, [...(groups.get(key) ?? []), grant]);
  }
  return [...groups.values()].map((group) => {
    const { kind, object, to } = group[0]!;
    const columns = new Map<string, string[]>();
    for (const { privilege, column } of group)
      columns.set(privilege, [
        ...(columns.get(privilege) ?? []),
        ...(column === null ? [] : [pg.escapeIdentifier(column)]),
      ]);
    const what = [...columns].map(
      ([privilege, names]) => privilege + (names.length > 0 ? ` (${names.join(', ')})` : ''),
    );
    const whom = to === null ? 'PUBLIC' : pg.escapeIdentifier(to);
    const [verb, preposition] = does === 'grant' ? ['GRANT', 'TO'] : ['REVOKE', 'FROM'];
    return { does, statement: `${verb} ${what.join(', ')} ON ${kind} ${object} ${preposition} ${whom}` };
  });
}

/** What `applyGrants` did, and what PostgreSQL did not let it do: the database and its schema may belong to somebody else, a role may be missing. */
export interface AppliedGrants {
  readonly done: readonly GrantChange[];
  readonly left: readonly GrantChange[];
}

/** As many rounds as it can take: a right on a table that is revoked takes those on its columns with it. */
const rounds = 3;

/** Makes the changes, in one moment; as the owner of the tables, or a superuser. Safe to call again, and while orders flow. */
export async function applyGrants(
  pool: Pool,
  config: Pick<Config, 'postgresUrl' | 'postgres'>,
): Promise<AppliedGrants> {
  const apply = async (client: PoolClient): Promise<AppliedGrants> => {
    const done = new Map<string, GrantChange>();
    const left = new Map<string, GrantChange>();
    for (let round = 0; round < rounds; round++)
      for (const change of await grantChanges(client, config)) {
        if (left.has(change.statement)) continue;
        ((await isAllowed(client, change.statement)) ? done : left).set(change.statement, change);
      }
    // Of what it may not change PostgreSQL says so as a warning, where it may do anything else there.
    for (const change of await grantChanges(client, config))
      if (done.delete(change.statement)) left.set(change.statement, change);
    return { done: [...done.values()], left: [...left.values()] };
  };
  // Of two at once one waits, and finds nothing left to do.
  return inTransaction(pool, apply, "SELECT pg_advisory_xact_lock(hashtext('orderflow grants'))");
}

async function isAllowed(client: PoolClient, statement: string): Promise<boolean> {
  try {
    await client.query(`SAVEPOINT change; ${statement}; RELEASE change`);
    return true;
  } catch (error) {
    // It is not ours to change, or there is no such role.
    if (!['42501', '42704'].includes(codeOf(error) ?? '')) throw error;
    await client.query('ROLLBACK TO change');
    return false;
  }
}
