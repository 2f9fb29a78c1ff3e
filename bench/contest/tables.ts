/** The result of a contest as tables for people. */
import { table } from '../../cli/table.js';
import type { ContestResult } from './contest.js';
import {
  groups,
  type Measure,
  type MeasureGroup,
  measures,
  partMeasures,
  ratioOfMeasure,
  spreadOfMeasure,
  type TurnResult,
} from './result.js';
import { type Spread, spreadOf } from './statistics.js';

/** A published rate below this share of what was asked for says more of the machine than of the contestant. */
const leastPublished = 0.98;

const titles: Readonly<Record<MeasureGroup, (rate: number) => string>> = {
  fast: () => 'as fast as possible',
  steady: (rate) => `at ${rate} orders/s`,
  half: () => 'at half of its own highest rate',
};

/** Which measures the ratios are of. */
const comparedMeasures = groups.flatMap((group) =>
  group === 'half' ? [] : measures[group].map((measure) => ({ group, measure })),
);

export interface TableOptions {
  readonly contestants: readonly string[];
  readonly pairs: readonly (readonly [string, string])[];
  /** The steady rate, orders per second. */
  readonly rate: number;
}

/** Medians with the least and the most of the rounds, ratios, limits, and a line for each contestant that had a fault. */
export function contestText({ turns, limits }: ContestResult, { contestants, pairs, rate }: TableOptions): string {
  const figures = (title: string, group: MeasureGroup, columns: readonly Measure[]) => {
    const cells = (name: string) => columns.map((measure) => spreadText(spreadOfMeasure(turns, name, group, measure)));
    return table(
      [title, ...columns.map(({ name }) => name)],
      contestants.map((name) => [name, ...cells(name)]),
    );
  };
  const [fast, ...steady] = groups.map((group) => figures(titles[group](rate), group, measures[group]));
  const byPart = figures('CPU s/million, by whose', 'fast', partMeasures);
  return [fast, byPart, ...steady, ...ratiosText(turns, pairs, rate), ...limitsText(limits), ...remarks(turns)].join(
    '\n\n',
  );
}

/** A row for each pair. */
function ratiosText(turns: readonly TurnResult[], pairs: TableOptions['pairs'], rate: number): string[] {
  if (pairs.length === 0) return [];
  const nameOf = ({ group, measure }: { group: MeasureGroup; measure: Measure }) =>
    group === 'fast' ? measure.name : `${measure.name} ${titles[group](rate)}`;
  const rows = comparedMeasures.flatMap((compared) =>
    pairs.map(([one, other]) => [
      `${one} / ${other}`,
      nameOf(compared),
      spreadText(ratioOfMeasure(turns, [one, other], compared.group, compared.measure), 2),
    ]),
  );
  return [table(['pair', 'measure', 'ratio'], rows)];
}

function limitsText(results: ContestResult['limits']): string[] {
  const [first] = results;
  if (!first) return [];
  const rows = first.limits.map(({ name, unit }, at) => [
    name,
    spreadText(spreadOf(results.map(({ limits }) => limits[at]!.perSecond))),
    unit,
  ]);
  return [table(['limit', 'rate', 'unit'], rows)];
}

/** What is to be known of single turns: faults, and rates that were not published. */
export function remarks(turns: readonly TurnResult[]): string[] {
  const faults = turns
    .filter(({ fault }) => fault !== null)
    .map(({ contestant, round, fault }) => `${contestant} has no figures: in round ${round + 1}, ${fault}`);
  const slow = turns.flatMap(({ contestant, round, steady, half }) =>
    [steady, half].flatMap((load) => {
      if (!load?.rate || load.publishedPerSecond >= leastPublished * load.rate) return [];
      const published = `${load.publishedPerSecond.toFixed(0)} of ${load.rate} orders/s were published`;
      return `${contestant}: in round ${round + 1}, only ${published}: its times there say little`;
    }),
  );
  const lines = [...faults, ...slow];
  return lines.length > 0 ? [lines.join('\n')] : [];
}

/** `median (least..most)`; the median alone of a single value, and nothing of none. */
export function spreadText(spread: Spread | undefined, digits?: number): string {
  if (!spread) return '';
  const [median, least, most] = [spread.median, spread.least, spread.most].map((value) => numberText(value, digits));
  return spread.count === 1 ? median! : `${median} (${least}..${most})`;
}

/** Three digits at least, and whole from 100 on. */
const numberText = (value: number, digits = value >= 100 ? 0 : 1) => value.toFixed(digits);
