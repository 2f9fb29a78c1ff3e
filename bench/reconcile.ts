/** How long `orderflow reconcile` takes over many orders, and how much memory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { projectRoot, type Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { applyTopics } from '../kafka/topics.js';
import { down } from '../local/down.js';
import { up } from '../local/up.js';
import { prepareSchema } from '../metastore/prepare.js';
import { defaultReferenceFile, readReferenceFile } from '../metastore/reference-data.js';
import type { Report } from '../reconcile/report.js';
import { writeHistory } from './history.js';

export interface ReconcileTiming {
  readonly orders: number;
  readonly seconds: number;
  readonly ordersPerSecond: number;
  /** Of the process alone, on all its threads. */
  readonly cpuSeconds: number;
  /** The most resident memory that the process had, in MB. */
  readonly peakMegabytes: number;
  readonly reconciled: boolean;
}

export interface ReconcileBench {
  readonly orders: number;
  readonly seed: number;
  readonly onProgress: (text: string) => void;
}

/** Writes the history of so many orders, and accounts for it in a process of its own. Stops the services. Fails as its parts do. */
export async function benchReconcile(
  config: Config,
  { orders, seed, onProgress }: ReconcileBench,
): Promise<ReconcileTiming> {
  try {
    await up(config, { only: ['kafka', 'postgres'] });
    await applyTopics(config);
    await prepareSchema(config, Date.now());
    await writeHistory(config, await readReferenceFile(defaultReferenceFile), { orders, seed, onProgress });
    onProgress('account for them');
    return await timeReconcile(config);
  } finally {
    await down(config);
  }
}

/** Runs `orderflow reconcile` on what there is. */
export async function timeReconcile(config: Config): Promise<ReconcileTiming> {
  const begin = performance.now();
  const program = join(projectRoot, 'dist', 'cli', 'main.js');
  const child = spawn(process.execPath, [program, 'reconcile', '--json'], {
    env: config.environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let used = { cpuSeconds: 0, peakMegabytes: 0 };
  const watch = setInterval(() => (used = usageOf(child.pid!) ?? used), 100);
  try {
    const closed = once(child, 'close');
    const output = await text(child.stdout);
    await closed;
    const seconds = (performance.now() - begin) / 1000;
    if (output === '') throw new OperatorError('NO_REPORT', 'orderflow reconcile made no report: it says above why');
    const { orders, reconciled } = JSON.parse(output) as Report;
    return { orders, seconds, ordersPerSecond: orders / seconds, ...used, reconciled };
  } finally {
    clearInterval(watch);
  }
}

/** What a process has used so far: the kernel keeps its highest resident size. Undefined when it has ended. */
function usageOf(pid: number): { cpuSeconds: number; peakMegabytes: number } | undefined {
  try {
    const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    // After the name in parentheses, the 12th and the 13th field: hundredths of a second, see proc(5).
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return peak
      ? { peakMegabytes: Number(peak) / 1024, cpuSeconds: (Number(stat[11]) + Number(stat[12])) / 100 }
      : undefined;
  } catch {
    return undefined;
  }
}
