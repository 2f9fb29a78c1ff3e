/** The values that a filter's field suggests. */
import type { CubeState } from '../shared/state.js';
import type { Parts } from './parts.js';
import { valuesStatement } from './query.js';
import { questionOf } from './question.js';
import { askStatement } from './sources.js';

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
