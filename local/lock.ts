/** One `up` or `down` at a time. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { readProcess } from './processes.js';

/**
 * Runs `work` while no other process does so for the same ORDERFLOW_HOME. Fails with BUSY when one is at it; the lock of a process
 * that has ended is taken over.
 */
export async function withLock<T>(config: Config, work: () => Promise<T>): Promise<T> {
  const file = join(config.home, 'run', 'lock');
  mkdirSync(join(config.home, 'run'), { recursive: true });
  const self = `${process.pid} ${readProcess(process.pid)?.startTime}`;
  try {
    writeFileSync(file, self, { flag: 'wx' });
  } catch {
    const [pid, startTime] = readFileSync(file, 'utf8').split(' ').map(Number);
    if (pid && readProcess(pid)?.startTime === startTime) {
      throw new OperatorError(
        'BUSY',
        `process ${pid} is starting or stopping the stack in ${config.home}: wait for it`,
      );
    }
    writeFileSync(file, self);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
