/** What the supervisor tells of itself, in ORDERFLOW_HOME/run/supervision.json. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../config.js';
import { runningProcess } from './pid-file.js';
import { serviceNames } from './service.js';

const restart = z.object({
  service: z.enum(serviceNames),
  /** When the supervisor saw that it had died, ms since 1970. */
  noticedAt: z.number(),
  /** When the new one answered; null until then. */
  readyAt: z.number().nullable(),
});
export type Restart = z.infer<typeof restart>;

const supervision = z.object({
  /** Of the supervisor that wrote this. */
  pid: z.number(),
  /** The last ones of this supervisor, the newest at the end. */
  restarts: z.array(restart),
});
export type Supervision = z.infer<typeof supervision>;

const file = (config: Config) => join(config.home, 'run', 'supervision.json');

/** Replaces what was written before, as a whole. The folder is there: the supervisor's own pid file is in it. */
export function writeSupervision(config: Config, value: Supervision): void {
  const unfinished = `${file(config)}.new`;
  writeFileSync(unfinished, JSON.stringify(value));
  renameSync(unfinished, file(config));
}

function readSupervision(config: Config): Supervision | undefined {
  try {
    return supervision.parse(JSON.parse(readFileSync(file(config), 'utf8')));
  } catch {
    return undefined;
  }
}

/** The restarts of the present supervisor, or of the last one; none when there never was one. */
export const readRestarts = (config: Config): readonly Restart[] => readSupervision(config)?.restarts ?? [];

/** The supervisor that runs has begun to watch. */
export function supervisorWatches(config: Config): Promise<void> {
  const watches = readSupervision(config)?.pid === runningProcess(config, 'supervisor')?.pid;
  return watches ? Promise.resolve() : Promise.reject(new Error('it has not begun to watch'));
}
