/**
 * Processes that are loaded and wait for work. A job that restarts asks for as many workers as have just ended, and loading is most
 * of a worker's start: each worker that ends is replaced while the runner gathers itself.
 */
import type { WorkerProcess } from './worker-process.js';

export interface SpareWorkers {
  /** Says how many workers there are, whenever that changes. */
  workersAre(count: number): void;
  /** The spare that was forked first, loaded or not; undefined where there is none. It is a spare no more. */
  take(): WorkerProcess | undefined;
  readonly size: number;
  /** Ends all spares; there will be no more. */
  close(): Promise<void>;
}

export interface SpareOptions {
  readonly fork: () => WorkerProcess;
  /** Calls it when there is room for another process that loads. */
  readonly whenThereIsRoom: (load: () => Promise<void>) => void;
  /** How long workers that ended are remembered, and spares kept, ms. */
  readonly keepMillis: number;
}

/** No spares at first. One that dies is not replaced: whoever asks for a worker then hears why. */
export function createSpareWorkers({ fork, whenThereIsRoom, keepMillis }: SpareOptions): SpareWorkers {
  const spares = new Set<WorkerProcess>();
  let workers = 0;
  /** The most workers that there were, since spares were given up last. */
  let most = 0;
  let planned = 0;
  let giveUp: NodeJS.Timeout | undefined;
  let isClosed = false;

  async function load(): Promise<void> {
    planned -= 1;
    if (isClosed || workers + spares.size >= most) return;
    const spare = fork();
    spares.add(spare);
    void spare.exited.then(() => spares.delete(spare));
    await spare.loaded.catch(() => undefined);
  }

  async function end(): Promise<void> {
    most = workers;
    const ended = [...spares];
    spares.clear();
    await Promise.all(ended.map((spare) => spare.stop()));
  }

  return {
    workersAre(count) {
      if (isClosed) return;
      if (count < workers) {
        clearTimeout(giveUp);
        giveUp = setTimeout(() => void end(), keepMillis).unref();
      }
      workers = count;
      most = Math.max(most, count);
      for (; workers + spares.size + planned < most; planned += 1) whenThereIsRoom(load);
    },
    take() {
      const [spare] = spares;
      if (spare) spares.delete(spare);
      return spare;
    },
    get size() {
      return spares.size;
    },
    async close() {
      clearTimeout(giveUp);
      isClosed = true;
      await end();
    },
  };
}
