import { expect, test } from 'vitest';
import { nameOfElement } from '../../../transforms/step/element-name.js';
import { aRecord, anOrder, enrichedRecord, externalRecord, rawRecord, utf8 } from '../fixtures.js';

test.each([
  ['raw_order', rawRecord(anOrder(), 7), 'order o-1 (raw_order 1@7)'],
  ['enriched_order', enrichedRecord(anOrder(), 8), 'order o-1 (enriched_order 1@8)'],
  ['external_order', externalRecord(anOrder(), 9), 'order o-1 (external_order 1@9)'],
])('names the order in a record of %s, and where it stands', (_, record, name) => {
  expect(nameOfElement(record)).toBe(name);
});

test('names a record without a valid order by its place alone', () => {
  expect(nameOfElement(aRecord('raw_order', utf8('customer 4711'), 3))).toBe('record raw_order 1@3');
  expect(nameOfElement(rawRecord(anOrder({ orderId: 'o'.repeat(10_000) }), 4))).toBe('record raw_order 1@4');
});

test('names the order in what a step puts out', () => {
  const { value } = rawRecord(anOrder());
  expect(nameOfElement({ valid_order: { key: utf8('o-1'), value } })).toBe('order o-1');
});

test.each([
  ['nothing', undefined],
  ['a text', 'customer 4711'],
  ['an empty object', {}],
  ['a dead letter', { dead_letter: { key: utf8('customer 4711'), value: utf8('192.0.2.7') } }],
  ['an aggregate', { aggregate: { toLocationId: 'L1' } }],
])('does not name %s', (_, element) => {
  expect(nameOfElement(element)).toBeUndefined();
});
