/** The short form of `npm run faults`: some of its rows, on a stack of this test's own. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Config } from '../../config.js';
import { faults } from '../../faults/faults.js';
import { isGood } from '../../faults/row.js';
import { runFaults, type SuiteResult } from '../../faults/suite.js';
import { faultsTable } from '../../faults/table.js';
import { localStack, removeLocalStack } from '../local-stack.js';

const chosen = ['worker', 'jobmanager', 'in a checkpoint', 'answers lost after effect'];

let config: Config;
let result: SuiteResult;
beforeAll(async () => {
  config = await localStack();
  result = await runFaults(config, {
    faults: faults.filter(({ name }) => chosen.includes(name)),
    seed: 3,
    // Half of what `npm run faults` sends: it is about what is lost, on whatever machine, and not about how fast that is.
    rate: 250,
    keep: true,
    onRow: (row) => console.error(faultsTable([row])),
    onPhase: () => {},
  });
}, 900_000);
afterAll(() => removeLocalStack(config), 120_000);

test.each(chosen)('%s: nothing lost, no effect repeated, and orders move again', (name) => {
  const row = result.rows.find(({ fault }) => fault === name);
  expect(row).toMatchObject({
    lost: 0,
    doubled: 0,
    effectsRepeated: 0,
    reconciled: true,
    isWell: true,
    problems: [],
  });
  expect(row?.movedAfter).not.toBeNull();
  expect(row?.orders).toBeGreaterThan(0);
});

test('the whole run is accounted for', () => {
  expect(result.whole).toMatchObject({ lost: 0, duplicated: 0, reconciled: true });
  expect(result.whole.orders).toBe(result.rows.reduce((sum, { orders }) => sum + orders, 0));
});

test('judges a row by its losses, its repeats and its time', () => {
  const good = { ...result.rows[0]!, movedAfter: 5, limitSeconds: 30 };
  expect(isGood(good)).toBe(true);
  for (const bad of [
    { lost: 1 },
    { doubled: 1 },
    { effectsRepeated: 1 },
    { reconciled: false },
    { movedAfter: 31 },
    { movedAfter: null },
    { isWell: false },
  ])
    expect(isGood({ ...good, ...bad })).toBe(false);
});
