/** Files that a command writes where a person says: what is there already stays, unless it is told to go. */
import { createWriteStream } from 'node:fs';
import { access, constants, rm, stat } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { codeOf, OperatorError } from '../errors.js';

const statOf = (path: string) => stat(path).catch(() => undefined);

/**
 * To be called before the work: fails with FILE_EXISTS where a file that holds something is at the path, and with BAD_OUTPUT_FILE where none can be written. A
 * pipe or a device may be written to. `option` is what named it.
 */
export async function checkNew(option: string, path: string, { overwrite }: { overwrite: boolean }): Promise<void> {
  const there = await statOf(path);
  if (there?.isDirectory() || path.endsWith(sep)) {
    const message = `${option} ${path} is a folder: give the path of a file`;
    throw new OperatorError('BAD_OUTPUT_FILE', message, { exitCode: 2 });
  }
  // With a dot behind it a file in the place of the folder is none (ENOTDIR).
  await access(there ? path : `${dirname(path)}${sep}.`, constants.W_OK).catch((error: unknown) => {
    const message = `${option} ${path} cannot be written (${codeOf(error)}): give a path in a folder that can`;
    throw new OperatorError('BAD_OUTPUT_FILE', message, { cause: error, exitCode: 2 });
  });
  if (!overwrite && there?.isFile() && there.size > 0) {
    const message = `${option} ${path} is there already: give another name, or add --overwrite, which replaces it`;
    throw new OperatorError('FILE_EXISTS', message, { exitCode: 2 });
  }
}

/** Writes a file as a whole; rejects with the system's error, and leaves none then, since one that is cut off looks like a whole one. */
export async function writeWhole(path: string, chunks: Iterable<string | Uint8Array>): Promise<void> {
  try {
    await pipeline(chunks, createWriteStream(path));
  } catch (error) {
    if ((await statOf(path))?.isFile()) await rm(path, { force: true });
    throw error;
  }
}
