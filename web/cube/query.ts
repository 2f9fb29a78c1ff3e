/**
 * The statements for Druid: from a checked state to SQL and parameters. Pure. Each gives a row per combination of the splits, in the columns
 * s0 and s1, and the measures in columns of their own.
 */
import {
  amountColumn,
  deadLetterKey,
  distinctCustomers,
  isInSample,
  newestPanes,
  paneCurrencies,
} from '../../druid/measures.js';
import { limits, type MeasureName } from '../shared/model.js';
import { timeSplit } from '../shared/state.js';
import { conditionOf, expressionOf } from './dimensions.js';
import type { Question } from './question.js';
import { code, identifier, join, parameter, type Sql, sql } from './sql.js';

const splitNames = ({ splits }: Question) => splits.map((_, index) => code(`s${index}`));
const splitColumns = (question: Question) =>
  question.splits.map((split, index) => sql`${expressionOf(question, split)} AS ${code(`s${index}`)}`);

function grouped(count: number): Sql {
  const ordinals = Array.from({ length: count }, (_, index) => String(index + 1));
  return code(count > 0 ? ` GROUP BY ${ordinals.join(', ')}` : '');
}

/** Which rows come, where there are more than `limit`: the newest ones of a split by time, otherwise those with the most of a column. */
export interface Order {
  /** Without it, any. */
  readonly by?: string;
  readonly limit: number;
}

/** The column that rows are sorted by when this measure comes first. */
export function sortColumn(measure: MeasureName): string {
  if (measure === 'amount') return 'amount_0';
  return measure === 'reject_rate' ? 'orders' : measure;
}

function ordered({ splits }: Question, { by, limit }: Order): Sql {
  if (splits.length === 0) return code('');
  const time = splits.indexOf(timeSplit);
  const columns = [...(time < 0 ? [] : [`s${time} DESC`]), ...(by === undefined ? [] : [`"${by}" DESC`])];
  // What is equal comes in the same order each time.
  const names = splits.map((_, index) => `s${index}`).filter((_, index) => index !== time);
  return code(` ORDER BY ${[...columns, ...names].join(', ')} LIMIT ${limit}`);
}

/** Which measures a statement has: all that its source has of these. */
export interface Asked {
  readonly measures: readonly MeasureName[];
  /** Of the measure amount: column amount_0 is the first one's. */
  readonly currencies: readonly string[];
}

/** The statement's text and parameters. `every`, of orders: the sample as druid/measures.ts has it. */
export function statementOf(name: StatementName, question: Question, asked: Asked, order: Order, every = 1): Sql {
  return sql`${bodies[name](question, asked, every)}${ordered(question, order)}`;
}

const bodies = {
  orders: ordersOneByOne,
  records: sumsOverRecords,
  // By themselves: beside a nested statement, and beside an exact count, Druid has no sketch to merge.
  customers: (question) => flat(question, [code(`${distinctCustomers} AS "customers"`)]),
  panes: sumsOverPanes,
  letters: (question) => {
    const keys = deadLetterKey.map((name) => sql`${identifier(name)} AS ${code(`"key ${name}"`)}`);
    const inner = [...splitColumns(question), ...keys];
    return sql`SELECT ${join([...splitNames(question), code('COUNT(*) AS "dead_letters"')], ', ')} FROM (SELECT ${join(inner, ', ')} FROM dead_letter WHERE ${conditionOf(question)}${grouped(inner.length)})${grouped(question.splits.length)}`;
  },
} as const satisfies Record<string, (question: Question, asked: Asked, every: number) => Sql>;
export type StatementName = keyof typeof bodies;
export const statementNames = Object.keys(bodies) as StatementName[];

function flat(question: Question, columns: readonly Sql[], ...more: readonly Sql[]): Sql {
  const all = join([...splitColumns(question), ...columns], ', ');
  return sql`SELECT ${all} FROM ${identifier(question.stream)} WHERE ${conditionOf(question, ...more)}${grouped(question.splits.length)}`;
}

