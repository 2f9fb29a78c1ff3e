/** Which offsets of a partition an archive has, and which it lacks. */
import { dayBegins, dayMs, type ArchivedFile } from './files.js';

/** Offsets of a partition: from `from` to before `to`. */
export interface Offsets {
  readonly from: number;
  readonly to: number;
}

/** What is in none of a partition's files, which are sorted, between two offsets. */
export function missingIn(files: readonly Offsets[], low: number, high: number): Offsets[] {
  const missing: Offsets[] = [];
  let next = low;
  for (const { from, to } of files) {
    if (from > next) missing.push({ from: next, to: Math.min(from, high) });
    next = Math.max(next, to);
    if (next >= high) return missing.filter((each) => each.to > each.from);
  }
  if (next < high) missing.push({ from: next, to: high });
  return missing.filter((each) => each.to > each.from);
}

/** A part of a file that is to be read. */
export interface FileRange extends Offsets {
  readonly file: ArchivedFile;
}

/**
 * What a partition's files have of the records before the offset `low` that Kafka took in a span of time (ms since the epoch, the end exclusive), in
 * the order of offsets. `isWhole`: no such record is missing.
 */
export function archivedBefore(
  files: readonly ArchivedFile[],
  low: number,
  taken: { readonly from: number; readonly to: number },
): { readonly ranges: readonly FileRange[]; readonly isWhole: boolean } {
  const ranges: FileRange[] = [];
  let next = low;
  while (next > 0) {
    const file = files.findLast(({ from, to }) => from < next && to >= next);
    if (!file) return { ranges: ranges.reverse(), isWhole: false };
    // What comes before was taken before.
    if (dayBegins(file) + dayMs <= taken.from) break;
    if (dayBegins(file) < taken.to) ranges.push({ file, from: file.from, to: Math.min(file.to, next) });
    next = file.from;
  }
  return { ranges: ranges.reverse(), isWhole: true };
}
