/**
 * One worker process, forked by the pool: `worker-main.js FUNCTIONS_MODULE MAX_MESSAGE_BYTES`. It loads the functions, and works when it is told for whom.
 *
 * It ends with its runner (a channel closed or broken), with its pool (IPC channel closed, also by `kill -9`), and on SIGTERM
 * after the bundles under way; its log has the reason, and its status is 0.
 */
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pino from 'pino';
import { describeError, framesOf } from '../../errors.js';
import { readJobName } from '../fn-api/provision.js';
import { closeFunctions } from '../operators/batch-functions.js';
import { nameStage } from '../operators/bundle-error.js';
import { registerRowCoder } from '../operators/row-coder.js';
import { collectProcessMetrics, metricsSnapshot } from '../operators/worker-metrics.js';
import { startWorker, type Worker } from './worker.js';

/** What the runner asks the pool for. */
export interface Work {
  readonly workerId: string;
  readonly controlEndpoint: string;
  /** Where the runner tells of the job; not every runner does. */
  readonly provisionEndpoint?: string;
}

/** What the pool asks, and what the worker answers. */
export type PoolMessage =
  | { type: 'work'; work: Work }
  | { type: 'fail'; reason: string }
  | { type: 'metrics'; request: number }
  | { type: 'stop' };
export type WorkerMessage =
  | { type: 'loaded' }
  /** The name of its job, where the runner tells it. */
  | { type: 'started'; job: string | undefined }
  /** The runner has given it something to do. */
  | { type: 'used' }
  | { type: 'failed'; error: string }
  | { type: 'metrics'; request: number; metrics: Awaited<ReturnType<typeof metricsSnapshot>> };

// Together below what the pool waits for a worker. Batches take up to 5 s only when the metastore or the partner hangs.
const graceMillis = 3_000;
const closeMillis = 1_000;

const [functionsModule, maxMessageBytes] = process.argv.slice(2);
if (functionsModule === undefined) throw new Error('it was not told which functions to load');
let log = pino({ base: { pid: process.pid } });
// The SDK writes a line per bundle.
console.debug = () => undefined;

const shown = (error: unknown) => [describeError(error), ...framesOf(error)].join('\n');
process.on('uncaughtException', (error) => {
  log.fatal({ error: shown(error) }, 'uncaught exception: this worker ends, and the runner repeats its bundles');
  process.exit(1);
});
process.on('unhandledRejection', (error) => {
  log.fatal({ error: shown(error) }, 'unhandled rejection: this worker ends, and the runner repeats its bundles');
  process.exit(1);
});
process.on('disconnect', () => process.exit(0));
// The pool may have gone before anything here listened.
if (process.connected === false) process.exit(0);
// Until there is a worker, there is nothing to finish.
let stop = (): void => process.exit(0);
let failure: string | undefined;
let fail: Worker['fail'] = (reason) => (failure = reason);
process.on('SIGTERM', () => stop());
// The pool stops its workers one by one; a Ctrl-C in the terminal reaches the whole process group.
process.on('SIGINT', () => undefined);

const say = (message: WorkerMessage) =>
  new Promise((resolve) => {
    if (process.connected) process.send!(message, resolve);
    else resolve(undefined);
  });
const work = new Promise<Work>((resolve) => {
  process.on('message', (message: PoolMessage) => {
    if (message.type === 'work') resolve(message.work);
    else if (message.type === 'stop') stop();
    else if (message.type === 'fail') fail(message.reason);
    else void metricsSnapshot().then((metrics) => say({ type: 'metrics', request: message.request, metrics }));
  });
});

registerRowCoder();
collectProcessMetrics();
try {
  await import(pathToFileURL(functionsModule).href);
} catch (cause) {
  const error = `${functionsModule} cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`;
  log.fatal({ error: cause instanceof Error ? cause.stack : cause }, 'the functions cannot be loaded');
  await say({ type: 'failed', error });
  process.exit(1);
}
// What `ps` shows.
process.title = 'orderflow worker: spare';
void say({ type: 'loaded' });

const { workerId, controlEndpoint, provisionEndpoint } = await work;
log = log.child({ worker: workerId });
const stage = await stageOf(workerId, provisionEndpoint);
nameStage(stage);
process.title = `orderflow worker: ${stage ?? 'stage unknown'} ${workerId}`;
const worker = startWorker(workerId, controlEndpoint, log, { maxMessageBytes: Number(maxMessageBytes) });
stop = () => void worker.stop(graceMillis);
fail = worker.fail;
if (failure !== undefined) fail(failure);
void say({ type: 'started', job: stage });
void worker.used.then(() => say({ type: 'used' }));

const reason = await worker.ended;
log.info({ reason }, 'worker ends');
await Promise.race([closeFunctions(), setTimeout(closeMillis)]);
process.exit(0);

/** A job has the name of its stage. Work can be done without it: errors then do not name it. */
async function stageOf(worker: string, endpoint: string | undefined): Promise<string | undefined> {
  if (endpoint === undefined) return undefined;
  return readJobName(endpoint, worker).catch((error: unknown) => {
    log.warn({ error: describeError(error) }, "the runner did not tell the job's name");
    return undefined;
  });
}
