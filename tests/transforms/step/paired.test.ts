import { expect, test } from 'vitest';
import { paired } from '../../../transforms/step/paired.js';

test('each item has the answer at its place', () => {
  expect(paired(['a', 'b'], [1, 2])).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
  expect(paired([], [])).toEqual([]);
});

test('one answer too few or too many is an error', () => {
  expect(() => paired(['a', 'b'], [1])).toThrow('1 answers to 2 questions');
  expect(() => paired(['a'], [1, 2])).toThrow('2 answers to 1 questions');
});
