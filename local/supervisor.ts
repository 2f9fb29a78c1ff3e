/** Starts services again that have died. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { launchService, waitUntilReady } from './lifecycle.js';
import { withLock } from './lock.js';
import { readPid, runningProcess } from './pid-file.js';
import { type ServiceName, serviceNames } from './service.js';
import { type Restart, writeSupervision } from './supervision.js';

/** How often it looks, in ms: a look reads one file per service. */
const lookMs = 250;
/** A service that dies again and again is started after 0.5 s, 1 s, 2 s, … at most: */
const longestDelayMs = 30_000;
/** One that has run for so long is well again, and its next end a new one. */
const wellAfterMs = 60_000;
const restartsKept = 100;

/** A service that was started by `up`, was not stopped since, and does not run. */
const hasDied = (config: Config, name: ServiceName) =>
  readPid(config, name) !== undefined && !runningProcess(config, name);

/**
 * Watches all services of the local stack but itself until the signal, and starts each one again that has died. Its restarts
 * are written down for `orderflow status`, and logged. Fails never: what cannot be started is tried again, less and less often.
 */
export async function supervise(config: Config, log: Logger, signal: AbortSignal): Promise<void> {
  const restarts: Restart[] = [];
  const busy = new Set<ServiceName>();
  const deaths = new Map<ServiceName, { count: number; lastAt: number }>();
  const write = () => writeSupervision(config, { pid: process.pid, restarts: restarts.slice(-restartsKept) });

  async function startAgain(name: ServiceName): Promise<void> {
    const noticedAt = Date.now();
    const before = deaths.get(name);
    const count = before && noticedAt - before.lastAt < wellAfterMs ? before.count + 1 : 0;
    deaths.set(name, { count, lastAt: noticedAt });
    // The first death of a service is an accident, and costs no time.
    if (count > 0) await sleep(Math.min(longestDelayMs, 250 * 2 ** count), undefined, { signal });
    const isOurs = await withLock(join(config.home, 'run'), { waitMs: Infinity }, async () => {
      // It may have been stopped, or started, by somebody else meanwhile.
      if (signal.aborted || !hasDied(config, name)) return false;
      return launchService(config, name);
    });
    if (!isOurs) return;
    const restart: Restart = { service: name, noticedAt, readyAt: null };
    restarts.push(restart);
    write();
    log.warn({ service: name }, `${name} had died and was started again`);
    await waitUntilReady(config, name);
    restart.readyAt = Date.now();
    write();
  }

  write();
  while (!signal.aborted) {
    for (const name of serviceNames) {
      if (name === 'supervisor' || busy.has(name) || !hasDied(config, name)) continue;
      busy.add(name);
      void startAgain(name)
        .catch((error: Error) => {
          if (!signal.aborted) log.error({ service: name }, error.message);
        })
        .finally(() => busy.delete(name));
    }
    await sleep(lookMs, undefined, { signal }).catch(() => {});
  }
}
