/** Memory of the processes that run the stages, and how it develops. */
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { runningProcess } from '../local/pid-file.js';
import { memoryOf } from '../local/processes.js';
import { workerPids } from '../local/workers.js';

/** Resident bytes. */
export interface Memory {
  /** All worker processes together. */
  readonly workers: number;
  readonly pool: number;
  readonly taskManager: number;
}

/** Memory now. Throws OperatorError NOT_RUNNING where pool or TaskManager is not a process of this machine. */
export function readMemory(config: Config): Memory {
  const pool = pidOf(config, 'worker-pool');
  return {
    workers: workerPids(config).reduce((sum, pid) => sum + memoryOf(pid), 0),
    pool: memoryOf(pool),
    taskManager: memoryOf(pidOf(config, 'taskmanager')),
  };
}

function pidOf(config: Config, service: 'worker-pool' | 'taskmanager'): number {
  const process = runningProcess(config, service);
  if (!process) throw new OperatorError('NOT_RUNNING', `${service} does not run here: its memory cannot be read`);
  return process.pid;
}

export interface Point {
  readonly seconds: number;
  readonly value: number;
}

/**
 * The slope of the straight line through the points, by least squares, in percent of their mean per hour. 0 for fewer than
 * two moments, and where all values are 0.
 */
export function slopePerHour(points: readonly Point[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanSeconds = mean(points.map(({ seconds }) => seconds));
  const meanValue = mean(points.map(({ value }) => value));
  let covariance = 0;
  let variance = 0;
  for (const { seconds, value } of points) {
    covariance += (seconds - meanSeconds) * (value - meanValue);
    variance += (seconds - meanSeconds) ** 2;
  }
  return variance === 0 || meanValue === 0 ? 0 : ((covariance / variance) * 3_600 * 100) / meanValue;
}
