/** Files that hold a secret. */
import { randomBytes } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes the file as a whole or not at all, and for nobody else to read; makes its folder, likewise, where it is missing. Several may write it
 * at once, as Druid's roles do.
 */
export async function writePrivate(file: string, content: string | Buffer): Promise<void> {
  const beside = `${file}.${randomBytes(6).toString('hex')}`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(beside, content, { mode: 0o600 });
  await rename(beside, file);
}
