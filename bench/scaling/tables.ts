/** The result of scaling as tables for people. */
import { table } from '../../cli/table.js';
import {
  type Measure,
  measureOf,
  ratioOfMeasure,
  spreadOfMeasure,
  valuesOf,
  withoutFaults,
} from '../contest/result.js';
import { type Spread, spreadOf } from '../contest/statistics.js';
import { remarks, spreadText } from '../contest/tables.js';
import type { Point } from './scales.js';
import type { ScaleResult } from './scaling.js';

const cpu = measureOf('fast', 'CPU s/million');

/** What the tables and the picture show. */
export const shownMeasures: readonly Measure[] = [measureOf('fast', 'records/s'), cpu, measureOf('fast', 'MiB')];

/** The points by their contestants, in the order in which they have played. */
export const contestantsOf = ({ points }: ScaleResult): string[] => [
  ...new Set(points.map(({ contestant }) => contestant)),
];

/** For each scale and contestant a table with a row for each value, and how far the CPU of a record is from being the same at all of them. */
export function scalingText(results: readonly ScaleResult[]): string {
  return results
    .flatMap((result) => [
      ...contestantsOf(result).map((contestant) => tableOf(result, contestant)),
      ...remarks(result.turns),
    ])
    .join('\n\n');
}

function tableOf(result: ScaleResult, contestant: string): string {
  const points = result.points.filter((point) => point.contestant === contestant);
  const first = points[0]!;
  const rows = points.map(({ name, value }) => [
    String(value),
    ...shownMeasures.map((measure) => spreadText(spreadOfMeasure(result.turns, name, 'fast', measure))),
    spreadText(ratioOfMeasure(result.turns, [name, first.name], 'fast', cpu), 2),
  ]);
  const heading = [result.of, ...shownMeasures.map(({ name }) => name), `CPU to that at ${first.value}`];
  const apart = mostToLeast(result, points);
  const line = apart ? `\nCPU of a record, the most to the least: ${spreadText(apart, 2)}` : '';
  return `${contestant}\n${table(heading, rows)}${line}`;
}

/** The most CPU of a record at one value to the least at another, in the rounds that all values have. */
export function mostToLeast({ turns }: Pick<ScaleResult, 'turns'>, points: readonly Point[]): Spread | undefined {
  const good = withoutFaults(turns);
  const [first, ...others] = points.map(({ name }) => valuesOf(good, name, 'fast', cpu));
  const ratios = [...(first ?? [])].flatMap(([round, value]) => {
    const values = [value, ...others.flatMap((each) => each.get(round) ?? [])];
    return values.length === points.length ? Math.max(...values) / Math.min(...values) : [];
  });
  return spreadOf(ratios);
}
