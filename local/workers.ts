/** The worker processes of this machine's pool. */
import { readFileSync } from 'node:fs';
import type { Config } from '../config.js';
import { runningProcess } from './pid-file.js';
import { listProcesses } from './processes.js';

/** The pids of the pool's workers, without its spares (beam/worker/worker-main.ts gives them their titles). */
export function workerPids(config: Config): number[] {
  const pool = runningProcess(config, 'worker-pool')?.pid;
  const children = listProcesses().filter(({ parent }) => parent === pool);
  return children.map(({ pid }) => pid).filter((pid) => /^orderflow worker: (?!spare)/.test(titleOf(pid)));
}

/** Empty for a process that has ended. */
function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
