/**
 * The worker pool (Fn API, service BeamFnExternalWorkerPool): the runner asks it to start and stop workers, and it forks
 * one Node process for each, so that workers use all cores and one that dies takes no other with it.
 *
 * Stands in for apache-beam's worker/external_worker_service.js, which runs all workers on one thread.
 */
import { availableParallelism } from 'node:os';
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
import { createSpareWorkers } from './spare-workers.js';
import type { MetricsSnapshot } from './worker-metrics.js';
import { forkWorker, type WorkerProcess } from './worker-process.js';

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
  /** How long a worker that ended has a spare in its place. */
  readonly keepSparesMillis?: number;
}

export interface WorkerPool {
  readonly port: number;
  /** Process ids of the workers, by worker id. */
  workers(): ReadonlyMap<string, number>;
  /** How many processes wait to become workers. */
  spares(): number;
  /** Metrics of every worker that answers in time. */
  collectMetrics(): Promise<MetricsSnapshot[]>;
  /** Stops the workers, then the service. */
  close(): Promise<void>;
}

/** Starts the service. Rejects when the address cannot be bound. */
export async function startWorkerPool(options: PoolOptions): Promise<WorkerPool> {
  const { log, functionsModule, maxWorkers = 64, keepSparesMillis = 60_000 } = options;
  const workers = new Map<string, WorkerProcess>();
  let isClosing = false;
  // Loading is all CPU, and a job asks for all its workers at once: no more of them side by side than there are cores.
  const starts = bulkhead(availableParallelism(), Infinity);
  const spares = createSpareWorkers({
    fork: () => forkWorker(functionsModule),
    whenThereIsRoom: (load) => void starts.execute(load),
    keepMillis: keepSparesMillis,
  });

  async function start({ workerId, controlEndpoint }: StartWorkerRequest): Promise<void> {
    if (!controlEndpoint) throw new Error('no control endpoint is given');
    await starts.execute(() => startProcess(workerId, controlEndpoint.url));
  }

  async function startProcess(workerId: string, controlUrl: string): Promise<void> {
    // The same id again is a new attempt of the runner: the old process would answer on the same channel.
    while (workers.has(workerId)) await stop(workerId);
    if (isClosing) throw new Error('this pool is being stopped');
    if (workers.size >= maxWorkers) throw new Error(`this pool has ${maxWorkers} workers already, its limit`);
    const worker = spares.take() ?? forkWorker(functionsModule);
    const { pid } = worker;
    workers.set(workerId, worker);
    spares.workersAre(workers.size);
    void worker.exited.then(({ code, signal }) => {
      workers.delete(workerId);
      spares.workersAre(workers.size);
      if (code !== 0) log.warn({ worker: workerId, pid, code, signal }, 'a worker died');
    });
    await worker.begin(workerId, controlUrl);
    log.info({ worker: workerId, pid }, 'worker started');
  }

  async function stop(workerId: string): Promise<void> {
    await workers.get(workerId)?.stop();
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
    workers: () => new Map([...workers].flatMap(([id, { pid }]) => (pid === undefined ? [] : [[id, pid]]))),
    spares: () => spares.size,
    async collectMetrics() {
      const snapshots = await Promise.all([...workers.values()].map((worker) => worker.metrics()));
      return snapshots.filter((snapshot) => snapshot !== undefined);
    },
    async close() {
      isClosing = true;
      await spares.close();
      while (workers.size > 0) await Promise.all([...workers.keys()].map(stop));
      server.forceShutdown();
    },
  };
}
