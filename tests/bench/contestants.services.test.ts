/** Each contestant keeps the promises: what it is measured at would mean nothing otherwise. */
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { mkdtemp, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contestants } from '../../bench/contest/contestants.js';
import { playTurn } from '../../bench/contest/turn.js';
import { sumOfParts } from '../../bench/contest/usage.js';
import { defaultReferenceFile, readReferenceFile } from '../../metastore/reference-data.js';
import { stackSettings } from '../local-stack.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-contest-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Those for which nothing has to be built or installed; `npm run bench` accounts for the orders of all. */
const readyMade = contestants.filter(({ prepare }) => prepare === undefined);

describe.each(readyMade)('$name', (contestant) => {
  test('loses nothing, doubles nothing, and writes what is to be written', { timeout: 600_000 }, async () => {
    const data = await readReferenceFile(defaultReferenceFile);
    const place = { home: join(folder, contestant.name), data, environment: await stackSettings() };
    const { report, cpu, memory } = await playTurn(contestant, place, ({ measure }) =>
      measure({ orders: 1_000, seed: 1 }),
    );
    expect(report.problems).toEqual([]);
    expect(report).toMatchObject({ orders: 1_000, lost: 0, duplicated: 0, unaccounted: 0, reconciled: true });
    expect(report.enriched).toBeGreaterThan(500);
    expect(report.rejected.total).toBeGreaterThan(10);
    expect(report.deadLettered).toBeGreaterThan(0);
    expect(report.aggregated.orders).toBe(report.enriched);
    expect([sumOfParts(cpu), memory].every((figure) => figure > 0)).toBe(true);
  });
});
