/** A contestant's processes end, whatever they do. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runPrograms } from '../../../bench/contest/child.js';
import { familyOf, readProcess } from '../../../local/processes.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-child-'));
});
afterEach(() => rm(folder, { recursive: true }));

const shell = (script: string) => ({ name: 'one', file: '/bin/sh', args: ['-c', script] });

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10);
}

test('stop ends a program with its children, and says nothing', async () => {
  const running = runPrograms(folder, [shell(`sleep 1000 & trap "kill $!; exit 0" TERM; echo ready; wait`)]);
  await until(async () => (await readFile(join(folder, 'one.log'), 'utf8')).includes('ready'));
  const family = familyOf(running.pids[0]!);
  expect(family.length).toBeGreaterThan(1);
  await running.stop();
  expect(family.filter(({ pid }) => readProcess(pid))).toEqual([]);
});

test('a program that ended before is told with the end of its log, and its children end', async () => {
  const running = runPrograms(folder, [shell('sleep 1000 & echo no such broker; exit 3')]);
  await until(() => !readProcess(running.pids[0]!));
  const orphans = familyOf(running.pids[0]!);
  expect(orphans.length).toBe(1);
  await expect(running.stop()).rejects.toThrow('one ended while it was to run:\nno such broker');
  await until(() => !orphans.some(({ pid }) => readProcess(pid)));
});

test('a program that cannot be started is told', async () => {
  const running = runPrograms(folder, [{ name: 'none', file: join(folder, 'none'), args: [] }]);
  expect(running.pids).toEqual([]);
  await expect(running.stop()).rejects.toThrow(/none could not be started: .*ENOENT/);
});
