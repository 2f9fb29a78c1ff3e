import { expect, test } from 'vitest';
import type { Report } from '../../reconcile/report.js';
import { readUntilSettled } from '../../reconcile/settle.js';
import { accountFor, order, traceOf, withPanes } from './histories.js';

const all = withPanes(traceOf(order('o-1'), 'delivered'));

/** A reader that sees one trace more each time; and how often it has read. */
function readerOf(from: number, last = all.length) {
  let seen = from - 1;
  return {
    reads: () => seen - from + 1,
    readOn: async () => void (seen += 1),
    report: async (): Promise<Report> => accountFor(all.slice(0, Math.min(seen, last))),
  };
}

test('reads once, and no more when all has its end', async () => {
  const reader = readerOf(all.length);
  expect(await readUntilSettled(reader, { waitMs: 60_000 })).toMatchObject({ reconciled: true });
  expect(reader.reads()).toBe(1);
});

test('reads on while something is under way, the panes of the aggregates included', async () => {
  const reader = readerOf(all.length - 1);
  const seen: boolean[] = [];
  const onProgress = ({ reconciled }: Report) => void seen.push(reconciled);
  expect(await readUntilSettled(reader, { onProgress })).toMatchObject({ reconciled: true });
  expect(seen).toEqual([false, true]);
});

test('does not wait where no wait is wanted', async () => {
  const reader = readerOf(1);
  expect(await readUntilSettled(reader, { waitMs: 0 })).toMatchObject({ unaccounted: 1, lost: 1 });
  expect(reader.reads()).toBe(1);
});

test('gives up when nothing changes any more', async () => {
  const reader = readerOf(1, 1);
  expect(await readUntilSettled(reader, { stuckMs: 1 })).toMatchObject({ unaccounted: 1 });
  expect(reader.reads()).toBe(2);
});

test('ends at the signal', async () => {
  const reader = readerOf(1, 1);
  expect(await readUntilSettled(reader, { signal: AbortSignal.abort() })).toMatchObject({ unaccounted: 1 });
  expect(reader.reads()).toBe(1);
});
