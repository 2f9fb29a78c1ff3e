/** A backfill once its sums are there: what an interrupt, and a file that cannot be written, come to. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runBackfill } from '../../backfill/run.js';
import type { SumRequest } from '../../backfill/sum.js';
import { loadConfig } from '../../config.js';
import { workFolder } from '../../model/work-folder.js';
import { makeFolder, writePanes } from '../../pipelines/backfill/folder.js';

const days = ['2026-01-30', '2026-01-31'].map((day) => Date.parse(day));

/** Orders of each window. */
let orders: number | null = 2;

/** The sums of a window on each of two days, which are there without any service. */
vi.mock('../../backfill/sum.js', () => ({
  async sumAgain(config: { backfills: string }, _pool: unknown, { name }: { name: string }) {
    const folder = workFolder(config.backfills, name);
    await makeFolder(folder);
    const sums = { orders: orders!, items: 3, amounts: { EUR: 4 } };
    const panes = days.map((windowStart) => ({ windowStart, windowEnd: windowStart + 60_000 }));
    await writePanes(
      folder,
      panes.map((pane) => ({ toLocationId: 'L', ...pane, ...sums })),
    );
    return { folder, tally: {}, ranges: 1, orders: 4, isWhole: true };
  },
}));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-run-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function run(path: string, signal: AbortSignal, onSummed?: () => void) {
  const config = loadConfig({ ORDERFLOW_BACKFILLS: join(folder, 'backfills') });
  const request = { name: 'backfill-1', signal } as SumRequest;
  return runBackfill(config, request, { file: join(folder, path) }, onSummed);
}
const going = new AbortController().signal;

it('goes on where nobody interrupts it', async () => {
  expect(await run('x.csv', going)).toMatchObject({ written: 2, windows: { missing: 2 } });
  expect((await readdir(folder)).sort()).toEqual(['backfills', 'x.csv']);
});

it('writes nothing where it was interrupted before, or is as the writing begins', async () => {
  const late = new AbortController();
  const attempts = [() => run('x.csv', AbortSignal.abort()), () => run('x.csv', late.signal, () => late.abort())];
  for (const attempt of attempts)
    await expect(attempt()).rejects.toMatchObject({
      code: 'INTERRUPTED',
      exitCode: 130,
      message: 'interrupted: nothing was written',
    });
  expect(await readdir(folder)).toEqual(['backfills']);
});

it('leaves no part of a file that is interrupted', async () => {
  let looks = 0;
  // Each day is looked at twice: for the currencies, and to be written.
  const fourth = {
    get aborted() {
      return ++looks > 4;
    },
  } as AbortSignal;
  await expect(run('x.csv', fourth)).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(looks).toBe(5);
  expect(await readdir(folder)).toEqual(['backfills']);
});

it('says why a file cannot be written, with a code or without', async () => {
  const sentence = (path: string, why: string) =>
    `--output ${join(folder, path)} cannot be written (${why}): give a file that can`;
  await expect(run('no/x.csv', going)).rejects.toMatchObject({
    code: 'BAD_OUTPUT_FILE',
    message: sentence('no/x.csv', 'ENOENT'),
  });
  orders = null;
  await expect(run('x.parquet', going)).rejects.toThrow(sentence('x.parquet', 'Cannot convert null to a BigInt'));
});
