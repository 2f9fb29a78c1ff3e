import { expect, test } from 'vitest';
import { bitsOf, isAllowed, transitions } from '../../metastore/statuses.js';
import { statuses, type Status } from '../../pipelines/stages.js';

const start = bitsOf(['START']);
const after = (...held: readonly Status[]) =>
  statuses.filter((status) => isAllowed(status, start | bitsOf(held)) && !held.includes(status));

test('has a rule for every status', () => {
  expect(Object.keys(transitions).sort()).toEqual([...statuses].sort());
});

test.each<[readonly Status[], readonly Status[]]>([
  [[], ['CREATED', 'VALIDATED', 'REJECTED', 'DEAD_LETTERED']],
  [['CREATED'], ['VALIDATED', 'REJECTED', 'DEAD_LETTERED']],
  [['REJECTED'], ['CREATED']],
  [['VALIDATED'], ['CREATED', 'ENRICHED', 'DEAD_LETTERED']],
  [
    ['CREATED', 'VALIDATED', 'ENRICHED', 'ROUTED'],
    ['DELIVERED', 'DELIVERY_PENDING', 'DELIVERY_FAILED', 'DEAD_LETTERED'],
  ],
  [
    ['CREATED', 'VALIDATED', 'ENRICHED', 'ROUTED', 'DELIVERY_PENDING'],
    ['DELIVERED', 'DELIVERY_FAILED', 'DEAD_LETTERED'],
  ],
  [['CREATED', 'VALIDATED', 'ENRICHED', 'ROUTED', 'DELIVERED'], []],
  [['CREATED', 'VALIDATED', 'ENRICHED', 'ROUTED', 'DELIVERY_FAILED'], ['DEAD_LETTERED']],
  [['CREATED', 'VALIDATED', 'DEAD_LETTERED'], ['ENRICHED']],
])('after %j may follow %j', (held, expected) => {
  expect(after(...held)).toEqual(expected);
});

test('never lets the same status in twice', () => {
  for (const status of statuses) expect(isAllowed(status, bitsOf(['START', ...statuses]))).toBe(false);
});
