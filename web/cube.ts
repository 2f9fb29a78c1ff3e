/** The answer to a state: asks Druid and the metastore, and puts what they say into one table. */
import type pg from 'pg';
import type { Config } from '../config.js';
import { unlessEmpty } from '../druid/counts.js';
import { thetaSize } from '../druid/measures.js';
import { queryDruid } from '../druid/rest.js';
import { metastoreError } from '../metastore/connection.js';
import { OperatorError } from '../errors.js';
import { deliveryTimes, readLocations } from './metastore-measures.js';
import {
  currenciesStatement,
  type Order,
  type Question,
  sortColumn,
  type Source,
  sourcesOf,
  statementOf,
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
import type { Sql } from './sql.js';

/** What the page reads from. */
export interface Parts {
  readonly config: Config;
  readonly pool: pg.Pool;
}

/** Long enough for a large nested statement; in ms. */
const queryTimeoutMs = 20_000;
/** Rows of statements that bring further measures to the rows of the first one. */
const furtherRows = 50_000;

type DruidRow = Readonly<Record<string, string | number | null>>;

/** Fails as queryDruid does. Rankings of topN queries are approximate, and so left out. */
const ask = (config: Config, { text, parameters }: Sql) =>
  unlessEmpty(
    queryDruid<DruidRow>(config, text, {
      parameters,
      timeoutMs: queryTimeoutMs,
      context: { useApproximateTopN: false },
    }),
  );

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

const keyOf = (keys: CubeRow['keys']) => JSON.stringify(keys);

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
  const currencies = measures.includes('amount') ? await currenciesOf(config, question, notes) : [];
  const asked = { measures, currencies };
  const [source, ...others] = allSources(state, measures);
  if (first === 'amount' && currencies.length === 0) return nothing;
  const run = (each: Source, about: Question, order: Order) => ask(config, statementOf(each, about, asked, order));
  const by = sortColumn(first);

  const lines = await withTopLines(
    question,
    (about) => run(source!, about, { by, limit: limits.lines + 1 }),
    first,
    notes,
  );
  const [found, ...totals] = await Promise.all([
    state.splits.length > 0 ? run(source!, lines.question, { by, limit: limits.rows + 1 }) : [],
    ...[source!, ...others].map((each) => run(each, { ...question, splits: [] }, { limit: 1 })),
  ]);
  const isCut = found!.length > limits.rows;
  const shown = found!.slice(0, limits.rows).filter(lines.isShown);
  if (isCut) notes.push(cutNote(state, first));
  const further = isCut ? restrictedTo(lines.question, shown) : lines.question;
  const rest = await Promise.all(
    state.splits.length > 0 ? others.map((each) => run(each, further, { limit: furtherRows })) : [],
  );
  const columns = columnsOf(measures, currencies);
  const rowsByKey = new Map(shown.map((row) => [keyOf(keysOf(state, row)), { ...row }]));
  for (const row of rest.flat()) {
    const present = rowsByKey.get(keyOf(keysOf(state, row)));
    if (present) Object.assign(present, row);
  }
  const total = Object.assign({}, ...totals.map((rows) => rows[0])) as DruidRow;
  if (measures.includes('reject_rate') && Number(total.orders) >= thetaSize) {
    notes.push(`Reject rates of ${thetaSize.toLocaleString('en')} orders and more are approximate.`);
  }
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

/** The sources that the measures need, the one of the first measure first. */
const allSources = ({ stream }: CubeState, measures: readonly MeasureName[]): Source[] => [
  ...new Set(measures.flatMap((measure) => sourcesOf(stream, measure))),
];

async function currenciesOf(config: Config, question: Question, notes: string[]): Promise<string[]> {
  const rows = await ask(config, currenciesStatement(question));
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

const keysOf = ({ splits }: CubeState, row: DruidRow): (string | number)[] =>
  splits.map((split, index) => {
    const value = row[`s${index}`];
    return split === timeSplit ? Date.parse(String(value)) : String(value ?? '');
  });

function columnsOf(measures: readonly MeasureName[], currencies: readonly string[]): Column[] {
  return measures.flatMap((measure): Column[] => {
    const { label, unit } = measureTable[measure];
    if (measure !== 'amount') return [{ id: measure, measure, label, unit }];
    return currencies.map((currency) => ({
      id: `${measure}.${currency}`,
      measure,
      label: `${label} ${currency}`,
      unit,
      currency,
    }));
  });
}

function valuesOf(row: DruidRow, columns: readonly Column[], currencies: readonly string[]): Values {
  const value = ({ measure, currency }: Column): number | null => {
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
  const rows = await ask(parts.config, valuesStatement(question, suggestions));
  return rows.map(({ s0 }) => String(s0 ?? ''));
}
