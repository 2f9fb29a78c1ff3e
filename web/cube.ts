/** The answer to a state: asks Druid and the metastore, and puts what they say into one table. */
import type { Config } from '../config.js';
import { exactRecords } from '../druid/measures.js';
import { OperatorError } from '../errors.js';
import { metastoreError, type Pool } from '../metastore/connection.js';
import { deliveryTimes, readLocations } from '../metastore/measures.js';
import {
  currenciesStatement,
  type Order,
  type Question,
  sortColumn,
  type Source,
  sourcesOf,
  valuesStatement,
} from './query.js';
import type { Column, CubeAnswer, CubeRow, Values } from './shared/answers.js';
import {
  dimensionOf,
  granularities,
  lastTimes,
  limits,
  type MeasureName,
  measures as measureTable,
} from './shared/model.js';
import { type CubeState, timeSplit } from './shared/state.js';
import { askStatement, type DruidRow, furtherRows, keyOf, keysOf, openSources } from './sources.js';

/** What the page reads from. */
export interface Parts {
  readonly config: Config;
  readonly pool: Pool;
}

/** The sentence about a part that does not answer. Other errors are thrown on. */
export function problemOf(error: unknown): string {
  if (error instanceof OperatorError) return error.message;
  throw error;
}

const isOfLocations = (state: CubeState, name: string) => dimensionOf(state.stream, name)?.of !== undefined;

/** Whether the state asks for a dimension that is made of the metastore's locations. */
const needsLocations = (state: CubeState) =>
  state.splits.some((split) => isOfLocations(state, split)) ||
  state.filters.some(({ dimension }) => isOfLocations(state, dimension));

/** A split by time begins with a whole part, so that its first number is not smaller than the others for no reason. */
function rangeOf({ time, splits, granularity }: CubeState, now: number): { from: number | null; to: number | null } {
  if (!('last' in time)) return time;
  if (time.last === 'all') return { from: null, to: null };
  const from = now - lastTimes[time.last].ms;
  const { ms } = granularities[granularity];
  return { from: splits.includes(timeSplit) ? Math.floor(from / ms) * ms : from, to: now };
}

async function questionOf({ pool, config }: Parts, state: CubeState, now: number): Promise<Question> {
  const { stream, splits, filters, granularity } = state;
  const locations = needsLocations(state)
    ? await readLocations(pool).catch((error: unknown) => {
        throw metastoreError(config.postgresUrl, error);
      })
    : [];
  return { stream, splits, filters, granularity, ...rangeOf(state, now), locations };
}

interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly CubeRow[];
  readonly totals: Values;
  readonly notes: readonly string[];
}

const nothing: Table = { columns: [], rows: [], totals: {}, notes: [] };

/** Never rejects because a part does not answer: `problems` says so, and the rest is there. */
export async function answerCube(parts: Parts, state: CubeState, now = Date.now()): Promise<CubeAnswer> {
  const problems: string[] = [];
  const orNothing = (error: unknown) => {
    problems.push(problemOf(error));
    return nothing;
  };
  const [druid, metastore] = await Promise.all([
    druidTable(parts, state, now).catch(orNothing),
    metastoreTable(parts, state, now).catch(orNothing),
  ]);
  const columns = state.measures.flatMap((measure) =>
    [...druid.columns, ...metastore.columns].filter((column) => column.measure === measure),
  );
  return {
    state,
    range: rangeOf(state, now),
    columns,
    rows: merged(state, [druid.rows, metastore.rows]),
    totals: { ...druid.totals, ...metastore.totals },
    notes: [...druid.notes, ...metastore.notes],
    problems,
    answeredAt: now,
  };
}

/** One row per key, the newest first where the rows are split by time, otherwise in the order they have. */
function merged({ splits }: CubeState, tables: readonly (readonly CubeRow[])[]): CubeRow[] {
  const rows = new Map<string, CubeRow>();
  for (const { keys, values } of tables.flat()) {
    const key = keyOf(keys);
    rows.set(key, { keys, values: { ...rows.get(key)?.values, ...values } });
  }
  const time = splits.indexOf(timeSplit);
  const all = [...rows.values()];
  return time < 0 ? all : all.sort((a, b) => Number(b.keys[time]) - Number(a.keys[time])).slice(0, limits.rows);
}

