/** What processes use of the machine. */
import { cpuSecondsOf, familyOf, listProcesses, memoryOf } from '../../local/processes.js';

/** The sum over these families. */
function sumOf(leaders: readonly number[], of: (pid: number) => number): number {
  const processes = listProcesses();
  const pids = new Set(leaders.flatMap((leader) => familyOf(leader, processes).map(({ pid }) => pid)));
  return [...pids].reduce((sum, pid) => sum + of(pid), 0);
}

/** Seconds of a core, see cpuSecondsOf. */
export const cpuSecondsOfAll = (leaders: readonly number[]): number => sumOf(leaders, cpuSecondsOf);

/**
 * Bytes, see memoryOf: what processes share counts once. It looks at each page of them, and takes a tenth of a second of a core for some GiB: not to be
 * called while something is measured.
 */
export const memoryOfAll = (leaders: readonly number[]): number => sumOf(leaders, memoryOf);
