import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeWorkFolder, removeWorkFolder, workFolder } from '../../model/work-folder.js';

let parent: string;
beforeEach(async () => {
  parent = join(await mkdtemp(join(tmpdir(), 'orderflow-work-')), 'backfills');
});
afterEach(() => rm(join(parent, '..'), { recursive: true, force: true }));

it('is there, empty, and goes', async () => {
  const folder = workFolder(parent, 'one');
  await makeWorkFolder(folder);
  await writeFile(join(folder, 'file'), '');
  await makeWorkFolder(folder);
  expect(await readdir(folder)).toEqual([]);
  await removeWorkFolder(folder);
  expect(await readdir(parent)).toEqual([]);
});

it('goes after a week where its command was killed, and nothing else does', async () => {
  const days = (count: number) => new Date(Date.now() - count * 86_400_000);
  const there = { [workFolder(parent, 'old')]: 8, [workFolder(parent, 'new')]: 6, [join(parent, 'of others')]: 100 };
  for (const [path, age] of Object.entries(there)) {
    await mkdir(join(path, 'panes'), { recursive: true });
    await utimes(path, days(age), days(age));
  }
  await makeWorkFolder(workFolder(parent, 'next'));
  expect((await readdir(parent)).sort()).toEqual(['new.work', 'next.work', 'of others']);
});
