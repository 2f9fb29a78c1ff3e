import { expect, test } from 'vitest';
import { statuses, type Status } from '../../model/statuses.js';
import { bitsOf, isAllowed, transitions } from '../../model/transitions.js';

const start = bitsOf(['START']);
const after = (...held: readonly Status[]) =>
  statuses.filter((status) => isAllowed(status, start | bitsOf(held)) && !held.includes(status));

test('has a rule for every status', () => {
  expect(Object.keys(transitions).sort()).toEqual([...statuses].sort());
});

test.each<[readonly Status[], readonly Status[]]>([
  [[], ['CREATED', 'VALIDATED', 'REJECTED', 'DEAD_LETTERED', 'RELEASED']],
  [['CREATED'], ['VALIDATED', 'REJECTED', 'DEAD_LETTERED', 'RELEASED']],
  [['REJECTED'], ['CREATED']],
  [['VALIDATED'], ['CREATED', 'ENRICHED', 'DEAD_LETTERED', 'RELEASED']],
  [
    ['CREATED', 'VALIDATED', 'ENRICHED', 'ROUTED'],
    ['DELIVERED', 'DELIVERY_PENDING', 'DELIVERY_FAILED', 'DEAD_LETTERED', 'RELEASED'],
  ],
  [
    ['CREATED', 'VALIDATED', 'ENRICHED', 'ROUTED', 'DELIVERY_PENDING'],
    ['DELIVERED', 'DELIVERY_FAILED', 'DEAD_LETTERED', 'RELEASED'],
  ],
  [['CREATED', 'VALIDATED', 'ENRICHED', 'ROUTED', 'DELIVERED'], []],
  [
    ['CREATED', 'VALIDATED', 'ENRICHED', 'ROUTED', 'DELIVERY_FAILED'],
    ['DEAD_LETTERED', 'RELEASED'],
  ],
  [
    ['CREATED', 'VALIDATED', 'DEAD_LETTERED'],
    ['ENRICHED', 'RELEASED'],
  ],
])('after %j may follow %j', (held, expected) => {
  expect(after(...held)).toEqual(expected);
});

test('never lets the same status in twice, unless each stage may record it for each release', () => {
  const past = ['CREATED', 'VALIDATED', 'ENRICHED', 'ROUTED', 'DELIVERY_PENDING', 'DEAD_LETTERED', 'RELEASED'] as const;
  const again = past.filter((status) => isAllowed(status, bitsOf(['START', ...past])));
  expect(again).toEqual(['DEAD_LETTERED', 'RELEASED']);
  for (const status of statuses) expect(isAllowed(status, bitsOf(['START', ...statuses]))).toBe(false);
});
