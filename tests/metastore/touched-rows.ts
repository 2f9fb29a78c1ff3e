/** How many rows a statement's plan looks at, whatever it answers. */
import pg from 'pg';
import type { RunStatement } from '../../metastore/connection.js';

/** What a node of a plan, or a table, had to do. */
export interface Touched {
  readonly where: string;
  readonly rows: number;
}

/** What EXPLAIN says of a node; counts are averages of its loops. Source: https://www.postgresql.org/docs/18/using-explain.html */
interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Subplan Name'?: string;
  readonly 'Relation Name'?: string;
  readonly 'CTE Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Filter?: string;
  readonly Plans?: readonly PlanNode[];
}

function nodesOf(node: PlanNode, batch: number, path = ''): Touched[] {
  const name = [node['Subplan Name'], node['Node Type'], node['Relation Name'] ?? node['CTE Name']];
  const where = `${path && `${path} > `}${name.filter(Boolean).join(' ')}`;
  const looked =
    node['Actual Rows'] +
    (node['Rows Removed by Filter'] ?? 0) +
    (node['Rows Removed by Join Filter'] ?? 0) +
    (node['Rows Removed by Index Recheck'] ?? 0);
  // An array that is no literal is gone through for each row.
  const each = /= ANY \((?!'|ARRAY\[)/.test(node.Filter ?? '') ? batch : 1;
  const rows = looked * node['Actual Loops'] * each;
  return [{ where, rows }, ...(node.Plans ?? []).flatMap((child) => nodesOf(child, batch, where))];
}

const element = (value: unknown) =>
  value === null
    ? 'NULL'
    : JSON.stringify(value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : String(value));

function literal(value: unknown): string {
  if (value === null) return 'NULL';
  return pg.escapeLiteral(Array.isArray(value) ? `{${value.map(element).join(',')}}` : String(value));
}

/** The rows that this session has read so far and not told of yet, by table. */
async function readBy(client: pg.Client): Promise<Map<string, number>> {
  const { rows } = await client.query<{ table: string; read: number }>(
    `SELECT relname AS "table", (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::float8 AS read FROM pg_stat_xact_user_tables`,
  );
  return new Map(rows.map(({ table, read }) => [table, read]));
}

/**
 * Runs each statement once, as one that stays prepared, and adds to `touched` what its plan's nodes did, and what it read of each table, functions
 * included. Answers with no rows.
 */
export function explainingRunner(client: pg.Client, batch: number): (touched: Touched[]) => RunStatement {
  const names = new Map<string, string>();
  return (touched) => async (text, values) => {
    const name = names.get(text) ?? `statement_${names.size}`;
    if (!names.has(text)) await client.query(`PREPARE ${name} AS ${text}`);
    names.set(text, name);
    const parameters = values.length === 0 ? '' : `(${values.map(literal).join(', ')})`;
    await client.query('BEGIN');
    const before = await readBy(client);
    const { rows } = await client.query<{ 'QUERY PLAN': readonly [{ Plan: PlanNode }] }>(
      `EXPLAIN (ANALYZE, TIMING OFF, BUFFERS OFF, FORMAT JSON) EXECUTE ${name}${parameters}`,
    );
    const after = await readBy(client);
    await client.query('COMMIT');
    touched.push(...nodesOf(rows[0]!['QUERY PLAN'][0].Plan, batch));
    for (const [table, read] of after) touched.push({ where: `table ${table}`, rows: read - (before.get(table) ?? 0) });
    return [];
  };
}
