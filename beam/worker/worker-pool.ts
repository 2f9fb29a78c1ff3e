/**
 * The worker pool (Fn API, service BeamFnExternalWorkerPool): the runner asks it to start and stop workers, and it forks
 * one Node process for each, so that workers use all cores and one that dies takes no other with it.
 *
 * Stands in for apache-beam's worker/external_worker_service.js, which runs all workers on one thread.
 */
import { availableParallelism } from 'node:os';
import '../sdk.js';
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
import type { Work } from './worker-main.js';
import type { MetricsSnapshot } from '../operators/worker-metrics.js';
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
  /** The largest gRPC message between the runner and a worker: a message holds at least one whole element. */
  readonly maxMessageBytes: number;
  readonly log: PoolLog;
  /** Most workers at once, 64 unless given; the runner is told of a refusal. */
  readonly maxWorkers?: number;
  /** How long a worker that ended has a spare in its place. */
  readonly keepSparesMillis?: number;
  /** A worker that was not used in so long gives way to another, when there are too many. */
  readonly forgottenMillis?: number;
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

/**
 * What the workers of one attempt of a job have in common. The runner's next bundle for a worker that died between two bundles waits for
 * ever (nothing in Beam's FnApiControlClient.handle answers it once the channel has broken), which shows only when a checkpoint is
 * overdue; a bundle that another worker of the job fails shows at once.
 * Source of the form FACTORY-NUMBER: DefaultJobBundleFactory in Beam's runners-java-fn-execution.
 */
const jobOf = (workerId: string) => workerId.split('-')[0];

/** Starts the service. Rejects when the address cannot be bound. */
export async function startWorkerPool(options: PoolOptions): Promise<WorkerPool> {
  const {
    log,
    functionsModule,
    maxMessageBytes,
    maxWorkers = 64,
    keepSparesMillis = 60_000,
    forgottenMillis = 60_000,
  } = options;
  const workers = new Map<string, WorkerProcess>();
  let isClosing = false;
  // Loading is all CPU, and a job asks for all its workers at once: no more of them side by side than there are cores.
  const starts = bulkhead(availableParallelism(), Infinity);
  const spares = createSpareWorkers({
    fork: () => forkWorker(functionsModule, maxMessageBytes),
    whenThereIsRoom: (load) => void starts.execute(load),
    keepMillis: keepSparesMillis,
  });

  async function start({ workerId, controlEndpoint, provisionEndpoint }: StartWorkerRequest): Promise<void> {
    if (!controlEndpoint) throw new Error('no control endpoint is given');
    const work = { workerId, controlEndpoint: controlEndpoint.url, provisionEndpoint: provisionEndpoint?.url };
    await starts.execute(() => startProcess(work));
  }

  async function startProcess(work: Work): Promise<void> {
    const { workerId } = work;
    // The same id again is a new attempt of the runner: the old process would answer on the same channel.
    while (workers.has(workerId)) await stop(workerId);
    if (isClosing) throw new Error('this pool is being stopped');
    if (workers.size >= maxWorkers) await stopForgotten();
    if (workers.size >= maxWorkers) throw new Error(`this pool has ${maxWorkers} workers already, its limit`);
    const worker = spares.take() ?? forkWorker(functionsModule, maxMessageBytes);
    const { pid } = worker;
    workers.set(workerId, worker);
    spares.workersAre(workers.size);
    void worker.exited.then(({ code, signal }) => {
      workers.delete(workerId);
      spares.workersAre(workers.size);
      if (code === 0) return;
      log.warn({ worker: workerId, pid, code, signal }, 'a worker died');
      for (const [id, sibling] of workers)
        if (jobOf(id) === jobOf(workerId)) sibling.fail(`worker ${workerId} of this job died`);
    });
    await worker.begin(work);
    log.info({ worker: workerId, pid }, 'worker started');
  }

  /**
   * Stops a worker that its runner has forgotten, if there is one. Flink forgets one when it cancels a task that waits for it, and
   * the worker stays connected to a TaskManager that never calls it: a job that fails again and again leaves one each time.
   */
  async function stopForgotten(): Promise<void> {
    const forgotten = [...workers].find(([, { unusedMillis }]) => unusedMillis > forgottenMillis);
    if (!forgotten) return;
    const [workerId, { pid }] = forgotten;
    log.warn({ worker: workerId, pid }, 'the limit is reached: a worker that was never used gives way');
    await stop(workerId);
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
    server.bindAsync(
      `${options.host.includes(':') ? `[${options.host}]` : options.host}:${options.port}`,
      grpc.ServerCredentials.createInsecure(),
      (error, bound) => (error ? reject(error) : resolve(bound)),
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
