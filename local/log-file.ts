/** Where a service writes, and how much of it is kept. */
import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.js';
import type { ServiceName } from './service.js';

/** The log of a service: stdout and stderr of its process. */
export const logFile = (config: Config, name: ServiceName) => join(config.home, 'logs', `${name}.log`);

/**
 * Opens a fresh log to append to, and keeps the last one as SERVICE.log.1: it says why a service had to be started again.
 * Services are quiet when all is well, so that a log is bounded by its start.
 */
export function openLog(config: Config, name: ServiceName): number {
  const path = logFile(config, name);
  mkdirSync(join(config.home, 'logs'), { recursive: true });
  if (existsSync(path)) renameSync(path, `${path}.1`);
  return openSync(path, 'a');
}

/** The last `bytes` of a log as text. */
export function logTail(config: Config, name: ServiceName, bytes = 64 * 1024): string {
  const path = logFile(config, name);
  if (!existsSync(path)) return '';
  const size = statSync(path).size;
  const buffer = Buffer.alloc(Math.min(bytes, size));
  const descriptor = openSync(path, 'r');
  try {
    return buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, size - buffer.length)).toString('utf8');
  } finally {
    closeSync(descriptor);
  }
}

/** The last line that looks like an error, else the last one, to be shown in a sentence. */
export function lastError(config: Config, name: ServiceName): string {
  const lines = logTail(config, name)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const error = lines.findLast(
    (line) => /error|exception|fatal|cannot|could not/i.test(line) && !line.startsWith('at '),
  );
  return (error ?? lines.at(-1) ?? 'nothing in its log').slice(0, 300);
}
