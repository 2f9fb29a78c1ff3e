/** What the page shows, and how it stands in the URL: everything that a link has to carry. How it is read and checked: web/read-state.ts. */
import {
  type Dimension,
  dimensionOf,
  granularities,
  type Granularity,
  granularityNames,
  type LastTime,
  lastTimes,
  type MeasureName,
  streamOf,
  type StreamName,
} from './model.js';

/** The values of a dimension that count, or (`not`) that do not. '' stands for no value. */
export interface Filter {
  readonly dimension: string;
  readonly mode: 'is' | 'not';
  readonly values: readonly string[];
}

/** Times are milliseconds since the epoch; `to` is exclusive. */
export type TimeRange = { readonly last: LastTime } | { readonly from: number; readonly to: number };

export interface CubeState {
  readonly stream: StreamName;
  /** Names of dimensions, or `time`. */
  readonly splits: readonly string[];
  readonly filters: readonly Filter[];
  readonly time: TimeRange;
  readonly granularity: Granularity;
  /** In the order of the table's columns; rows are sorted by the first. */
  readonly measures: readonly MeasureName[];
  /** The order whose story is shown; '' for none. */
  readonly order: string;
  /** Whether the page asks again every few seconds. */
  readonly isLive: boolean;
}

export const timeSplit = 'time';

/** The state as a query string: from the same state always the same, with all that the state holds. */
export function queryOf(state: CubeState): string {
  const query = new URLSearchParams({ stream: state.stream });
  for (const split of state.splits) query.append('split', split);
  for (const { mode, dimension, values } of state.filters)
    for (const value of values) query.append(`${mode}.${dimension}`, value);
  if ('last' in state.time) query.set('last', state.time.last);
  else {
    query.set('from', new Date(state.time.from).toISOString());
    query.set('to', new Date(state.time.to).toISOString());
  }
  query.set('granularity', state.granularity);
  for (const measure of state.measures) query.append('measure', measure);
  if (state.order) query.set('order', state.order);
  if (!state.isLive) query.set('refresh', 'off');
  return query.toString();
}

/** Whether a measure can be had with these splits and filters: times to delivery are known by time alone. */
export const isMeasurable = (
  measure: MeasureName,
  { splits, filters }: Pick<CubeState, 'splits' | 'filters'>,
): boolean => measure !== 'delivery_p95' || (filters.length === 0 && splits.every((split) => split === timeSplit));

/** The measures without those that the splits and filters rule out; at least the stream's first. */
export function settled(state: CubeState): CubeState {
  const measures = state.measures.filter((measure) => isMeasurable(measure, state));
  return { ...state, measures: measures.length > 0 ? measures : streamOf(state.stream).measures.slice(0, 1) };
}

/** Another stream, with what it has in common with the one before. */
export function withStream(state: CubeState, stream: StreamName): CubeState {
  const has = (dimension: string) => dimensionOf(stream, dimension) !== undefined;
  const splits = state.splits.filter((split) => split === timeSplit || has(split));
  return settled({
    ...state,
    stream,
    splits: splits.length > 0 ? splits : [streamOf(stream).dimensions[0]!.name],
    filters: state.filters.filter(({ dimension }) => has(dimension)),
    measures: state.measures.filter((measure) => streamOf(stream).measures.includes(measure)),
  });
}

/** Another time range, with the granularity that suits it. */
export function withTime(state: CubeState, time: TimeRange): CubeState {
  return { ...state, time, granularity: suitableGranularity(time) };
}

function suitableGranularity(time: TimeRange): Granularity {
  if ('last' in time) return lastTimes[time.last].granularity;
  const fine = granularityNames.find((name) => (time.to - time.from) / granularities[name].ms <= 300);
  return fine ?? 'day';
}

export function withFilterValue(state: CubeState, dimension: string, mode: Filter['mode'], value: string): CubeState {
  const isSame = (filter: Filter) => filter.dimension === dimension && filter.mode === mode;
  const present = state.filters.find(isSame);
  const filter = { dimension, mode, values: [...new Set([...(present?.values ?? []), value])] };
  const filters = present ? state.filters.map((each) => (isSame(each) ? filter : each)) : [...state.filters, filter];
  return settled({ ...state, filters });
}

export function withoutFilterValue(state: CubeState, removed: Filter, value: string): CubeState {
  const filters = state.filters.flatMap((filter) => {
    if (filter.dimension !== removed.dimension || filter.mode !== removed.mode) return [filter];
    const values = filter.values.filter((each) => each !== value);
    return values.length > 0 ? [{ ...filter, values }] : [];
  });
  return { ...state, filters };
}

/**
 * Goes down into one part of what is shown: the value of the split becomes a filter, and the split gives way to the next dimension that is not
 * in use yet, of those that are offered. Of the time split (`value` in ms), the part becomes the time range, and the next finer granularity divides it.
 */
export function drilledDown(
  state: CubeState,
  split: string,
  value: string | number,
  dimensions: readonly Dimension[] = streamOf(state.stream).dimensions,
): CubeState {
  if (split === timeSplit) {
    const { ms } = granularities[state.granularity];
    const finer = granularityNames[Math.max(0, granularityNames.indexOf(state.granularity) - 1)]!;
    const from = Number(value);
    return { ...state, time: { from, to: from + ms }, granularity: finer };
  }
  const isUsed = ({ name }: Dimension) =>
    state.splits.includes(name) || state.filters.some((filter) => filter.dimension === name);
  const after = dimensions.slice(dimensions.findIndex(({ name }) => name === split) + 1);
  const next = [...after, ...dimensions].find((dimension) => !isUsed(dimension))?.name ?? split;
  // What is clicked replaces the values that were chosen of its dimension before.
  const filters = state.filters.filter((filter) => filter.dimension !== split || filter.mode !== 'is');
  const narrowed = withFilterValue({ ...state, filters }, split, 'is', String(value));
  const splits = state.splits.map((each) => (each === split ? next : each));
  return settled({ ...narrowed, splits, ...(split === 'order_id' && { order: String(value) }) });
}
