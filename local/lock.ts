/** One process at a time. */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OperatorError } from '../errors.js';
import { readProcess } from './processes.js';

/**
 * Runs `work` while nobody else does so with a lock on the same folder; the lock of a process that has ended is taken over. While
 * another one holds it, waits for up to `waitMs`, and fails with BUSY then.
 */
export async function withLock<T>(folder: string, { waitMs }: { waitMs: number }, work: () => Promise<T>): Promise<T> {
  const file = join(folder, 'lock');
  mkdirSync(folder, { recursive: true });
  const deadline = performance.now() + waitMs;
  for (let holder = take(file); holder !== undefined; holder = take(file)) {
    if (performance.now() >= deadline)
      throw new OperatorError('BUSY', `process ${holder} is at work in ${folder}: wait for it, or end it`);
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Takes the lock, or says which process holds it. */
function take(file: string): number | undefined {
  // Written first and linked then: nobody finds a lock without its holder.
  const mine = `${file}.${process.pid}`;
  try {
    writeFileSync(mine, `${process.pid} ${readProcess(process.pid)?.startTime}`);
    linkSync(mine, file);
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(mine, { force: true });
  }
  const [pid = 0, startTime] = readHolder(file);
  if (pid && readProcess(pid)?.startTime === startTime) return pid;
  rmSync(file, { force: true });
  return take(file);
}

/** Pid and start time of the holder; nothing when the lock has just been given back. */
function readHolder(file: string): number[] {
  try {
    return readFileSync(file, 'utf8').split(' ').map(Number);
  } catch {
    return [];
  }
}
