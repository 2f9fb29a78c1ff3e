import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withLock } from '../../local/lock.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('refuses a second holder by naming the first', async () => {
  await withLock(folder, { waitMs: 0 }, async () => {
    await expect(withLock(folder, { waitMs: 0 }, async () => {})).rejects.toMatchObject({
      code: 'BUSY',
      message: `process ${process.pid} is at work in ${folder}: wait for it, or end it`,
    });
  });
});

it('lets those who wait in one after another', async () => {
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inside--;
  };
  await Promise.all([1, 2, 3].map(() => withLock(folder, { waitMs: Infinity }, work)));
  expect(most).toBe(1);
});

it('gives the lock back when the work fails', async () => {
  const failure = new Error('failed');
  await expect(withLock(folder, { waitMs: 0 }, () => Promise.reject(failure))).rejects.toBe(failure);
  await expect(withLock(folder, { waitMs: 0 }, async () => 'done')).resolves.toBe('done');
});

it('takes over the lock of a process that has ended', async () => {
  // Our pid, but of a process that started at another time.
  await writeFile(join(folder, 'lock'), `${process.pid} 1`);
  await expect(withLock(folder, { waitMs: 0 }, async () => 'done')).resolves.toBe('done');
});
