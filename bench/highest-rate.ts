/** Looks for the highest rate that the stages hold. */

export interface RateSearch {
  /** Orders per second of the first step. */
  readonly from: number;
  /** Each step's rate is that of the one before, times this. */
  readonly factor: number;
  /** Publishes at a rate for a while. Answers whether the stages held it, and comes back when they have caught up. */
  readonly holds: (rate: number) => Promise<boolean>;
}

/** The last rate that was held, before the first that was not; undefined where the first was not. */
export async function highestRate({ from, factor, holds }: RateSearch): Promise<number | undefined> {
  let held: number | undefined;
  for (let rate = from; await holds(rate); rate = Math.round(rate * factor)) held = rate;
  return held;
}
