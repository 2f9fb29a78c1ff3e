/** What is written down about a service that was started, in ORDERFLOW_HOME/run/SERVICE.json. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../config.js';
import { readProcess } from './processes.js';
import type { ServiceName } from './service.js';

const record = z.object({
  pid: z.number(),
  /** See ProcessInfo: tells our process from a later one with the same pid. */
  startTime: z.number(),
  /** What it was started with: another configuration gives another text. */
  command: z.string(),
});
export type PidRecord = z.infer<typeof record>;

const folder = (config: Config) => join(config.home, 'run');
const file = (config: Config, name: ServiceName) => join(folder(config), `${name}.json`);

export function writePid(config: Config, name: ServiceName, value: PidRecord): void {
  mkdirSync(folder(config), { recursive: true });
  const unfinished = `${file(config, name)}.new`;
  writeFileSync(unfinished, JSON.stringify(value));
  renameSync(unfinished, file(config, name));
}

/** What was written down, whether the process still runs or not. */
export function readPid(config: Config, name: ServiceName): PidRecord | undefined {
  try {
    return record.parse(JSON.parse(readFileSync(file(config, name), 'utf8')));
  } catch {
    return undefined;
  }
}

/** The service's process, if it runs. */
export function runningProcess(config: Config, name: ServiceName): PidRecord | undefined {
  const written = readPid(config, name);
  return written && readProcess(written.pid)?.startTime === written.startTime ? written : undefined;
}

export function removePid(config: Config, name: ServiceName): void {
  rmSync(file(config, name), { force: true });
}
