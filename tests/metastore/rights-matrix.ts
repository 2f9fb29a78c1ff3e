/** The matrix of the metastore's rights: every role by every table, view and partition by every operation; what is wanted, and what comes of a try. */
import type { Pool } from '../../metastore/connection.js';
import { type Grantee, rights } from '../../metastore/roles.js';

interface Relation {
  readonly name: string;
  readonly kind: string;
  readonly isPartition: boolean;
  readonly columns: readonly string[];
}

/** All that have rows, as a superuser or the owner sees them. */
export async function relationsOf(pool: Pool): Promise<Relation[]> {
  const { rows } = await pool.query<Relation>(
    `SELECT relname AS name, relkind AS kind, relispartition AS "isPartition",
       ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum) AS columns
     FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY relname`,
  );
  return rows;
}

/** PostgreSQL's names of the commands, by the operations. */
const commands = {
  select: 'SELECT',
  insert: 'INSERT',
  update: 'UPDATE',
  delete: 'DELETE',
  truncate: 'TRUNCATE TABLE',
  lock: 'LOCK TABLE',
  alter: 'ALTER TABLE',
} as const;
type Verb = keyof typeof commands;

/** Each operation on a relation, as a statement that asks for the rights and touches no row. */
function statementsOf({ name, kind, columns }: Relation): { verb: Verb; column: string; statement: string }[] {
  const table = `"${name}"`;
  const ofColumns = (verb: Verb, statementOf: (column: string) => string) =>
    columns.map((column) => ({ verb, column, statement: statementOf(`"${column}"`) }));
  const ofTable = (verb: Verb, statement: string) => ({ verb, column: '', statement });
  const isWritable = kind !== 'v' && kind !== 'm';
  return [
    ...ofColumns('select', (column) => `SELECT ${column} FROM ${table} LIMIT 0`),
    ...(isWritable
      ? [
          ofTable('insert', `INSERT INTO ${table} SELECT WHERE false`),
          ...ofColumns('update', (column) => `UPDATE ${table} SET ${column} = DEFAULT WHERE false`),
          ofTable('delete', `DELETE FROM ${table} WHERE false`),
          ofTable('truncate', `TRUNCATE ${table}`),
          ofTable('lock', `LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`),
          ofTable('alter', `ALTER TABLE ${table} DISABLE TRIGGER ALL`),
        ]
      : []),
  ];
}

/** Whether the table of roles lets it. */
function isLet(grantee: Grantee, { name, isPartition }: Relation, verb: Verb, column: string): boolean {
  const its = isPartition ? undefined : rights[name]?.[grantee];
  const has = (columns: true | readonly string[] | undefined) =>
    columns === true || (columns?.includes(column) ?? false);
  if (verb === 'select') return has(its?.select);
  if (verb === 'update') return has(its?.update);
  if (verb === 'insert') return its?.insert === true;
  // Who may delete all rows may lock the table, too: that is how PostgreSQL has it.
  return (verb === 'delete' || verb === 'lock') && its?.delete === true;
}

const codeFrom = (error: unknown) => (error as { code?: string }).code ?? 'no code';
/** `yes`, or the code that PostgreSQL refuses the statement with. Nothing stays of it. */
export async function answerTo(pool: Pool, statement: string): Promise<string> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    return await client.query(statement).then(() => 'yes', codeFrom);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

/** The code of a refusal: insufficient_privilege. */
const refused = '42501';

/** A cell of the matrix, and what came of its try. */
export interface TableTry {
  /** As PostgreSQL calls it, such as `table orders`. */
  readonly relation: string;
  readonly command: string;
  /** Of a select or update. */
  readonly column: string;
  readonly isWanted: boolean;
  /** `yes`, or PostgreSQL's code. */
  readonly answer: string;
  readonly isAllowed: boolean;
  /** It was let, or refused for want of a right, as the table of roles says. */
  readonly isAsWanted: boolean;
  /** By `performance.now()`. */
  readonly endedAt: number;
}

/** Tries each operation on each relation as that role, by its pool, one after the other. */
export async function tryTables(pool: Pool, grantee: Grantee, relations: readonly Relation[]): Promise<TableTry[]> {
  const tries: TableTry[] = [];
  for (const relation of relations)
    for (const { verb, column, statement } of statementsOf(relation)) {
      const answer = await answerTo(pool, statement);
      const endedAt = performance.now();
      const isWanted = isLet(grantee, relation, verb, column);
      // An update of an identity or generated column is refused for that, by those who may.
      const isAllowed = answer === 'yes' || answer === '428C9';
      tries.push({
        relation: `${relation.kind === 'v' ? 'view' : 'table'} ${relation.name}`,
        command: commands[verb],
        column,
        isWanted,
        answer,
        isAllowed,
        isAsWanted: isWanted ? isAllowed : answer === refused,
        endedAt,
      });
    }
  return tries;
}
