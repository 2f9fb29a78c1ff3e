/** THE table of what can be scaled, and the points of a scale as contestants. */
import { badValue, wholeNumber } from '../../cli/numbers.js';
import type { Config } from '../../config.js';
import type { ReferenceData } from '../../metastore/reference-data.js';
import type { Conditions, Contestant } from '../contest/contestant.js';
import { referenceOf } from './reference.js';

/** What else the conditions of a value are made of. */
interface Circumstances {
  /** All values of the scale: what is not scaled is the same at each of them. */
  readonly values: readonly number[];
  readonly config: Pick<Config, 'parallelism' | 'partitions'>;
  readonly data: ReferenceData;
}

export interface Scale {
  readonly name: string;
  /** What its values are. */
  readonly of: string;
  /** The values that it has where none are given. */
  readonly values: readonly number[];
  readonly least: number;
  readonly most: number;
  conditions(value: number, circumstances: Circumstances): Conditions;
}

const settings = (parallelism: number, partitions: number): Conditions => ({
  settings: { ORDERFLOW_PARALLELISM: String(parallelism), ORDERFLOW_PARTITIONS: String(partitions) },
});

export const scales: readonly Scale[] = [
  {
    name: 'workers',
    of: 'workers of a step',
    values: [1, 2, 4],
    least: 1,
    most: 64,
    // A worker without a partition would have nothing to do.
    conditions: (value, { values, config }) => settings(value, Math.max(config.partitions, ...values)),
  },
  {
    name: 'partitions',
    of: 'partitions of a topic',
    values: [1, 4, 16],
    least: 1,
    most: 1_000,
    conditions: (value, { values, config }) => settings(Math.min(config.parallelism, ...values), value),
  },
  {
    name: 'size',
    of: 'bytes of an order',
    values: [200, 1_000, 10_000],
    // The generator's longest order of one line has 200; its shortest of a thousand, which are the most, 18,000.
    least: 200,
    most: 18_000,
    conditions: (value) => ({ orderBytes: value }),
  },
  {
    name: 'reference',
    of: 'rows of reference data',
    values: [1_000, 10_000, 100_000, 1_000_000],
    least: 1_000,
    most: 5_000_000,
    conditions: (value, { data }) => ({
      reference() {
        const tables = referenceOf(data, value);
        // More places of orders would be more windows, whose panes would be in the figures.
        return { tables, data: { ...tables, locations: data.locations } };
      },
    }),
  },
];

const names = scales.map(({ name }) => name).join(', ');

/** A scale with the values that it is to have. */
export interface ChosenScale {
  readonly scale: Scale;
  readonly values: readonly number[];
}

/** What the options `--scale` and `--values` say. Fails with BAD_ARGUMENTS. */
export function chosenScales(scaleText: string, valuesText: string | undefined): ChosenScale[] {
  const chosen = [...new Set(scaleText.split(',').map((name) => name.trim()))].map((name) => {
    const scale = scales.find((each) => each.name === name);
    if (!scale) throw badValue('scale', `expected some of ${names}`, name);
    return scale;
  });
  if (valuesText === undefined) return chosen.map((scale) => ({ scale, values: scale.values }));
  if (chosen.length > 1) throw badValue('scale', 'expected one of them beside --values', scaleText);
  return [{ scale: chosen[0]!, values: valuesFrom(chosen[0]!, valuesText) }];
}

function valuesFrom({ name, of, least, most }: Scale, text: string): number[] {
  const values = text.split(',').map((each) => wholeNumber('values', each, least));
  const tooLarge = values.find((value) => value > most);
  if (tooLarge !== undefined) {
    throw badValue('values', `expected ${most} ${of} at most for --scale ${name}`, String(tooLarge));
  }
  if (new Set(values).size < values.length) throw badValue('values', 'expected each value once', text);
  return values;
}

/** A contestant at a value. */
export interface Point {
  /** Of the contestant that it is in the turns. */
  readonly name: string;
  readonly contestant: string;
  readonly value: number;
}

/** Each contestant at each value, as a contestant of its own. */
export function entrantsOf(
  { scale, values }: ChosenScale,
  contestants: readonly Contestant[],
  { config, data }: Omit<Circumstances, 'values'>,
): { readonly point: Point; readonly entrant: Contestant }[] {
  return contestants.flatMap((contestant) =>
    values.map((value) => {
      const name = `${contestant.name}, ${scale.name} ${value}`;
      const own = contestant.conditions;
      const scaled = scale.conditions(value, { values, config, data });
      const conditions = { ...own, ...scaled, settings: { ...own?.settings, ...scaled.settings } };
      return { point: { name, contestant: contestant.name, value }, entrant: { ...contestant, name, conditions } };
    }),
  );
}
