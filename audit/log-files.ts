/**
 * Reads a log that is written and rotated meanwhile, each line once: by whichever way it is rotated, in that the files are told from one another by
 * their beginnings, and not by their names.
 */
import { createHash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Up to where a log was read. */
export interface LogPosition {
  /** Device and number of the file, which has them under any name. */
  readonly file: string;
  readonly nextByte: number;
  /** SHA-256 of the file's first `headBytes`: a file that was emptied, or another one under the number, has others. */
  readonly headBytes: number;
  readonly headHash: Uint8Array;
}

export interface LogPart {
  readonly lines: readonly string[];
  readonly position: LogPosition | null;
  /** The file that was read is gone, before its end was seen perhaps: lines may be missing. */
  readonly isGap: boolean;
  /** There may be more at once. */
  readonly isFull: boolean;
}

/** What is read at once, and the longest line. */
const partBytes = 1024 * 1024;
const headBytes = 256;

interface LogFile {
  readonly path: string;
  readonly file: string;
  readonly size: number;
  readonly changedAt: number;
}

/** Rotated files that somebody has compressed: they have been read by then. */
const packed = /\.(gz|bz2|xz|zst|zip)$/;

/** A log in one file, whose rotated files are called `NAME.1` or `NAME.2026-11-26`; or all `.json` files of a folder. */
export async function logFilesOf(path: string): Promise<LogFile[]> {
  const isFolder = await stat(path).then((it) => it.isDirectory()).catch(() => false); // prettier-ignore
  const folder = isFolder ? path : dirname(path);
  const names = await readdir(folder).catch(() => []);
  const belongs = (name: string) =>
    isFolder
      ? name.endsWith('.json')
      : name === basename(path) || (name.startsWith(`${basename(path)}.`) && !packed.test(name));
  const files = await Promise.all(names.filter(belongs).map((name) => fileAt(join(folder, name))));
  // The one that is written is the newest; of the same time, NAME before NAME.1, which is older, so: last.
  return files.filter((file) => file !== null).sort((a, b) => a.changedAt - b.changedAt || (a.path < b.path ? 1 : -1));
}

async function fileAt(path: string): Promise<LogFile | null> {
  // Rotated away between the two calls.
  const it = await stat(path).catch(() => null);
  return it?.isFile() ? { path, file: `${it.dev}:${it.ino}`, size: it.size, changedAt: it.mtimeMs } : null;
}

/** The next whole lines of the log after the position; from its oldest file on where there is none. Call it again until it is not full. */
export async function readLog(path: string, position: LogPosition | null): Promise<LogPart> {
  let files = await logFilesOf(path);
  let current = position && (await findFile(files, position));
  // Files that are renamed while a folder is read may be missing in what is read of it.
  for (let again = 0; position && !current && again < 3; again++) {
    files = await logFilesOf(path);
    current = await findFile(files, position);
  }
  const isGap = position !== null && !current;
  const at = current ? files.indexOf(current) : 0;
  for (const [index, file] of files.slice(at).entries()) {
    const from = index === 0 && current ? position!.nextByte : 0;
    const isLast = at + index === files.length - 1;
    const part = await readLines(file, from, !isLast);
    // An older file is left behind only when it has been read to its end.
    if (part) return { ...part, isGap };
  }
  return { lines: [], position: isGap ? null : position, isGap, isFull: false };
}

async function findFile(files: readonly LogFile[], { file, nextByte, headBytes, headHash }: LogPosition) {
  for (const candidate of files) {
    if (candidate.file !== file || candidate.size < nextByte) continue;
    const head = await readBytes(candidate.path, 0, headBytes);
    if (Buffer.compare(hashOf(head), headHash) === 0) return candidate;
  }
  return null;
}

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

/** Null where there is nothing new. `isOver`: nothing will be added to the file, so that its last line may lack an end. */
async function readLines({ path, file, size }: LogFile, from: number, isOver: boolean) {
  if (from >= size) return null;
  const bytes = await readBytes(path, from, partBytes);
  const isAll = from + bytes.length >= size;
  const newline = bytes.lastIndexOf(0x0a);
  // A line longer than a part is cut, rather than waited for without end.
  const isCut = newline < 0 && bytes.length === partBytes;
  const end = isCut || (isOver && isAll) ? bytes.length : newline + 1;
  if (end === 0) return null;
  const head = await readBytes(path, 0, Math.min(headBytes, from + end));
  const lines = bytes.subarray(0, end).toString().split('\n').filter((line) => line !== ''); // prettier-ignore
  const position = { file, nextByte: from + end, headBytes: head.length, headHash: hashOf(head) };
  return { lines, position, isFull: true };
}

async function readBytes(path: string, from: number, most: number): Promise<Buffer> {
  const handle = await open(path);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(most), 0, most, from);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
