/**
 * The folder of a backfill, which its workers and the command both reach: what became of each range that was read, and the sums. Every file is
 * put there whole, so that it may be read at any time; one of a range that was read again replaces the one before, and sums may be there
 * several times, each time the same.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dayOf } from '../../archive/files.js';
import { makeWorkFolder } from '../../model/work-folder.js';
import type { Sums } from '../../transforms/aggregator.js';
import { backfillOutcomes, type Tally } from '../../transforms/backfill.js';

/** The sums of a to-location and window, whose bounds are in ms since the epoch, the end exclusive. */
export interface PaneRow extends Sums {
  readonly toLocationId: string;
  readonly windowStart: number;
  readonly windowEnd: number;
}

const rangesIn = (folder: string) => join(folder, 'ranges');
const panesIn = (folder: string) => join(folder, 'panes');

/** Makes the folder, empty. */
export async function makeFolder(folder: string): Promise<void> {
  await makeWorkFolder(folder);
  await mkdir(rangesIn(folder));
  await mkdir(panesIn(folder));
}

/** Under another name first: whoever finds the file finds all of it. */
async function putWhole(path: string, text: string): Promise<void> {
  const part = `${path}.${randomUUID()}.part`;
  await writeFile(part, text);
  await rename(part, path);
}

/** Says what a range came to; safe to call again. Rejects where the folder is not there. */
export const writeTally = (folder: string, index: number, tally: Tally): Promise<void> =>
  putWhole(join(rangesIn(folder), `${index}.json`), JSON.stringify(tally));

/** How many ranges have been read. */
export const countTallies = async (folder: string): Promise<number> =>
  (await readdir(rangesIn(folder))).filter((name) => name.endsWith('.json')).length;

/** What the ranges that were read came to together, and how many those are. */
export async function readTallies(folder: string): Promise<{ readonly ranges: number; readonly tally: Tally }> {
  const names = (await readdir(rangesIn(folder))).filter((name) => name.endsWith('.json'));
  const tallies = await Promise.all(
    names.map(async (name) => JSON.parse(await readFile(join(rangesIn(folder), name), 'utf8')) as Tally),
  );
  const sum = backfillOutcomes.map((outcome) => [outcome, tallies.reduce((total, each) => total + each[outcome], 0)]);
  return { ranges: names.length, tally: Object.fromEntries(sum) as Tally };
}

/** Adds sums, by the day (UTC) in which their windows begin. */
export async function writePanes(folder: string, panes: readonly PaneRow[]): Promise<void> {
  const days = new Map<string, string[]>();
  for (const pane of panes) {
    const day = dayOf(pane.windowStart);
    const lines = days.get(day) ?? [];
    days.set(day, lines);
    lines.push(`${JSON.stringify(pane)}\n`);
  }
  for (const [day, lines] of days) {
    await mkdir(join(panesIn(folder), day), { recursive: true });
    await putWhole(join(panesIn(folder), day, `${randomUUID()}.jsonl`), lines.join(''));
  }
}

/** The sums, a day after another, each once, sorted by window and to-location. */
export async function* readPanes(folder: string): AsyncGenerator<readonly PaneRow[]> {
  for (const day of (await readdir(panesIn(folder))).sort()) {
    const panes = new Map<string, PaneRow>();
    const files = (await readdir(join(panesIn(folder), day))).filter((name) => name.endsWith('.jsonl'));
    for (const file of files) {
      const text = await readFile(join(panesIn(folder), day, file), 'utf8');
      for (const line of text.split('\n').filter(Boolean)) {
        const row = JSON.parse(line) as PaneRow;
        panes.set(`${row.windowStart} ${row.toLocationId}`, row);
      }
    }
    yield [...panes.values()].sort(byWindow);
  }
}

function byWindow(left: PaneRow, right: PaneRow): number {
  if (left.windowStart !== right.windowStart) return left.windowStart - right.windowStart;
  return left.toLocationId < right.toLocationId ? -1 : 1;
}
