/** How long things took, and how many came per second. */

/** Milliseconds; null where there is nothing to measure. */
export interface Percentiles {
  readonly p50: number | null;
  readonly p99: number | null;
}

export interface Timing {
  /** Something that began and ended at these times, in ms since the epoch. */
  add(began: number, ended: number): void;
  latency(): Percentiles;
  /** What ended per second, between the first and the last end; null unless they are apart. */
  rate(): number | null;
  /** The time of the first end, in ms since the epoch; null where there is none. */
  first(): number | null;
}

export function createTiming(): Timing {
  const millis: number[] = [];
  let first = Infinity;
  let last = 0;
  return {
    add(began, ended) {
      millis.push(ended - began);
      first = Math.min(first, ended);
      last = Math.max(last, ended);
    },
    latency: () => percentilesOf(millis),
    rate: () => perSecond(millis.length, first, last),
    first: () => (first < Infinity ? first : null),
  };
}

/** Of times in ms; null without any. */
export function percentilesOf(millis: readonly number[]): Percentiles {
  const [p50 = null, p99 = null] = quantilesOf(millis, [0.5, 0.99]);
  return { p50, p99 };
}

/** By the nearest rank: for each share the smallest value that is at least as large as that share of all. Empty without values. */
export function quantilesOf(values: readonly number[], shares: readonly number[]): number[] {
  if (values.length === 0) return [];
  const sorted = Float64Array.from(values).sort();
  return shares.map((share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!);
}

/** A rate between two times in ms. */
export function perSecond(count: number, first: number, last: number): number | null {
  return last > first ? (count * 1000) / (last - first) : null;
}
