import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { checkNew } from '../../kafka/new-file.js';

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'orderflow-new-file-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const check = (path: string, overwrite = false) => checkNew('--to', path, { overwrite });

it('lets pass what can be written: a new file, an empty one, a device, and one that may be replaced', async () => {
  const folder = await aFolder();
  await check(join(folder, 'new'));
  await writeFile(join(folder, 'empty'), '');
  await check(join(folder, 'empty'));
  await check('/dev/null');
  await writeFile(join(folder, 'full'), 'x');
  await check(join(folder, 'full'), true);
  await expect(check(join(folder, 'full'))).rejects.toMatchObject({ code: 'FILE_EXISTS', exitCode: 2 });
});

it('refuses a folder, and what is in none, before anything is done', async () => {
  const folder = await aFolder();
  for (const path of [folder, join(folder, 'no/')])
    await expect(check(path, true)).rejects.toMatchObject({
      code: 'BAD_OUTPUT_FILE',
      message: `--to ${path} is a folder: give the path of a file`,
    });
  await writeFile(join(folder, 'file'), 'x');
  for (const [path, code] of [
    [join(folder, 'no', 'x.csv'), 'ENOENT'],
    [join(folder, 'file', 'x.csv'), 'ENOTDIR'],
  ])
    await expect(check(path!)).rejects.toMatchObject({
      code: 'BAD_OUTPUT_FILE',
      message: `--to ${path} cannot be written (${code}): give a path in a folder that can`,
    });
});
