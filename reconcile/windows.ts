/** Whether the newest panes of the aggregates hold each enriched order once. Pure. */
import { windowStart, type Ledger } from './ledger.js';
import { seenIn, type Publication } from './publication.js';
import type { Problem } from './report.js';
import { createTiming } from './timing.js';

/** The orders that a window's newest pane held before this run, by window. */
export type PaneBaseline = ReadonlyMap<string, number>;

export interface WindowsReport {
  readonly windows: number;
  readonly orders: number;
  /** How many orders there should be. */
  readonly expected: number;
  /** Orders per second, by the times of the newest panes. */
  readonly ordersPerSecond: number | null;
  readonly problems: readonly Problem[];
}

/** Counts an order in its window: one that was enriched, unless the aggregator set it aside. */
export function expectInWindow(expected: Map<string, number>, { seen, window }: Publication): void {
  if ((seen & seenIn.enriched) === 0 || (seen & seenIn.deadAtAggregator) !== 0) return;
  expected.set(window, (expected.get(window) ?? 0) + 1);
}

/**
 * Compares newest panes with what they should hold; windows that begin before `since` (ms) are left out. A pane says how
 * many orders it has and not which, so that the window is named, and the number that is missing or too much.
 */
export function compareWindows(
  panes: Ledger['panes'],
  expected: ReadonlyMap<string, number>,
  { baseline, since = -Infinity }: { baseline?: PaneBaseline; since?: number },
): WindowsReport {
  const problems: Problem[] = [];
  const timing = createTiming();
  const sum = { windows: 0, orders: 0, expected: 0 };
  for (const window of new Set([...expected.keys(), ...panes.keys()])) {
    if (windowStart(window) < since) continue;
    const pane = panes.get(window);
    const actual = pane ? pane.orders - (baseline?.get(window) ?? 0) : 0;
    const wanted = expected.get(window) ?? 0;
    sum.orders += actual;
    sum.expected += wanted;
    if (pane && actual !== 0) {
      sum.windows += 1;
      timing.add(pane.time, pane.time);
    }
    if (actual === wanted) continue;
    problems.push({
      kind: actual < wanted ? 'lost' : 'doubled',
      count: Math.abs(actual - wanted),
      window,
      what: `holds ${actual} orders in aggregated_order, and should hold ${wanted}`,
    });
  }
  const panesPerSecond = timing.rate();
  return {
    ...sum,
    ordersPerSecond: panesPerSecond && (panesPerSecond * sum.orders) / sum.windows,
    problems,
  };
}
