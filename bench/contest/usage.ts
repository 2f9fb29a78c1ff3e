/** What processes use of the machine, from Linux' /proc (proc(5)). */
import { readFileSync } from 'node:fs';
import { familyOf, listProcesses, memoryOf } from '../../local/processes.js';

/** Clock ticks a second in /proc: USER_HZ, which is 100 on all of Linux' architectures that Node runs on. */
const ticksPerSecond = 100;

/** Ticks that a process and its collected children have used; 0 when it has ended. */
function ticksOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // utime, stime, cutime, cstime.
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
  } catch {
    return 0;
  }
}

const pidsOf = (leaders: readonly number[]) => {
  const processes = listProcesses();
  return [...new Set(leaders.flatMap((leader) => familyOf(leader, processes).map(({ pid }) => pid)))];
};

/** Seconds of a core, user and system, of the processes of these families, and of their children that have ended. */
export const cpuSecondsOf = (leaders: readonly number[]): number =>
  pidsOf(leaders).reduce((sum, pid) => sum + ticksOf(pid), 0) / ticksPerSecond;

/**
 * Bytes of these families, see memoryOf: what processes share counts once. It looks at each page of them, and takes a tenth of a second of a core for some GiB: not to be
 * called while something is measured.
 */
export const memoryOfAll = (leaders: readonly number[]): number =>
  pidsOf(leaders).reduce((sum, pid) => sum + memoryOf(pid), 0);
