import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parameterOf } from '../../metastore/array-text.js';

/** What it does itself; it has no types. */
const { prepareValue } = createRequire(import.meta.url)('pg/lib/utils.js') as { prepareValue(value: unknown): unknown };

const element = fc.oneof(
  fc.string(),
  fc.constantFrom('', 'NULL', '"', '\\', '{}', 'a,b', ' ', '\n', 'ü'),
  fc.constant(null),
);

test('is the text that node-postgres makes of an array of texts', () => {
  fc.assert(
    fc.property(fc.array(element), (texts) => {
      expect(prepareValue(parameterOf(texts))).toBe(prepareValue(texts));
    }),
  );
});

test('has numbers without quotes', () => {
  expect(parameterOf([1, -2.5, 9_007_199_254_740_991, NaN, Infinity])).toBe('{1,-2.5,9007199254740991,NaN,Infinity}');
});

test('leaves to node-postgres what is no array, or has other elements', () => {
  for (const value of ['{}', 5, null, undefined, [], [1, null], [Buffer.from('a')], [true], [['a']], ['a', undefined]])
    expect(parameterOf(value)).toBe(value);
});
