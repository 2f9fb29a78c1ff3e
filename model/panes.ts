/**
 * THE rule for the panes of a to-location and window. A window's sums only grow, and each pane has all that its window got so far: the one
 * with the most orders counts. Of panes with as many, any: they are of the same orders once all have come. Neither offset nor time tells it,
 * since a location's panes may stand in two partitions, and a job that starts without its state counts from nothing.
 */

/** What panes are compared by: the field of the message, and the column in Druid. */
export const paneOrder = 'orders';

type Compared = { readonly [field in typeof paneOrder]: number };

/** Whether a pane counts instead of the one that counted so far, if there was any. */
export const paneCounts = (pane: Compared, soFar: Compared | undefined): boolean =>
  !soFar || pane[paneOrder] >= soFar[paneOrder];
