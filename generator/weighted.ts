/** Choices that are not equally likely. */
import type { Random } from './random.js';

/** Chooses items in proportion to their weights (0 or more, at least one above 0). */
export function weighted<T>(items: readonly T[], weightOf: (item: T, index: number) => number): (random: Random) => T {
  let total = 0;
  const upTo = Float64Array.from(items, (item, index) => (total += weightOf(item, index)));
  return (random) => {
    const point = random.fraction() * total;
    let low = 0;
    let high = items.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (upTo[middle]! > point) high = middle;
      else low = middle + 1;
    }
    return items[low]!;
  };
}

/** Zipf's law: the item of rank r (from 0) weighs 1 / (r + 1)^exponent, so that few items make up most choices. */
export const zipf =
  (exponent: number) =>
  (_item: unknown, rank: number): number =>
    1 / (rank + 1) ** exponent;