const hasOrder = code(`order_id <> ''`);

/** What is added up over orders: the name of each sum, the column, and which rows of it. */
function sumsOf({ measures, currencies }: Asked): readonly { name: string; column: string; filter: Sql }[] {
  const amounts = measures.includes('amount') ? currencies : [];
  return [
    ...(measures.includes('items') ? [{ name: 'items', column: 'items', filter: code('') }] : []),
    ...amounts.map((currency, index) => ({
      name: `amount_${index}`,
      column: 'amount',
      filter: sql` FILTER (WHERE currency = ${parameter(currency)})`,
    })),
  ];
}

const sumColumns = (aggregate: 'MAX' | 'SUM', asked: Asked) =>
  sumsOf(asked).map(
    ({ name, column, filter }) => sql`${code(`${aggregate}(${column})`)}${filter} AS ${code(`"${name}"`)}`,
  );

/** Each order counts once in each part: the inner statement has a row per order. `records` are those that the orders have. */
function ordersOneByOne(question: Question, asked: Asked, every: number): Sql {
  const inner = [
    ...splitColumns(question),
    code('order_id'),
    code('COUNT(*) AS "records"'),
    ...sumColumns('MAX', asked),
  ];
  const outer = [
    ...splitNames(question),
    code('COUNT(*) AS "orders"'),
    code('SUM("records") AS "records"'),
    ...sumsOf(asked).map(({ name }) => code(`SUM("${name}") AS "${name}"`)),
  ];
  const condition = conditionOf(question, hasOrder, ...(every > 1 ? [code(isInSample(every))] : []));
  const orders = sql`SELECT ${join(inner, ', ')} FROM ${identifier(question.stream)} WHERE ${condition}${grouped(question.splits.length + 1)}`;
  return sql`SELECT ${join(outer, ', ')} FROM (${orders})${grouped(question.splits.length)}`;
}

/** The same columns as if each record were an order of its own. */
function sumsOverRecords(question: Question, asked: Asked): Sql {
  return flat(question, [code('COUNT(*) AS "orders"'), ...sumColumns('SUM', asked)], hasOrder);
}

function sumsOverPanes(question: Question, { measures, currencies }: Asked): Sql {
  const amounts = measures.includes('amount') ? currencies : [];
  const counts = (['orders', 'items'] as const).filter((count) => measures.includes(count));
  const condition = conditionOf(question);
  const panes = { text: newestPanes(condition.text, counts, amounts), parameters: condition.parameters };
  const columns = [
    ...splitColumns(question),
    ...counts.map((count) => code(`SUM(${count}) AS "${count}"`)),
    ...amounts.map((currency, index) => code(`SUM(${amountColumn(currency)}) AS "amount_${index}"`)),
  ];
  return sql`SELECT ${join(columns, ', ')} FROM (${panes})${grouped(question.splits.length)}`;
}

/** The currencies that amounts are in, in the column `currencies`; of aggregates several with commas between. */
export function currenciesStatement(question: Question): Sql {
  const condition = conditionOf(question);
  if (question.stream === 'aggregated_order') {
    return { text: `${paneCurrencies(condition.text)} LIMIT ${limits.rows}`, parameters: condition.parameters };
  }
  return sql`SELECT currency AS "currencies", COUNT(*) AS "rows" FROM ${identifier(question.stream)} WHERE ${condition} AND currency <> '' GROUP BY 1 ORDER BY "rows" DESC, "currencies" LIMIT ${code(String(limits.currencies + 1))}`;
}

/** The most frequent values of a dimension, by rows, in the column s0. */
export function valuesStatement(question: Question, limit: number): Sql {
  const rows = sql`SELECT ${join(splitColumns(question), ', ')}, COUNT(*) AS "rows" FROM ${identifier(question.stream)} WHERE ${conditionOf(question)} GROUP BY 1`;
  return sql`${rows} ORDER BY "rows" DESC, s0 LIMIT ${code(String(limit))}`;
}
