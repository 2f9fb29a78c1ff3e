/** What Druid measures, as a table. */
import type { Config } from '../../config.js';
import { exactRecords } from '../../druid/measures.js';
import { limits } from '../shared/model.js';
import type { CubeState } from '../shared/state.js';
import { columnsOf, valuesOf } from './columns.js';
import { readRows } from './druid-rows.js';
import type { Parts } from './parts.js';
import { currenciesStatement } from './query.js';
import { type Question, questionOf } from './question.js';
import { askStatement, keysOf, openSources, sourcesOf } from './sources.js';
import { emptyTable, type Table } from './table.js';

/** Empty where no measure of the state is Druid's. Fails as queryDruid does, and as the metastore does where locations are needed. */
export async function druidTable(parts: Parts, state: CubeState, now: number): Promise<Table> {
  const measures = state.measures.filter((measure) => sourcesOf(state.stream, measure).length > 0);
  const [measure] = measures;
  const [source, ...others] = new Set(measures.flatMap((each) => sourcesOf(state.stream, each)));
  if (!measure || !source) return emptyTable;
  const { config } = parts;
  const question = await questionOf(parts, state, now);
  const [known, sources] = await Promise.all([
    measures.includes('amount') ? currenciesOf(config, question) : [],
    openSources(config, [source, ...others], question),
  ]);
  if (measure === 'amount' && known.length === 0) return emptyTable;
  const currencies = known.slice(0, limits.currencies);
  const { rows, total, notes } = await readRows({
    question,
    measure,
    source,
    others,
    read: (each, about, order) => sources.read(each, about, { measures, currencies }, order),
  });
  const columns = columnsOf(measures, currencies, sources.every > 1);
  return {
    columns,
    rows: rows.map((row) => ({ keys: keysOf(question, row), values: valuesOf(row, columns, currencies) })),
    totals: valuesOf(total, columns, currencies),
    notes: [
      ...(known.length > currencies.length ? [currenciesNote] : []),
      ...(sources.every > 1 ? [sampleNote(sources.every)] : []),
      ...notes,
    ],
  };
}

/** The currencies that amounts are in, one more than are shown if there are more. */
async function currenciesOf(config: Config, question: Question): Promise<string[]> {
  const rows = await askStatement(config, currenciesStatement(question));
  const found = [...new Set(rows.flatMap(({ currencies }) => String(currencies ?? '').split(',')))].filter(Boolean);
  // Of panes they come in no order.
  return question.stream === 'aggregated_order' ? found.filter((each) => /^[A-Z]{3}$/.test(each)).sort() : found;
}

const currenciesNote = `There are more than ${limits.currencies} currencies: amounts are shown in ${limits.currencies} of them.`;

const sampleNote = (every: number) =>
  `There are more than ${exactRecords.toLocaleString('en')} records: ≈ marks records less the share of repeated ones, seen in every ${every}th order.`;
