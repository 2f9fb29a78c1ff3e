import { expect, test } from 'vitest';
import { paneCounts } from '../../model/panes.js';

const pane = (revision: number, orders: number) => ({ revision, orders });

test.each([
  ['the first one', pane(0, 1), undefined, true],
  ['more orders', pane(0, 3), pane(0, 2), true],
  ['fewer orders', pane(0, 2), pane(0, 3), false],
  ['as many orders', pane(0, 2), pane(0, 2), true],
  ['a newer revision with fewer orders', pane(2, 1), pane(1, 9), true],
  ["the stream's, later and with more orders than a revision", pane(0, 9), pane(1, 1), false],
])('a pane counts by its revision, then by its orders: %s', (_what, one, soFar, counts) => {
  expect(paneCounts(one, soFar)).toBe(counts);
});
