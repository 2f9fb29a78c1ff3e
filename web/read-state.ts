/** From a query string to a state: everything that a request says is checked here, and only names of the model come out as names. */
import { z } from 'zod';
import { OperatorError } from '../errors.js';
import {
  dimensionOf,
  granularityNames,
  lastTimeNames,
  lastTimes,
  limits,
  type MeasureName,
  measures,
  streamNames,
  streamOf,
  type StreamName,
} from './shared/model.js';
import { type CubeState, type Filter, isMeasurable, timeSplit, type TimeRange } from './shared/state.js';

/** What is wrong with a query string: one sentence that begins with the parameter. */
export class BadQuery extends OperatorError {
  constructor(parameter: string, problem: string) {
    super('BAD_QUERY', `${parameter}: ${problem}`);
  }
}

const choice = <T extends string>(names: readonly T[]) =>
  z.enum(names as [T, ...T[]], `expected one of ${names.join(', ')}`);
const text = z
  .string()
  .max(limits.valueLength, `expected at most ${limits.valueLength} characters`)
  // eslint-disable-next-line no-control-regex -- what no value holds
  .regex(/^[^\u0000-\u001f]*$/, 'expected no control characters');
const isoTime = z.iso
  .datetime({ offset: true, error: 'expected a time such as 2026-01-31T12:00:00Z' })
  .transform((time) => Date.parse(time));

/** The parameters that stand once. */
const single = {
  stream: choice(streamNames).default('raw_order'),
  last: choice(lastTimeNames).optional(),
  from: isoTime.optional(),
  to: isoTime.optional(),
  granularity: choice(granularityNames).optional(),
  order: text.default(''),
  refresh: z.literal('off', 'expected off, or nothing').optional(),
};
const lists: readonly string[] = ['split', 'measure'];

type Single = { [name in keyof typeof single]: z.output<(typeof single)[name]> };

/** Reads a query string. Throws BadQuery, which names the first parameter that is wrong. */
export function readState(query: URLSearchParams): CubeState {
  const values = readSingle(query);
  const { stream } = values;
  const splits = readSplits(query, stream);
  const filters = readFilters(query, stream);
  const time = readTime(values);
  const state = {
    stream,
    splits,
    filters,
    time,
    granularity: values.granularity ?? ('last' in time ? lastTimes[time.last].granularity : 'minute'),
    order: values.order,
    isLive: values.refresh !== 'off',
  };
  return { ...state, measures: readMeasures(query, { stream, splits, filters }) };
}

function readSingle(query: URLSearchParams): Single {
  const values: Record<string, unknown> = {};
  for (const name of new Set(query.keys())) {
    if (name in single || lists.includes(name) || /^(is|not)\./.test(name)) continue;
    throw new BadQuery(name.slice(0, 40), 'there is no such parameter');
  }
  for (const [name, schema] of Object.entries(single)) {
    const given = query.getAll(name);
    if (given.length > 1) throw new BadQuery(name, 'expected one value');
    const result = schema.safeParse(given[0]);
    if (!result.success) throw new BadQuery(name, result.error.issues[0]!.message);
    values[name] = result.data;
  }
  return values as Single;
}

function readSplits(query: URLSearchParams, stream: StreamName): string[] {
  const splits = query.getAll('split');
  if (splits.length > limits.splits) throw new BadQuery('split', `expected at most ${limits.splits}`);
  if (new Set(splits).size < splits.length) throw new BadQuery('split', 'expected two different ones');
  for (const split of splits) if (split !== timeSplit) requireDimension('split', stream, split);
  return splits;
}

function requireDimension(parameter: string, stream: StreamName, name: string): void {
  if (dimensionOf(stream, name)) return;
  const names = streamOf(stream).dimensions.map((dimension) => dimension.name);
  throw new BadQuery(parameter, `the dimensions of ${stream} are ${names.join(', ')}`);
}

function readFilters(query: URLSearchParams, stream: StreamName): Filter[] {
  const filters: Filter[] = [];
  let count = 0;
  for (const parameter of new Set(query.keys())) {
    const [, mode, dimension] = /^(is|not)\.(.*)$/.exec(parameter) ?? [];
    if (!mode) continue;
    const name = parameter.slice(0, 40);
    requireDimension(name, stream, dimension!);
    const values = query.getAll(parameter).map((value) => {
      const result = text.safeParse(value);
      if (result.success) return result.data;
      throw new BadQuery(name, result.error.issues[0]!.message);
    });
    count += values.length;
    filters.push({ dimension: dimension!, mode: mode as Filter['mode'], values: [...new Set(values)] });
    if (filters.length > limits.filters) throw new BadQuery(name, `expected at most ${limits.filters} filters`);
    if (count > limits.values) throw new BadQuery(name, `expected at most ${limits.values} values in all filters`);
  }
  return filters;
}

function readTime({ last, from, to }: Single): TimeRange {
  if (from === undefined && to === undefined) return { last: last ?? '1h' };
  if (last !== undefined) throw new BadQuery('last', 'expected either last, or from and to');
  if (from === undefined) throw new BadQuery('from', 'expected from and to together');
  if (to === undefined) throw new BadQuery('to', 'expected from and to together');
  if (to <= from) throw new BadQuery('to', 'expected a time after from');
  return { from, to };
}

function readMeasures(query: URLSearchParams, state: Pick<CubeState, 'stream' | 'splits' | 'filters'>): MeasureName[] {
  const { measures: offered } = streamOf(state.stream);
  const asked = [...new Set(query.getAll('measure'))];
  for (const name of asked) {
    const measure = offered.find((each) => each === name);
    if (!measure) throw new BadQuery('measure', `the measures of ${state.stream} are ${offered.join(', ')}`);
    if (!isMeasurable(measure, state)) {
      throw new BadQuery('measure', `${name} (${measures[measure].label}) is known by time alone, without filters`);
    }
  }
  return asked.length > 0 ? (asked as MeasureName[]) : offered.slice(0, 1);
}
