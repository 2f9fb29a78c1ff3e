/** What processes use of the machine. */
import { cpuSecondsOf, familyOf, listProcesses, memoryOf, type ProcessInfo } from '../../local/processes.js';
import type { ServiceName } from '../../local/service.js';

/** Whose processes they are; a contestant's own are those that it started, and the workers that it has Flink start. */
export const parts = ['its own', 'Flink', 'PostgreSQL', 'Kafka', 'partner'] as const;
export type Part = (typeof parts)[number];

/** Seconds of a core. */
export type CpuByPart = Readonly<Record<Part, number>>;

/** Processes of which each is measured with its family. */
export type Leaders = Readonly<Record<Part, readonly number[]>>;

const partOfService: Readonly<Partial<Record<ServiceName, Part>>> = {
  postgres: 'PostgreSQL',
  kafka: 'Kafka',
  partner: 'partner',
  zookeeper: 'Flink',
  jobmanager: 'Flink',
  taskmanager: 'Flink',
  'job-server': 'Flink',
};

export const partOf = (service: ServiceName): Part => partOfService[service] ?? 'its own';

/** A value for each part. */
export const byPart = <T>(of: (part: Part) => T): Readonly<Record<Part, T>> =>
  Object.fromEntries(parts.map((part) => [part, of(part)])) as Record<Part, T>;

export const sumOfParts = (values: Readonly<Record<Part, number>>): number =>
  parts.reduce((sum, part) => sum + values[part], 0);

/** The sum over these families, of which each process counts once. */
export function sumOf(
  leaders: readonly number[],
  processes: readonly ProcessInfo[],
  of: (pid: number) => number,
): number {
  const pids = new Set(leaders.flatMap((leader) => familyOf(leader, processes).map(({ pid }) => pid)));
  return [...pids].reduce((sum, pid) => sum + of(pid), 0);
}

/** See cpuSecondsOf. */
export function cpuByPart(leaders: Leaders): CpuByPart {
  const processes = listProcesses();
  return byPart((part) => sumOf(leaders[part], processes, cpuSecondsOf));
}

/**
 * Bytes of all together, see memoryOf: what processes share counts once. It looks at each page of them, and takes a tenth of a second of a core for some GiB: not to be
 * called while something is measured.
 */
export const memoryOfAll = (leaders: Leaders): number =>
  sumOf(Object.values(leaders).flat(), listProcesses(), memoryOf);
