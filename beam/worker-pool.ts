/**
 * The worker pool (Fn API, service BeamFnExternalWorkerPool): the runner asks it to start and stop workers, and it forks
 * one Node process for each, so that workers use all cores and one that dies takes no other with it.
 *
 * Stands in for apache-beam's worker/external_worker_service.js, which runs all workers on one thread.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import './sdk.js';
import * as grpc from '@grpc/grpc-js';
import { bulkhead } from 'cockatiel';
import type {
  StartWorkerRequest,
  StartWorkerResponse,
  StopWorkerRequest,
  StopWorkerResponse,
} from 'apache-beam/proto/beam_fn_api';
import { beamFnExternalWorkerPoolDefinition } from 'apache-beam/proto/beam_fn_api.grpc-server';
import type { PoolMessage, WorkerMessage } from './worker-main.js';
import type { MetricsSnapshot } from './worker-metrics.js';

export interface PoolLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface PoolOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** The compiled module whose import registers the batch functions. */
  readonly functionsModule: string;
  readonly log: PoolLog;
  /** Most workers at once; the runner is told of a refusal. */
  readonly maxWorkers?: number;
}

export interface WorkerPool {
  readonly port: number;
  /** Process ids of the workers, by worker id. */
  workers(): ReadonlyMap<string, number>;
  /** Metrics of every worker that answers in time. */
  collectMetrics(): Promise<MetricsSnapshot[]>;
  /** Stops the workers, then the service. */
  close(): Promise<void>;
}

// From the fork on. Long, for machines that start everything at once: giving up makes the runner begin anew.
const startTimeoutMillis = 60_000;
const stopTimeoutMillis = 8_000;
const metricsTimeoutMillis = 2_000;

/** The worker's program, compiled: from the sources (in tests) it is found in dist/. */
function workerProgram(): string {
  const beside = fileURLToPath(new URL('./worker-main.js', import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL('../dist/beam/worker-main.js', import.meta.url));
}

/** Resolves when the worker is ready. Rejects with its own words when it cannot start, and ends it when it takes too long. */
function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`it took longer than ${startTimeoutMillis / 1000} s`));
    }, startTimeoutMillis);
    child.once('message', (message: WorkerMessage) => {
      clearTimeout(timer);
      if (message.type === 'failed') reject(new Error(message.error));
      else resolve();
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`its process ended with ${signal ?? `status ${code}`}`));
    });
  });
}

/** Starts the service. Rejects when the address cannot be bound. */
export async function startWorkerPool(options: PoolOptions): Promise<WorkerPool> {
  const { log, maxWorkers = 64 } = options;
  const children = new Map<string, ChildProcess>();
  let lastRequest = 0;
  let isClosing = false;
  // A start is all CPU, and a job asks for all its workers at once: no more of them side by side than there are cores.
  const starts = bulkhead(availableParallelism(), Infinity);

  async function start({ workerId, controlEndpoint }: StartWorkerRequest): Promise<void> {
    if (!controlEndpoint) throw new Error('no control endpoint is given');
    await starts.execute(() => startProcess(workerId, controlEndpoint.url));
  }

  async function startProcess(workerId: string, controlUrl: string): Promise<void> {
    // The same id again is a new attempt of the runner: the old process would answer on the same channel.
    while (children.has(workerId)) await stop(workerId);
    if (isClosing) throw new Error('this pool is being stopped');
    if (children.size >= maxWorkers) throw new Error(`this pool has ${maxWorkers} workers already, its limit`);
    const child = fork(workerProgram(), [workerId, controlUrl, options.functionsModule], {
      serialization: 'advanced',
      execArgv: ['--max-old-space-size=512'],
    });
    if (child.pid !== undefined) children.set(workerId, child);
    // It could not be forked, or a message did not reach it: then its exit is what counts.
    child.on('error', (error) =>
      log.warn({ worker: workerId, pid: child.pid, error: error.message }, 'worker process'),
    );
    child.once('exit', (code, signal) => {
      if (children.get(workerId) === child) children.delete(workerId);
      if (code !== 0) log.warn({ worker: workerId, pid: child.pid, code, signal }, 'a worker died');
    });
    await started(child);
    log.info({ worker: workerId, pid: child.pid }, 'worker started');
  }

  async function stop(workerId: string): Promise<void> {
    const child = children.get(workerId);
    if (!child) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    if (child.connected) child.send({ type: 'stop' } satisfies PoolMessage, () => undefined);
    const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMillis);
    await exited;
    clearTimeout(timer);
  }

  function metricsOf(child: ChildProcess): Promise<MetricsSnapshot | undefined> {
    const request = ++lastRequest;
    return new Promise((resolve) => {
      const finish = (metrics?: MetricsSnapshot) => {
        clearTimeout(timer);
        child.off('message', listen);
        resolve(metrics);
      };
      const listen = (message: WorkerMessage) => {
        if (message.type === 'metrics' && message.request === request) finish(message.metrics);
      };
      const timer = setTimeout(finish, metricsTimeoutMillis);
      child.on('message', listen);
      child.send({ type: 'metrics', request } satisfies PoolMessage, (error) => error && finish());
    });
  }

  const server = new grpc.Server();
  server.addService(beamFnExternalWorkerPoolDefinition, {
    startWorker(
      call: grpc.ServerUnaryCall<StartWorkerRequest, StartWorkerResponse>,
      reply: grpc.sendUnaryData<StartWorkerResponse>,
    ) {
      start(call.request).then(
        () => reply(null, { error: '' }),
        (error: Error) => {
          const { workerId } = call.request;
          log.warn({ worker: workerId, error: error.message }, 'a worker did not start');
          reply(null, { error: `worker ${workerId} did not start: ${error.message}` });
        },
      );
    },
    stopWorker(
      call: grpc.ServerUnaryCall<StopWorkerRequest, StopWorkerResponse>,
      reply: grpc.sendUnaryData<StopWorkerResponse>,
    ) {
      void stop(call.request.workerId).then(() => reply(null, { error: '' }));
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${options.host}:${options.port}`, grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });

  return {
    port,
    workers: () => new Map([...children].map(([id, child]) => [id, child.pid!])),
    async collectMetrics() {
      const connected = [...children.values()].filter((child) => child.connected);
      const snapshots = await Promise.all(connected.map(metricsOf));
      return snapshots.filter((snapshot) => snapshot !== undefined);
    },
    async close() {
      isClosing = true;
      while (children.size > 0) await Promise.all([...children.keys()].map(stop));
      server.forceShutdown();
    },
  };
}
