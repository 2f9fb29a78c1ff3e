/** What several rounds say together. */
import { expect, test } from 'vitest';
import { ratioOf, spreadOf } from '../../../bench/contest/statistics.js';

test('the median is the value in the middle, or the mean of the two in the middle', () => {
  expect(spreadOf([30, 10, 20])).toEqual({ median: 20, least: 10, most: 30, count: 3 });
  expect(spreadOf([40, 10, 20, 30])).toEqual({ median: 25, least: 10, most: 40, count: 4 });
  expect(spreadOf([100, 9])).toEqual({ median: 54.5, least: 9, most: 100, count: 2 });
  expect(spreadOf([7])).toEqual({ median: 7, least: 7, most: 7, count: 1 });
  expect(spreadOf([])).toBeUndefined();
});

test('ratios are made within the rounds, of those that both have', () => {
  // The machine was half as fast in round 1: medians of all rounds would know nothing of it.
  const one = new Map([
    [0, 100],
    [1, 50],
    [2, 90],
  ]);
  const other = new Map([
    [1, 25],
    [0, 50],
    [3, 1],
  ]);
  expect(ratioOf(one, other)).toEqual({ median: 2, least: 2, most: 2, count: 2 });
});

test('there is no ratio to nothing', () => {
  expect(ratioOf(new Map([[0, 1]]), new Map())).toBeUndefined();
  expect(ratioOf(new Map([[0, 1]]), new Map([[0, 0]]))).toBeUndefined();
});
