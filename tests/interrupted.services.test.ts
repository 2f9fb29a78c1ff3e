/** That a test run which is ended leaves nothing behind: no process, no folder. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { projectRoot } from '../config.js';

/** The folder of the run with this pid, below that of this run. */
const folderOf = (pid: number) => {
  const name = readdirSync(tmpdir()).find((each) => each.startsWith(`orderflow-tests-${pid}-`));
  return name && join(tmpdir(), name);
};

/** The programs that have this folder as their TMPDIR, or work below it. */
function programsOf(folder: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      const isTold = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`TMPDIR=${folder}`);
      const isThere = readlinkSync(`/proc/${pid}/cwd`).startsWith(`${folder}/`);
      return isTold || isThere ? [readFileSync(`/proc/${pid}/comm`, 'utf8').trim()] : [];
    } catch {
      return []; // no process, or one that has ended
    }
  });
}

// PostgreSQL stands for all services: it is a process group of its own, and has children that are, too.
test.each(['SIGINT', 'SIGKILL'] as const)('%s to the run ends its services within 10 s', async (signal) => {
  const vitest = join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs');
  const run = spawn(process.execPath, [vitest, 'run', 'tests/local/postgres.services.test.ts'], {
    cwd: projectRoot,
    stdio: 'ignore',
  });
  const ended = once(run, 'exit');
  const folder = await vi.waitUntil(() => folderOf(run.pid!), { timeout: 60_000 });
  await vi.waitUntil(() => programsOf(folder).filter((name) => name === 'postgres').length > 1, { timeout: 60_000 });
  run.kill(signal);
  await ended;
  await vi.waitUntil(() => programsOf(folder).length === 0, { timeout: 10_000 });
  await vi.waitUntil(() => !existsSync(folder), { timeout: 5_000 });
  expect(programsOf(folder)).toEqual([]);
});
