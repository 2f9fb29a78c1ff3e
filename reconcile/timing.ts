/** How long things took, and how many came per second. */

/** Milliseconds; null where there is nothing to measure. */
export interface Percentiles {
  readonly p50: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
}

export const noPercentiles: Percentiles = { p50: null, p99: null, p999: null };

export interface Timing {
  /** Something that began and ended at these times, in ms since the epoch. */
  add(began: number, ended: number): void;
  latency(): Percentiles;
  /** What ended per second, between the first and the last end; null unless they are apart. */
  rate(): number | null;
  /** The time of the first end, in ms since the epoch; null where there is none. */
  first(): number | null;
}

/** Keeps how often each latency came: to the millisecond up to two seconds, to a thousandth above. Millions take no more room than thousands. */
export function createTiming(): Timing {
  const counts = new Map<number, number>();
  let count = 0;
  let first = Infinity;
  let last = 0;
  return {
    add(began, ended) {
      const millis = rounded(ended - began);
      counts.set(millis, (counts.get(millis) ?? 0) + 1);
      count += 1;
      first = Math.min(first, ended);
      last = Math.max(last, ended);
    },
    latency() {
      const sorted = [...counts].sort(([a], [b]) => a - b);
      const at = (share: number) => {
        let rest = Math.ceil(share * count);
        return sorted.find(([, times]) => (rest -= times) <= 0)?.[0] ?? null;
      };
      return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
    },
    rate: () => perSecond(count, first, last),
    first: () => (first < Infinity ? first : null),
  };
}

const exactBelow = 2_048;

function rounded(millis: number): number {
  if (Math.abs(millis) < exactBelow) return Math.round(millis);
  const step = 2 ** (Math.floor(Math.log2(Math.abs(millis))) - 10);
  return Math.round(millis / step) * step;
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
