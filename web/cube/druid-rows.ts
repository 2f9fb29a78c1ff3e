/** The rows of a question, and what they come to in all: read from one source, and joined with the measures of others. */
import { limits, type MeasureName } from '../shared/model.js';
import { type Order, sortColumn } from './query.js';
import type { Question } from './question.js';
import { cutNote, restrictedTo, topLines } from './row-limits.js';
import { type DruidRow, furtherRows, keysOf, type Source } from './sources.js';
import { keyOf } from './table.js';

/** What is to be read, and how. */
export interface Reading {
  readonly question: Question;
  /** The measure that rows are sorted by. */
  readonly measure: MeasureName;
  /** Its source, which decides what rows there are. */
  readonly source: Source;
  /** The sources of further measures. */
  readonly others: readonly Source[];
  readonly read: (source: Source, about: Question, order: Order) => Promise<DruidRow[]>;
}

export interface Rows {
  /** Empty where nothing is split. */
  readonly rows: readonly DruidRow[];
  readonly total: DruidRow;
  /** Which rows are left out, a sentence each. */
  readonly notes: readonly string[];
}

/** Fails as queryDruid does. */
export async function readRows(reading: Reading): Promise<Rows> {
  const { question, source } = reading;
  // What aggregates come to in all is the sum of the parts, if all parts are there.
  const isAdded = source === 'panes' && question.splits.length > 0;
  const [deciding, total] = await Promise.all([readDeciding(reading), isAdded ? undefined : readTotal(reading)]);
  const sum = () => (deciding.isWhole ? sumOf(deciding.rows) : readTotal(reading));
  return {
    rows: await withOthers(reading, deciding),
    total: total ?? (await sum()),
    notes: deciding.notes,
  };
}

interface Deciding {
  /** The rows that are shown, with the measures of their source alone. */
  readonly rows: readonly DruidRow[];
  /** Whether no row is left out. */
  readonly isWhole: boolean;
  /** The question of these rows, for the other sources. */
  readonly further: Question;
  readonly notes: readonly string[];
}

async function readDeciding({ question, measure, source, read }: Reading): Promise<Deciding> {
  const by = sortColumn(measure);
  const lines = await topLines(question, measure, (about) => read(source, about, { by, limit: limits.lines + 1 }));
  const isSplit = question.splits.length > 0;
  const found = isSplit ? await read(source, lines.question, { by, limit: limits.rows + 1 }) : [];
  const isCut = found.length > limits.rows;
  const rows = found.slice(0, limits.rows).filter(lines.isShown);
  return {
    rows,
    isWhole: !isCut && lines.question === question,
    further: isCut ? restrictedTo(lines.question, rows) : lines.question,
    notes: isCut ? [...lines.notes, cutNote(question, measure)] : lines.notes,
  };
}

/** The rows, each with the measures of the other sources too. What these have beside is left out. */
async function withOthers({ question, others, read }: Reading, { rows, further }: Deciding): Promise<DruidRow[]> {
  const isSplit = question.splits.length > 0;
  const rest = await Promise.all(isSplit ? others.map((each) => read(each, further, { limit: furtherRows })) : []);
  const byKey = new Map(rows.map((row) => [keyOf(keysOf(question, row)), { ...row }]));
  for (const row of rest.flat()) {
    const present = byKey.get(keyOf(keysOf(question, row)));
    if (present) Object.assign(present, row);
  }
  return [...byKey.values()];
}

/** One row of all measures, over all that the filters leave. */
async function readTotal({ question, source, others, read }: Reading): Promise<DruidRow> {
  const about = { ...question, splits: [] };
  const totals = await Promise.all([source, ...others].map((each) => read(each, about, { limit: 1 })));
  return Object.fromEntries(totals.flatMap(([row]) => Object.entries(row ?? {})));
}

/** A row of the sums of all columns that are numbers. */
function sumOf(rows: readonly DruidRow[]): DruidRow {
  const sums: Record<string, number> = {};
  for (const row of rows) {
    for (const [name, value] of Object.entries(row))
      if (typeof value === 'number') sums[name] = (sums[name] ?? 0) + value;
  }
  return sums;
}
