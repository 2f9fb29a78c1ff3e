/** Whose turn is when. */
import { expect, test } from 'vitest';
import { shared } from '../../../bench/contest/contest.js';
import { orderOfTurns } from '../../../bench/contest/order.js';

const names = ['a', 'b', 'c', 'd', 'e', 'f'];

test('each round has everybody once', () => {
  for (const round of orderOfTurns(names, 5, 1)) expect(round.toSorted()).toEqual(names);
});

test('each second round is the one before, the other way round', () => {
  const [first, second, third, fourth] = orderOfTurns(names, 4, 1);
  expect(second).toEqual(first!.toReversed());
  expect(fourth).toEqual(third!.toReversed());
  expect(third).not.toEqual(first);
});

test('the seed decides', () => {
  expect(orderOfTurns(names, 3, 7)).toEqual(orderOfTurns(names, 3, 7));
  expect(orderOfTurns(names, 1, 7)).not.toEqual(orderOfTurns(names, 1, 8));
});

test('a share of the orders is one order at least', () => {
  expect(shared({ warmUp: 10_000, orders: 30_000 })).toEqual({ warmUp: 10_000, orders: 30_000 });
  expect(shared({ warmUp: 1, orders: 30_000 }, 0.1)).toEqual({ warmUp: 1, orders: 3_000 });
});
