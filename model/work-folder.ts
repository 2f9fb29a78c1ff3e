/** Folders through which a command and those that work for it exchange files, below ORDERFLOW_BACKFILLS: workers, Druid's indexer. */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Tells them from what else may be there. */
const ending = '.work';

/** No command works for so long, in ms. */
const forgottenMs = 7 * 86_400_000;

/** The folder of a command's work; `name` is unlike that of any other. */
export const workFolder = (parent: string, name: string) => join(parent, `${name}${ending}`);

/**
 * Makes a command's folder, empty; whoever made it removes it. What a command that was killed has left goes after a week. May be called again. Rejects
 * with the system's error.
 */
export async function makeWorkFolder(folder: string): Promise<void> {
  const parent = join(folder, '..');
  // There are orders in some. Where those that work for a command run as somebody else, who let them in has made it before.
  await mkdir(parent, { recursive: true, mode: 0o700 });
  for (const name of await readdir(parent)) {
    if (!name.endsWith(ending)) continue;
    const path = join(parent, name);
    // Gone meanwhile: its command has ended.
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > forgottenMs) await removeWorkFolder(path);
  }
  await removeWorkFolder(folder);
  await mkdir(folder);
}

export const removeWorkFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });
