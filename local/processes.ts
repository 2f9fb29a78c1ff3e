/** The machine's processes, from Linux' /proc (proc(5)). */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** When it started, in clock ticks since boot: with the pid, a name that is never used again. */
  readonly startTime: number;
}

/** What /proc says about a process; undefined when there is none, or when it has ended and only waits to be collected. */
export function readProcess(pid: number): ProcessInfo | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field is the program's name in brackets, which may hold blanks and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
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
