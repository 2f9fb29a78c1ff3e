/** A metastore of an earlier version. */
import { copyFile, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../config.js';

const migrations = join(projectRoot, 'metastore', 'migrations');

/** The migrations up to that number, in a folder of their own, which the caller removes. */
export async function migrationsUpTo(number: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'orderflow-migrations-'));
  for (const name of await readdir(migrations))
    if (Number(name.slice(0, 4)) <= number) await copyFile(join(migrations, name), join(folder, name));
  return folder;
}
