/** Whether the newest panes of the aggregates hold each enriched order once, with its items and its amount. Pure. */
import { createHasher } from './hash.js';
import type { OrderFields } from './order-fields.js';
import { currencies, currencyName } from './currency.js';
import { seenIn, type Publication } from './publication.js';
import type { Problem } from './report.js';
import { createTiming } from './timing.js';

/** What a pane holds. */
export interface Sums {
  readonly orders: number;
  /** Sum of the lines' quantities. */
  readonly items: number;
  /** Minor units by currency. */
  readonly amounts: Iterable<readonly [string, number]>;
}

/** The newest pane of a to-location and window. */
export interface Pane extends Sums {
  /** See model/panes.ts. */
  readonly revision: number;
  /** When it was written, ms. */
  readonly time: number;
}

/** What windows' newest panes held before this run, by the windows' names. */
export type PaneBaseline = ReadonlyMap<string, Sums>;

export const noSums: Sums = { orders: 0, items: 0, amounts: [] };

/** The name of a to-location's window in which an order of that time (ms) counts. */
export function windowOf(locationId: string, millis: number, windowSeconds: number): string {
  const size = windowSeconds * 1000;
  return `${locationId} ${new Date(Math.floor(millis / size) * size).toISOString()}`;
}

/** Numbers for windows, however many orders they have. */
export interface Windows {
  /** Of the window of an order. */
  indexOf(order: OrderFields): number;
  ofLocation(locationId: string, millis: number): number;
  /** See `windowOf`. */
  nameOf(index: number): string;
  /** When it begins, in ms. */
  startOf(index: number): number;
}

export function createWindows(windowSeconds: number): Windows {
  const size = windowSeconds * 1000;
  const hasher = createHasher();
  const locations = new Map<number, { readonly id: string; readonly windows: Map<number, number> }>();
  const all: { readonly id: string; readonly start: number }[] = [];

  function at(bytes: Uint8Array, from: number, to: number, millis: number): number {
    hasher.hash(bytes, from, to);
    const key = hasher.high * 2 ** 20 + (hasher.low >>> 12);
    let location = locations.get(key);
    if (!location) {
      location = { id: Buffer.from(bytes.subarray(from, to)).toString(), windows: new Map() };
      locations.set(key, location);
    }
    const number = Math.floor(millis / size);
    let index = location.windows.get(number);
    if (index === undefined) {
      index = all.push({ id: location.id, start: number * size }) - 1;
      location.windows.set(number, index);
    }
    return index;
  }

  return {
    indexOf: ({ bytes, locationStart, locationEnd, createdAt }) => at(bytes, locationStart, locationEnd, createdAt),
    ofLocation(locationId, millis) {
      const bytes = Buffer.from(locationId);
      return at(bytes, 0, bytes.length, millis);
    },
    nameOf(index) {
      const { id, start } = all[index]!;
      return windowOf(id, start, windowSeconds);
    },
    startOf: (index) => all[index]!.start,
  };
}

/** What windows should hold: numbers in columns, as a week has a million windows. */
export function createExpected() {
  const orders: number[] = [];
  const items: number[] = [];
  /** By window and currency. */
  const amounts = new Map<number, number>();
  return {
    /** Counts an order in its window: one that was enriched, unless the aggregator set it aside. */
    add(publication: Publication): void {
      const { seen, window, amount, currency } = publication;
      if ((seen & seenIn.enriched) === 0 || (seen & seenIn.deadAtAggregator) !== 0) return;
      orders[window] = (orders[window] ?? 0) + 1;
      items[window] = (items[window] ?? 0) + publication.items;
      const key = window * currencies + currency;
      amounts.set(key, (amounts.get(key) ?? 0) + amount);
    },
    /** By the windows' numbers. */
    sums(): Map<number, Sums> {
      const sums = new Map<number, Sums & { amounts: [string, number][] }>();
      orders.forEach((count, window) => sums.set(window, { orders: count, items: items[window]!, amounts: [] }));
      for (const [key, amount] of amounts)
        sums.get(Math.floor(key / currencies))!.amounts.push([currencyName(key % currencies), amount]);
      return sums;
    },
  };
}
export type Expected = ReturnType<typeof createExpected>;

export interface WindowsReport {
  readonly windows: number;
  readonly orders: number;
  /** How many orders there should be. */
  readonly expected: number;
  /** Orders per second, by the times of the newest panes. */
  readonly ordersPerSecond: number | null;
  readonly problems: readonly Problem[];
}

/**
 * Compares newest panes with what they should hold; windows that begin before `since` (ms) are left out. A pane says how
 * many orders it has and not which, so that the window is named, and the number that is missing or too much.
 */
export function compareWindows(
  { windows, panes }: { readonly windows: Windows; readonly panes: ReadonlyMap<number, Pane> },
  expected: ReadonlyMap<number, Sums>,
  { baseline, since = -Infinity }: { baseline?: PaneBaseline; since?: number },
): WindowsReport {
  const problems: Problem[] = [];
  const timing = createTiming();
  const sum = { windows: 0, orders: 0, expected: 0 };
  for (const index of new Set([...expected.keys(), ...panes.keys()])) {
    if (windows.startOf(index) < since) continue;
    const pane = panes.get(index);
    const window = windows.nameOf(index);
    const actual = pane ? without(pane, baseline?.get(window)) : noSums;
    const wanted = expected.get(index) ?? noSums;
    sum.orders += actual.orders;
    sum.expected += wanted.orders;
    if (pane && actual.orders !== 0) {
      sum.windows += 1;
      timing.add(pane.time, pane.time);
    }
    const problem = difference(actual, wanted);
    if (problem) problems.push({ ...problem, window });
  }
  const panesPerSecond = timing.rate();
  return {
    ...sum,
    ordersPerSecond: panesPerSecond && (panesPerSecond * sum.orders) / sum.windows,
    problems,
  };
}

/** What a pane has more than it had before. */
function without(pane: Sums, before = noSums): Sums {
  const amounts = new Map(pane.amounts);
  for (const [currency, amount] of before.amounts) amounts.set(currency, (amounts.get(currency) ?? 0) - amount);
  return { orders: pane.orders - before.orders, items: pane.items - before.items, amounts };
}

/** The orders first: where one is missing, so are its items. */
function difference(actual: Sums, wanted: Sums): Pick<Problem, 'kind' | 'count' | 'what'> | undefined {
  const kindOf = (less: number, more: number) => (less < more ? 'lost' : 'doubled');
  const holds = (these: string, those: string) => `holds ${these} in aggregated_order, and should hold ${those}`;
  if (actual.orders !== wanted.orders)
    return {
      kind: kindOf(actual.orders, wanted.orders),
      count: Math.abs(actual.orders - wanted.orders),
      what: holds(`${actual.orders} orders`, String(wanted.orders)),
    };
  if (actual.items !== wanted.items)
    return {
      kind: kindOf(actual.items, wanted.items),
      count: 1,
      what: holds(`${actual.items} items`, String(wanted.items)),
    };
  const [held, due] = [new Map(actual.amounts), new Map(wanted.amounts)];
  for (const currency of new Set([...held.keys(), ...due.keys()])) {
    const [less, more] = [held.get(currency) ?? 0, due.get(currency) ?? 0];
    if (less !== more)
      return { kind: kindOf(less, more), count: 1, what: holds(`${less} ${currency} (minor units)`, String(more)) };
  }
  return undefined;
}