async function druidTable(parts: Parts, state: CubeState, now: number): Promise<Table> {
  const measures = state.measures.filter((measure) => sourcesOf(state.stream, measure).length > 0);
  const [first] = measures;
  if (!first) return nothing;
  const { config } = parts;
  const question = await questionOf(parts, state, now);
  const notes: string[] = [];
  const [source, ...others] = allSources(state, measures);
  const [currencies, sources] = await Promise.all([
    measures.includes('amount') ? currenciesOf(config, question, notes) : [],
    openSources(config, [source!, ...others], question),
  ]);
  if (first === 'amount' && currencies.length === 0) return nothing;
  if (sources.every > 1) notes.push(sampleNote(sources.every));
  const run = (each: Source, about: Question, order: Order) =>
    sources.read(each, about, { measures, currencies }, order);
  const by = sortColumn(first);
  const isSplit = state.splits.length > 0;

  async function rowsOfFirst() {
    const lines = await withTopLines(
      question,
      (about) => run(source!, about, { by, limit: limits.lines + 1 }),
      first!,
      notes,
    );
    const found = isSplit ? await run(source!, lines.question, { by, limit: limits.rows + 1 }) : [];
    return { lines, found };
  }
  // What aggregates come to in all is the sum of the parts, if all parts are there.
  const isAdded = source === 'panes' && isSplit;
  const [{ lines, found }, ...totals] = await Promise.all([
    rowsOfFirst(),
    ...(isAdded ? [] : [source!, ...others].map((each) => run(each, { ...question, splits: [] }, { limit: 1 }))),
  ]);
  const isCut = found.length > limits.rows;
  if (isAdded) {
    const isWhole = !isCut && lines.question === question;
    totals.push(isWhole ? [sumOf(found)] : await run(source!, { ...question, splits: [] }, { limit: 1 }));
  }
  const shown = found.slice(0, limits.rows).filter(lines.isShown);
  if (isCut) notes.push(cutNote(state, first));
  const further = isCut ? restrictedTo(lines.question, shown) : lines.question;
  const rest = await Promise.all(isSplit ? others.map((each) => run(each, further, { limit: furtherRows })) : []);
  const columns = columnsOf(measures, currencies, sources.every > 1);
  const rowsByKey = new Map(shown.map((row) => [keyOf(keysOf(state, row)), { ...row }]));
  for (const row of rest.flat()) {
    const present = rowsByKey.get(keyOf(keysOf(state, row)));
    if (present) Object.assign(present, row);
  }
  const total = Object.assign({}, ...totals.map((rows) => rows[0])) as DruidRow;
  return {
    columns,
    rows: [...rowsByKey.values()].map((row) => ({
      keys: keysOf(state, row),
      values: valuesOf(row, columns, currencies),
    })),
    totals: valuesOf(total, columns, currencies),
    notes,
  };
}

const sampleNote = (every: number) =>
  `There are more than ${exactRecords.toLocaleString('en')} records: ≈ marks records less the share of repeated ones, seen in every ${every}th order.`;

/** A row of the sums of all columns that are numbers. */
function sumOf(rows: readonly DruidRow[]): DruidRow {
  const sums: Record<string, number> = {};
  for (const row of rows) {
    for (const [name, value] of Object.entries(row))
      if (typeof value === 'number') sums[name] = (sums[name] ?? 0) + value;
  }
  return sums;
}

/** The sources that the measures need, the one of the first measure first. */
const allSources = ({ stream }: CubeState, measures: readonly MeasureName[]): Source[] => [
  ...new Set(measures.flatMap((measure) => sourcesOf(stream, measure))),
];

async function currenciesOf(config: Config, question: Question, notes: string[]): Promise<string[]> {
  const rows = await askStatement(config, currenciesStatement(question));
  const found = [...new Set(rows.flatMap(({ currencies }) => String(currencies ?? '').split(',')))].filter(Boolean);
  // Of panes they come in no order.
  const all = question.stream === 'aggregated_order' ? found.filter((each) => /^[A-Z]{3}$/.test(each)).sort() : found;
  if (all.length > limits.currencies) {
    notes.push(
      `There are more than ${limits.currencies} currencies: amounts are shown in ${limits.currencies} of them.`,
    );
  }
  return all.slice(0, limits.currencies);
}

/** A split by time and by a dimension shows the values that have the most, a line each. */
async function withTopLines(
  question: Question,
  ranked: (question: Question) => Promise<DruidRow[]>,
  measure: MeasureName,
  notes: string[],
): Promise<{ question: Question; isShown: (row: DruidRow) => boolean }> {
  const index = question.splits.findIndex((split) => split !== timeSplit);
  if (index < 0 || !question.splits.includes(timeSplit)) return { question, isShown: () => true };
  const dimension = question.splits[index]!;
  const rows = await ranked({ ...question, splits: [dimension] });
  const values = rows.slice(0, limits.lines).map((row) => String(row.s0 ?? ''));
  if (rows.length > limits.lines) {
    const { label } = dimensionOf(question.stream, dimension)!;
    notes.push(
      `There are more: the ${limits.lines} values of ${label} with the most ${measureTable[measure].label} are shown.`,
    );
  }
  if (values.length === 0) return { question, isShown: () => true };
  const filter = { dimension, mode: 'is', values } as const;
  return {
    question: { ...question, filters: [...question.filters, filter] },
    isShown: (row) => values.includes(String(row[`s${index}`] ?? '')),
  };
}

