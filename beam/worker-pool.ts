/**
 * The worker pool (Fn API, service BeamFnExternalWorkerPool): the runner asks it to start and stop workers, and it forks
 * one Node process for each, so that workers use all cores and one that dies takes no other with it.
 *
 * Stands in for apache-beam's worker/external_worker_service.js, which runs all workers on one thread.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import './sdk.js';
import * as grpc from '@grpc/grpc-js';
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

const startTimeoutMillis = 20_000;
const stopTimeoutMillis = 8_000;
const metricsTimeoutMillis = 2_000;

/** The worker's program, compiled: from the sources (in tests) it is found in dist/. */
function workerProgram(): string {
  const beside = fileURLToPath(new URL('./worker-main.js', import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL('../dist/beam/worker-main.js', import.meta.url));
}

/** Starts the service. Rejects when the address cannot be bound. */
export async function startWorkerPool(options: PoolOptions): Promise<WorkerPool> {
  const { log, maxWorkers = 64 } = options;
  const children = new Map<string, ChildProcess>();
  let lastRequest = 0;

  async function start({ workerId, controlEndpoint }: StartWorkerRequest): Promise<void> {
    if (!controlEndpoint) throw new Error('no control endpoint is given');
    if (children.size >= maxWorkers) throw new Error(`this pool has ${maxWorkers} workers already, its limit`);
    // The same id again is a new attempt of the runner: the old process would answer on the same channel.
    await stop(workerId);
    const child = fork(workerProgram(), [workerId, controlEndpoint.url, options.functionsModule], {
      serialization: 'advanced',
      execArgv: ['--max-old-space-size=512'],
    });
    children.set(workerId, child);
    // A message to a worker that dies at that moment: its exit is what counts.
    child.on('error', (error) =>
      log.warn({ worker: workerId, pid: child.pid, error: error.message }, 'worker process'),
    );
    child.once('exit', (code, signal) => {
      if (children.get(workerId) === child) children.delete(workerId);
      if (code !== 0) log.warn({ worker: workerId, pid: child.pid, code, signal }, 'a worker died');
    });
    const [outcome] = (await Promise.race([
      once(child, 'message', { signal: AbortSignal.timeout(startTimeoutMillis) }),
      once(child, 'exit').then(() => ['died']),
    ])) as [WorkerMessage | 'died'];
    if (outcome === 'died') throw new Error(`worker ${workerId} died while it started`);
    log.info({ worker: workerId, pid: child.pid }, 'worker started');
  }

  async function stop(workerId: string): Promise<void> {
    const child = children.get(workerId);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
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
          log.warn({ worker: call.request.workerId, error: error.message }, 'a worker did not start');
          reply(null, { error: error.message });
        },
      );
    },
    stopWorker(
      call: grpc.ServerUnaryCall<StopWorkerRequest, StopWorkerResponse>,
      reply: grpc.sendUnaryData<StopWorkerResponse>,
    ) {
      stop(call.request.workerId).then(() => reply(null, { error: '' }));
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
      await Promise.all([...children.keys()].map(stop));
      server.forceShutdown();
    },
  };
}
