/**
 * The worker pool (Fn API, service BeamFnExternalWorkerPool): the runner asks it to start and stop workers, and it forks
 * one Node process for each, so that workers use all cores and one that dies takes no other with it.
 *
 * Stands in for apache-beam's worker/external_worker_service.js, which runs all workers on one thread.
 */
import { connect } from 'node:net';
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
  /** Process ids of the workers, by worker id; by id and runner where another runner's worker has the id, too. */
  workers(): ReadonlyMap<string, number>;
  /** How many processes wait to become workers. */
  spares(): number;
  /** Metrics of every worker that answers in time. */
  collectMetrics(): Promise<MetricsSnapshot[]>;
  /** Stops the workers, then the service. */
  close(): Promise<void>;
}

/**
 * Whether two are workers of one attempt of a job. A bundle that the runner sends in the moment in which its worker dies waits for ever (nothing in Beam's
 * FnApiControlClient.handle answers it once the channel has broken), which shows only when a checkpoint is overdue; a bundle that another worker
 * of the job fails shows at once.
 * Source of the form FACTORY-NUMBER: DefaultJobBundleFactory in Beam's runners-java-fn-execution. Factories are numbered in each JVM of a runner; the
 * job's name tells a stream's workers from those of a backfill. One that does not know it, or not yet, may be of any job.
 */
function areOfOneJob(one: Member, other: Member): boolean {
  const [factory, otherFactory] = [one, other].map(({ workerId }) => workerId.split('-')[0]);
  const [job, otherJob] = [one, other].map(({ worker }) => worker.job);
  return factory === otherFactory && (job === otherJob || job === undefined || otherJob === undefined);
}

/**
 * A worker of the pool. Ids are numbered in each JVM of a runner: two TaskManagers, or one and an executor of Spark, give the same ones. Where the runner listens
 * tells them apart.
 */
interface Member {
  readonly workerId: string;
  readonly controlUrl: string;
  readonly worker: WorkerProcess;
}

/** So long a worker's runner may take to ask that it be stopped, after it has ended by itself. In ms. */
const askedLateMs = 60_000;

/** Whether nobody listens there any more: the runner's process has ended. */
function isGone(url: string): Promise<boolean> {
  const { hostname, port } = new URL(`tcp://${url}`);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port), timeout: 1_000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(false));
    socket.once('timeout', () => end(false));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED'));
  });
}

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
  let members: readonly Member[] = [];
  /** Workers that have ended by themselves, whose runners may still ask to stop them: id, and when that was. */
  let endedByThemselves: readonly { readonly workerId: string; readonly at: number }[] = [];
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
    const { workerId, controlEndpoint: controlUrl } = work;
    await makeWay(workerId, controlUrl);
    if (isClosing) throw new Error('this pool is being stopped');
    if (members.length >= maxWorkers) await stopForgotten();
    if (members.length >= maxWorkers) throw new Error(`this pool has ${maxWorkers} workers already, its limit`);
    const member = { workerId, controlUrl, worker: spares.take() ?? forkWorker(functionsModule, maxMessageBytes) };
    const { pid } = member.worker;
    members = [...members, member];
    spares.workersAre(members.length);
    void member.worker.exited.then(({ code, signal }) => {
      // Not one of those that were stopped.
      if (members.includes(member)) endedByThemselves = [...endedByThemselves, { workerId, at: performance.now() }];
      forget(member);
      if (code === 0) return;
      log.warn({ worker: workerId, pid, code, signal }, 'a worker died');
      for (const sibling of members)
        if (areOfOneJob(sibling, member)) sibling.worker.fail(`worker ${workerId} of this job died`);
    });
    await member.worker.begin(work);
    log.info({ worker: workerId, pid }, 'worker started');
  }

  function forget(member: Member): void {
    members = members.filter((each) => each !== member);
    spares.workersAre(members.length);
  }

  /**
   * The same id again of the same runner is a new attempt: the old process would answer on the same channel. Of another one it is another worker, unless
   * that runner is there no more.
   */
  async function makeWay(workerId: string, controlUrl: string): Promise<void> {
    for (const member of members.filter((each) => each.workerId === workerId && each.controlUrl !== controlUrl))
      if (await isGone(member.controlUrl)) await stop(member);
    const ofThis = () => members.find((each) => each.workerId === workerId && each.controlUrl === controlUrl);
    for (let member = ofThis(); member; member = ofThis()) await stop(member);
  }

  /**
   * Stops a worker that its runner has forgotten, if there is one. Flink forgets one when it cancels a task that waits for it, and
   * the worker stays connected to a TaskManager that never calls it: a job that fails again and again leaves one each time.
   */
  async function stopForgotten(): Promise<void> {
    const forgotten = members.find(({ worker }) => worker.unusedMillis > forgottenMillis);
    if (!forgotten) return;
    const { workerId, worker } = forgotten;
    log.warn({ worker: workerId, pid: worker.pid }, 'the limit is reached: a worker that was never used gives way');
    await stop(forgotten);
  }

  async function stop(member: Member): Promise<void> {
    forget(member);
    await member.worker.stop();
  }

  /**
   * A runner says an id, and not who it is. The worker may have ended by itself, as it does when the runner closes its channel; where two runners have a
   * worker of that id, that is left to the channel.
   */
  async function stopById(workerId: string): Promise<void> {
    const now = performance.now();
    endedByThemselves = endedByThemselves.filter(({ at }) => now - at < askedLateMs);
    const ended = endedByThemselves.find((each) => each.workerId === workerId);
    if (ended) {
      endedByThemselves = endedByThemselves.filter((each) => each !== ended);
      return;
    }
    const [member, other] = members.filter((each) => each.workerId === workerId);
    if (member && !other) await stop(member);
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
      void stopById(call.request.workerId).then(() => reply(null, { error: '' }));
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
    workers: () =>
      new Map(
        members.flatMap(({ workerId, controlUrl, worker: { pid } }) => {
          const isAlone = members.filter((each) => each.workerId === workerId).length === 1;
          return pid === undefined ? [] : [[isAlone ? workerId : `${workerId} ${controlUrl}`, pid]];
        }),
      ),
    spares: () => spares.size,
    async collectMetrics() {
      const snapshots = await Promise.all(members.map(({ worker }) => worker.metrics()));
      return snapshots.filter((snapshot) => snapshot !== undefined);
    },
    async close() {
      isClosing = true;
      await spares.close();
      while (members.length > 0) await Promise.all(members.map(stop));
      server.forceShutdown();
    },
  };
}
