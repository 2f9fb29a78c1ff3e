/** How fast each runner sums history again, and what an order costs there. */
import { cpus } from 'node:os';
import { runBackfill } from '../backfill/run.js';
import { runners, type Runner } from '../backfill/sum.js';
import { loadConfig, type Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { applyTopics } from '../kafka/topics.js';
import { down } from '../local/down.js';
import { runningProcess } from '../local/pid-file.js';
import { cpuSecondsOf, listProcesses } from '../local/processes.js';
import { services } from '../local/services.js';
import { up } from '../local/up.js';
import { prepareSchema } from '../metastore/prepare.js';
import { defaultReferenceFile, readReferenceFile } from '../metastore/reference-data.js';
import { sumOf } from './contest/usage.js';
import { writeHistory } from './history.js';

export interface BackfillBench {
  readonly orders: number;
  readonly seed: number;
  readonly workers: readonly number[];
  readonly rounds: number;
  readonly onProgress: (text: string) => void;
}

/** A backfill, as it went. */
export interface BackfillTurn {
  readonly runner: Runner;
  /** Side by side; 1 on the DirectRunner, which has no others. */
  readonly workers: number;
  readonly orders: number;
  readonly seconds: number;
  /** Of all processes of the stack, and of this one. */
  readonly cpuSeconds: number;
}

const dayMs = 86_400_000;

/**
 * Writes the history of so many orders of a day, and sums it again on each runner with each number of workers, in turns. Every sum is compared with
 * the panes that are there. Stops the services. Fails as its parts do, and with BACKFILL_DIFFERS.
 */
export async function benchBackfill(config: Config, options: BackfillBench): Promise<readonly BackfillTurn[]> {
  const { orders, seed, workers, rounds, onProgress } = options;
  const turns: BackfillTurn[] = [];
  try {
    await up(config, { addOns: ['spark'] });
    await applyTopics(config);
    await prepareSchema(config, Date.now());
    await writeHistory(config, await readReferenceFile(defaultReferenceFile), { orders, seed, onProgress });
    for (let round = 0; round < rounds; round += 1) {
      for (const runner of runners) {
        for (const count of runner === 'direct' ? [1] : workers) {
          const turn = await measure(config, runner, count);
          onProgress(`${runner}, ${count} workers: ${Math.round(turn.orders / turn.seconds)} orders/s`);
          turns.push(turn);
        }
      }
    }
    return turns;
  } finally {
    await down(config);
  }
}

async function measure(base: Config, runner: Runner, workers: number): Promise<BackfillTurn> {
  const config = loadConfig({ ...base.environment, ORDERFLOW_SPARK_CORES: String(workers) });
  // How many cores an application has is a setting of Spark's worker and of the job server.
  if (runner === 'spark') {
    const only = ['spark-worker', 'spark-job-server'] as const;
    await down(base, { only: [...only], progress: 'silent' });
    await up(config, { only: [...only], progress: 'silent' });
  }
  const size = config.windowSeconds * 1000;
  const now = Math.ceil(Date.now() / size) * size;
  const before = cpuSeconds(config);
  const begin = performance.now();
  const { orders, windows } = await runBackfill(
    config,
    {
      name: `bench-${runner}-${workers}-${Math.round(begin)}`,
      windows: { from: now - 2 * dayMs, to: now + dayMs },
      windowSeconds: config.windowSeconds,
      runner,
      parallelism: workers,
      isPartial: false,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    },
    { topic: 'aggregated_order', isDryRun: true },
  );
  const seconds = (performance.now() - begin) / 1000;
  if (windows.different + windows.missing + windows.superfluous > 0)
    throw new OperatorError('BACKFILL_DIFFERS', `the sums of ${runner} differ from those of the history`);
  return { runner, workers, orders, seconds, cpuSeconds: cpuSeconds(config) - before };
}

/** What all processes have used so far; those that have ended count at the service that started them. */
function cpuSeconds(config: Config): number {
  const processes = listProcesses();
  const leaders = services.flatMap(({ name }) => runningProcess(config, name)?.pid ?? []);
  return sumOf(leaders, processes, cpuSecondsOf) + cpuSecondsOf(process.pid);
}

/** What the machine is, for whoever reads the figures. */
export const machine = () => `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}`;