function cutNote({ splits }: CubeState, measure: MeasureName): string {
  const count = limits.rows.toLocaleString('en');
  if (splits.includes(timeSplit))
    return `There are more rows: the newest ${count} are shown. A shorter time or a coarser granularity shows all.`;
  return `There are more rows: the ${count} with the most ${measureTable[measure].label} are shown. A filter shows others.`;
}

/** Only what is in the rows that are shown. */
function restrictedTo(question: Question, rows: readonly DruidRow[]): Question {
  const valuesAt = (index: number) => [...new Set(rows.map((row) => row[`s${index}`] ?? ''))];
  const filters = question.splits.flatMap((dimension, index) =>
    dimension === timeSplit ? [] : [{ dimension, mode: 'is' as const, values: valuesAt(index).map(String) }],
  );
  const time = question.splits.indexOf(timeSplit);
  const oldest = time < 0 ? -Infinity : Math.min(...valuesAt(time).map((text) => Date.parse(String(text))));
  const from = Number.isFinite(oldest) ? Math.max(oldest, question.from ?? -Infinity) : question.from;
  return { ...question, from, filters: [...question.filters, ...filters] };
}

function columnsOf(measures: readonly MeasureName[], currencies: readonly string[], isSample = false): Column[] {
  return measures.flatMap((measure): Column[] => {
    const { label, unit } = measureTable[measure];
    const isApproximate = measure === 'customers' || (isSample && measure !== 'dead_letters');
    if (measure !== 'amount') return [{ id: measure, measure, label, unit, isApproximate }];
    return currencies.map((currency) => ({
      id: `${measure}.${currency}`,
      measure,
      label: `${label} ${currency}`,
      unit,
      currency,
      isApproximate,
    }));
  });
}

function valuesOf(row: DruidRow, columns: readonly Column[], currencies: readonly string[]): Values {
  const value = ({ measure, currency }: Column): number | null => {
    // What has no row has no orders.
    if (measure === 'orders') return Number(row.orders ?? 0);
    if (measure === 'reject_rate')
      return Number(row.orders) > 0 ? Number(row.rejected ?? 0) / Number(row.orders) : null;
    const name = currency === undefined ? measure : `amount_${currencies.indexOf(currency)}`;
    return row[name] === null || row[name] === undefined ? null : Number(row[name]);
  };
  return Object.fromEntries(columns.map((column) => [column.id, value(column)]));
}

async function metastoreTable({ pool, config }: Parts, state: CubeState, now: number): Promise<Table> {
  if (!state.measures.includes('delivery_p95')) return nothing;
  const range = rangeOf(state, now);
  const isSplit = state.splits.includes(timeSplit);
  const { ms } = granularities[state.granularity];
  try {
    const [parts, [all]] = await Promise.all([
      isSplit ? deliveryTimes(pool, { ...range, partMs: ms, limit: limits.rows }) : [],
      deliveryTimes(pool, { ...range, partMs: null, limit: 1 }),
    ]);
    return {
      columns: columnsOf(['delivery_p95'], []),
      rows: parts.map(({ time, p95 }) => ({ keys: [time], values: { delivery_p95: p95 } })),
      totals: { delivery_p95: all?.p95 ?? null },
      notes: ['Times to delivery are those of orders that are delivered, by the time of their creation.'],
    };
  } catch (error) {
    throw metastoreError(config.postgresUrl, error);
  }
}

/** How many values of a dimension are suggested. */
const suggestions = 100;

/** The most frequent values of a dimension, with the state's time and its other filters. Fails as queryDruid does. */
export async function answerValues(
  parts: Parts,
  state: CubeState,
  dimension: string,
  now = Date.now(),
): Promise<string[]> {
  const filters = state.filters.filter((filter) => filter.dimension !== dimension);
  const question = await questionOf(parts, { ...state, filters, splits: [dimension] }, now);
  const rows = await askStatement(parts.config, valuesStatement(question, suggestions));
  return rows.map(({ s0 }) => String(s0 ?? ''));
}
