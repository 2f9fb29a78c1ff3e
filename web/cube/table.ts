/** What one part answers, as a table, and how the tables of several parts become one. */
import type { Column, CubeRow, Values } from '../shared/answers.js';
import { limits } from '../shared/model.js';
import { type CubeState, timeSplit } from '../shared/state.js';

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly CubeRow[];
  readonly totals: Values;
  /** What one has to know to read the numbers, a sentence each. */
  readonly notes: readonly string[];
}

export const emptyTable: Table = { columns: [], rows: [], totals: {}, notes: [] };

/** Equal for rows about the same. */
export const keyOf = (keys: CubeRow['keys']): string => JSON.stringify(keys);

/** The tables side by side: the columns in the order of the state's measures, and one row per key. */
export function merged(state: CubeState, tables: readonly Table[]): Table {
  const columns = tables.flatMap((table) => table.columns);
  const rows = tables.flatMap((table) => table.rows);
  return {
    columns: state.measures.flatMap((measure) => columns.filter((column) => column.measure === measure)),
    rows: mergedRows(state, rows),
    totals: Object.fromEntries(tables.flatMap(({ totals }) => Object.entries(totals))),
    notes: tables.flatMap(({ notes }) => notes),
  };
}

/** One row per key, the newest first where the rows are split by time, otherwise in the order they have. */
function mergedRows({ splits }: CubeState, rows: readonly CubeRow[]): CubeRow[] {
  const byKey = new Map<string, CubeRow>();
  for (const { keys, values } of rows) {
    const key = keyOf(keys);
    byKey.set(key, { keys, values: { ...byKey.get(key)?.values, ...values } });
  }
  const time = splits.indexOf(timeSplit);
  const all = [...byKey.values()];
  return time < 0 ? all : all.sort((a, b) => Number(b.keys[time]) - Number(a.keys[time])).slice(0, limits.rows);
}
