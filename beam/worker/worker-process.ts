/** One worker process, as the pool that forks it sees it. */
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { MetricsSnapshot } from '../operators/worker-metrics.js';
import type { PoolMessage, Work, WorkerMessage } from './worker-main.js';

export interface WorkerProcess {
  /** Undefined where it could not be forked. */
  readonly pid: number | undefined;
  /** Resolves when it has loaded the functions. Rejects in its own words when it cannot, and in time: one that hangs is ended. */
  readonly loaded: Promise<void>;
  /** Resolves when it has ended. */
  readonly exited: Promise<Exit>;
  /** Makes it the worker of a runner, once. Rejects as `loaded` does, and when it ends meanwhile. */
  begin(work: Work): Promise<void>;
  /** The name of the job that it works for, once it has begun; undefined where the runner does not tell it. */
  readonly job: string | undefined;
  /** How long it has been a worker to which its runner has given nothing to do, ms; 0 for one that was ever used. */
  readonly unusedMillis: number;
  /** Makes it fail its bundles, those under way and those that come, for that reason. */
  fail(reason: string): void;
  /** Ends it, at the latest by SIGKILL. Resolves when it has ended; may be called again. */
  stop(): Promise<void>;
  /** Undefined where it does not answer in time. */
  metrics(): Promise<MetricsSnapshot | undefined>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

// Long, for machines that start everything at once: giving up makes the runner begin anew.
const startTimeoutMillis = 60_000;
const stopTimeoutMillis = 8_000;
const metricsTimeoutMillis = 2_000;

/** Of Node: the objects of a bundle live until it ends, and with V8's 16 MiB they are copied again and again, a fifth of a busy worker's time. */
export const workerFlags = ['--max-old-space-size=512', '--max-semi-space-size=64'];

/** The worker's program, compiled: from the sources (in tests) it is found in dist/. */
function workerProgram(): string {
  const beside = fileURLToPath(new URL('./worker-main.js', import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL('../../dist/beam/worker/worker-main.js', import.meta.url));
}

/** Forks a process that loads the module and waits for its work. Never throws: see `loaded`. */
export function forkWorker(functionsModule: string, maxMessageBytes: number): WorkerProcess {
  const child = fork(workerProgram(), [functionsModule, String(maxMessageBytes)], {
    serialization: 'advanced',
    execArgv: workerFlags,
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    // One that could not be forked does not exit. Otherwise a message did not reach it, and its exit is what counts.
    child.on('error', () => child.pid === undefined && resolve({ code: null, signal: null }));
  });
  let lastRequest = 0;
  let beganAt: number | undefined;
  let isUsed = false;
  let job: string | undefined;
  child.on('message', (message: WorkerMessage) => {
    isUsed ||= message.type === 'used';
    if (message.type === 'started') job = message.job;
  });

  const send = (message: PoolMessage) => {
    if (child.connected) child.send(message, () => undefined);
  };

  /** Resolves with the first message that is the answer. Rejects when the process ends before, and when the time is over. */
  async function answer<T>(pick: (message: WorkerMessage) => T | undefined, timeoutMillis: number): Promise<T> {
    const over = new AbortController();
    let listen!: (message: WorkerMessage) => void;
    const answered = new Promise<T>((resolve) => {
      listen = (message) => {
        const picked = pick(message);
        if (picked !== undefined) resolve(picked);
      };
      child.on('message', listen);
    });
    try {
      return await Promise.race([
        answered,
        exited.then(({ code, signal }) => {
          throw new Error(`its process ended with ${signal ?? `status ${code}`}`);
        }),
        sleep(timeoutMillis, undefined, { signal: over.signal }).then(() => {
          throw new Error(`it took longer than ${timeoutMillis / 1000} s`);
        }),
      ]);
    } finally {
      over.abort();
      child.off('message', listen);
    }
  }

  /** Resolves with its answer of that type, where it does not answer that it failed. A process that hangs is of no use. */
  async function success(type: 'loaded' | 'started'): Promise<void> {
    try {
      const message = await answer(
        (said) => (said.type === type || said.type === 'failed' ? said : undefined),
        startTimeoutMillis,
      );
      if (message.type === 'failed') throw new Error(message.error);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  const loaded = success('loaded');
  loaded.catch(() => undefined);
  return {
    pid: child.pid,
    loaded,
    exited,
    get job() {
      return job;
    },
    get unusedMillis() {
      return isUsed || beganAt === undefined ? 0 : performance.now() - beganAt;
    },
    async begin(work) {
      await loaded;
      const started = success('started');
      send({ type: 'work', work });
      await started;
      beganAt = performance.now();
    },
    fail: (reason) => send({ type: 'fail', reason }),
    async stop() {
      send({ type: 'stop' });
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMillis);
      await exited;
      clearTimeout(timer);
    },
    async metrics() {
      const request = ++lastRequest;
      const answered = answer(
        (said) => (said.type === 'metrics' && said.request === request ? said.metrics : undefined),
        metricsTimeoutMillis,
      );
      send({ type: 'metrics', request });
      return answered.catch(() => undefined);
    },
  };
}
