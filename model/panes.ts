/**
 * THE rule for the panes of a to-location and window: that of the newest revision counts, and of these the one with the most orders. The stream's are
 * of revision 0, and their sums only grow: each pane has all that its window got so far. Of panes with as many, any: they are of the same orders once
 * all have come. Neither offset nor time tells it, since a location's panes may stand in two partitions, and a job that starts without its
 * state counts from nothing. A backfill's revision is larger than that of all before it where its window gets no more orders (backfill/publish.ts).
 * See docs/glossary.md.
 */

/** What panes are compared by, the first one first: fields of the message, and columns in Druid. */
export const paneOrder = ['revision', 'orders'] as const;

type Compared = { readonly [field in (typeof paneOrder)[number]]: number };

/** Whether a pane counts instead of the one that counted so far, if there was any. */
export function paneCounts(pane: Compared, soFar: Compared | undefined): boolean {
  if (!soFar) return true;
  const field = paneOrder.find((each) => pane[each] !== soFar[each]);
  return field === undefined || pane[field] > soFar[field];
}
