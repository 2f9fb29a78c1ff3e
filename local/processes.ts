/** The machine's processes, from Linux' /proc (proc(5)). */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** When it started, in clock ticks since boot: with the pid, a name that is never used again. */
  readonly startTime: number;
}

/** The fields of /proc/PID/stat from the third on; undefined when there is no such process. */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets, which may hold blanks and brackets.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** What /proc says about a process; undefined when there is none, or when it has ended and only waits to be collected. */
export function readProcess(pid: number): ProcessInfo | undefined {
  const fields = statOf(pid);
  if (!fields || fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return { pid, parent: Number(fields[1]), group: Number(fields[2]), startTime: Number(fields[19]) };
}

export function listProcesses(): ProcessInfo[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

/**
 * The processes that belong to the one that was started with `leader` as its pid and process group: its group, and all
 * descendants (PostgreSQL gives each of its children a group of its own).
 */
export function familyOf(leader: number, processes: readonly ProcessInfo[] = listProcesses()): ProcessInfo[] {
  const family = new Set<number>();
  let size = -1;
  while (family.size > size) {
    size = family.size;
    for (const process of processes) {
      if (process.pid === leader || process.group === leader || family.has(process.parent)) family.add(process.pid);
    }
  }
  return processes.filter((process) => family.has(process.pid));
}

/** Clock ticks a second in /proc: USER_HZ, which is 100 on all of Linux' architectures that Node runs on. */
const ticksPerSecond = 100;

/** Seconds of a core, user and system, that a process and those of its children have used that have ended; 0 when it has ended itself. */
export function cpuSecondsOf(pid: number): number {
  // utime, stime, cutime, cstime.
  const ticks = statOf(pid)?.slice(11, 15) ?? [];
  return ticks.reduce((sum, each) => sum + Number(each), 0) / ticksPerSecond;
}

/**
 * Memory of a process in bytes: its proportional share, in which memory shared with others counts once, so that a sum over
 * processes is true; its resident size where the kernel does not tell the share; 0 when it has ended.
 */
export function memoryOf(pid: number): number {
  for (const [file, line] of [
    ['smaps_rollup', /^Pss:\s+(\d+) kB/m],
    ['status', /^VmRSS:\s+(\d+) kB/m],
  ] as const) {
    try {
      const kilobytes = line.exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1];
      if (kilobytes) return Number(kilobytes) * 1024;
    } catch {
      // Not allowed, or gone: ask the next file.
    }
  }
  return 0;
}
