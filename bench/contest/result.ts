/** What a contest came to: plain data, and THE table of the measures that are made of it. */
import type { Percentiles } from '../../reconcile/timing.js';
import type { Measured } from './measure.js';
import { type ByRound, ratioOf, type Spread, spreadOf } from './statistics.js';
import { type CpuByPart, parts, sumOfParts } from './usage.js';

/** What came of a load. */
export interface LoadResult {
  readonly orders: number;
  /** Orders, and what was published beside them. */
  readonly records: number;
  /** Orders per second that were asked for; null for as fast as possible. */
  readonly rate: number | null;
  /** Orders per second that Kafka took. */
  readonly publishedPerSecond: number;
  /** From the first record on raw_order to the last end of an order, by the clocks of broker and metastore. */
  readonly recordsPerSecond: number;
  /** From the first record until the last effect: the last pane, too. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** The same, by whose processes used them. */
  readonly cpuByPart: CpuByPart;
  /** Bytes. */
  readonly memory: number;
  readonly latencyMs: Percentiles;
}

/** A contestant's turn in a round. */
export interface TurnResult {
  readonly contestant: string;
  /** From 0. */
  readonly round: number;
  /** All of it took so long, starting and stopping included. */
  readonly seconds: number;
  /** The machine's, over a minute, before it began. */
  readonly loadAverage: number;
  /** What was lost or doubled, or why it ended; null where all was as it should be. */
  readonly fault: string | null;
  /** As fast as possible. */
  readonly fast?: LoadResult;
  /** At a rate that is the same for all. */
  readonly steady?: LoadResult;
  /** At half of what this turn has done as fast as possible. */
  readonly half?: LoadResult;
}

/** How much something could do at most that all contestants need. */
export interface Limit {
  readonly name: string;
  readonly unit: string;
  readonly perSecond: number;
}

export interface LimitsResult {
  readonly round: number;
  readonly limits: readonly Limit[];
}

/** The figures of a load whose account is settled. */
export const loadResult = (
  { report, seconds, ...measured }: Measured,
  { orders, rate }: { readonly orders: number; readonly rate?: number },
): LoadResult => ({
  orders,
  records: measured.records,
  rate: rate ?? null,
  publishedPerSecond: measured.publishedPerSecond,
  recordsPerSecond: ((report.ordersPerSecond ?? NaN) * measured.records) / report.orders,
  seconds,
  cpuSeconds: sumOfParts(measured.cpu),
  cpuByPart: measured.cpu,
  memory: measured.memory,
  latencyMs: report.latencyMs,
});

export type MeasureGroup = 'fast' | 'steady' | 'half';

export interface Measure {
  readonly name: string;
  readonly of: (load: LoadResult) => number | null;
}

const mebibytes = (bytes: number) => bytes / 1024 ** 2;
const percentiles: readonly Measure[] = [
  { name: 'p50 ms', of: ({ latencyMs }) => latencyMs.p50 },
  { name: 'p99 ms', of: ({ latencyMs }) => latencyMs.p99 },
  { name: 'p99.9 ms', of: ({ latencyMs }) => latencyMs.p999 },
];

/** In the order of the tables' columns. */
export const measures: Readonly<Record<MeasureGroup, readonly Measure[]>> = {
  fast: [
    { name: 'records/s', of: ({ recordsPerSecond }) => recordsPerSecond },
    { name: 'with panes', of: ({ records, seconds }) => records / seconds },
    { name: 'CPU s/million', of: ({ cpuSeconds, records }) => (cpuSeconds * 1e6) / records },
    { name: 'MiB', of: ({ memory }) => mebibytes(memory) },
  ],
  steady: [...percentiles, { name: 'CPU %', of: ({ cpuSeconds, seconds }) => (cpuSeconds * 100) / seconds }],
  half: [{ name: 'orders/s', of: ({ rate }) => rate }, ...percentiles],
};

/** Of a load as fast as possible: whose the CPU is, in seconds of a core for a million records, or microseconds for one. */
export const partMeasures: readonly Measure[] = parts.map((part) => ({
  name: part,
  of: ({ cpuByPart, records }) => (cpuByPart[part] * 1e6) / records,
}));

/** The measure of that name, of which there has to be one. */
export const measureOf = (group: MeasureGroup, name: string): Measure =>
  measures[group].find((measure) => measure.name === name)!;

export const groups = Object.keys(measures) as MeasureGroup[];

/** Those who had a fault have no figures at all. */
export function withoutFaults(turns: readonly TurnResult[]): TurnResult[] {
  const faulty = new Set(turns.filter(({ fault }) => fault !== null).map(({ contestant }) => contestant));
  return turns.filter(({ contestant }) => !faulty.has(contestant));
}

/** A contestant's values of a measure, by round. */
export function valuesOf(
  turns: readonly TurnResult[],
  contestant: string,
  group: MeasureGroup,
  { of }: Measure,
): ByRound {
  const entries = turns.flatMap((turn): [number, number][] => {
    const load = turn[group];
    const value = turn.contestant === contestant && load ? of(load) : null;
    return value === null ? [] : [[turn.round, value]];
  });
  return new Map(entries);
}

/** Over the rounds; undefined where there are no figures. */
export const spreadOfMeasure = (
  turns: readonly TurnResult[],
  contestant: string,
  group: MeasureGroup,
  measure: Measure,
): Spread | undefined => spreadOf([...valuesOf(withoutFaults(turns), contestant, group, measure).values()]);

/** Of one contestant to another, by rounds. */
export const ratioOfMeasure = (
  turns: readonly TurnResult[],
  [one, other]: readonly [string, string],
  group: MeasureGroup,
  measure: Measure,
): Spread | undefined => {
  const good = withoutFaults(turns);
  return ratioOf(valuesOf(good, one, group, measure), valuesOf(good, other, group, measure));
};

/** Whom to compare: each of ours with each that is not, and ours among themselves, the later one with the earlier. */
export function pairsOf(contestants: readonly { readonly name: string; readonly isOurs?: true }[]): [string, string][] {
  const ours = contestants.filter(({ isOurs }) => isOurs);
  const others = contestants.filter(({ isOurs }) => !isOurs);
  return ours.flatMap((one, at) =>
    [...ours.slice(0, at), ...others].map(({ name }): [string, string] => [one.name, name]),
  );
}
