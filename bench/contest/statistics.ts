/** What several rounds say together. */

/** The median of values, and how far they spread. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** How many there are. */
  readonly count: number;
}

/** Undefined where there is no value. The median of an even number of values is the mean of the two in the middle. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const median = (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
  return { median, least: sorted[0]!, most: sorted.at(-1)!, count: sorted.length };
}

/** Values by round. */
export type ByRound = ReadonlyMap<number, number>;

/** The spread of the ratios within each round, of the rounds that both have: what the machine does meanwhile meets both. */
export function ratioOf(one: ByRound, other: ByRound): Spread | undefined {
  const ratios = [...one].flatMap(([round, value]) => {
    const base = other.get(round);
    return base === undefined || base === 0 ? [] : value / base;
  });
  return spreadOf(ratios);
}
