/**
 * One worker process, forked by the pool: `worker-main.js WORKER_ID CONTROL_ENDPOINT FUNCTIONS_MODULE`.
 *
 * It ends with its runner (a channel closed or broken), with its pool (IPC channel closed, also by `kill -9`), and on SIGTERM
 * after the bundles under way; its log has the reason, and its status is 0.
 */
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pino from 'pino';
import { describeError, framesOf } from '../errors.js';
import { closeFunctions } from './batch-functions.js';
import { registerRowCoder } from './row-coder.js';
import { collectProcessMetrics, metricsSnapshot } from './worker-metrics.js';
import { startWorker } from './worker.js';

/** What the pool asks, and what the worker answers. */
export type PoolMessage = { type: 'metrics'; request: number } | { type: 'stop' };
export type WorkerMessage =
  | { type: 'started' }
  | { type: 'failed'; error: string }
  | { type: 'metrics'; request: number; metrics: Awaited<ReturnType<typeof metricsSnapshot>> };

// Together below what the pool waits for a worker. Batches take up to 5 s only when the metastore or the partner hangs.
const graceMillis = 3_000;
const closeMillis = 1_000;

const [workerId, controlEndpoint, functionsModule] = process.argv.slice(2);
const log = pino({ base: { worker: workerId, pid: process.pid } });
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
process.on('SIGTERM', () => stop());
// The pool stops its workers one by one; a Ctrl-C in the terminal reaches the whole process group.
process.on('SIGINT', () => undefined);

registerRowCoder();
collectProcessMetrics();
try {
  await import(pathToFileURL(functionsModule).href);
} catch (cause) {
  const error = `${functionsModule} cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`;
  log.fatal({ error: cause instanceof Error ? cause.stack : cause }, 'the functions cannot be loaded');
  await new Promise((resolve) => process.send!({ type: 'failed', error } satisfies WorkerMessage, resolve));
  process.exit(1);
}

const worker = startWorker(workerId, controlEndpoint, log);
stop = () => void worker.stop(graceMillis);
process.on('message', (message: PoolMessage) => {
  if (message.type === 'stop') stop();
  else {
    void metricsSnapshot().then((metrics) =>
      process.send?.({ type: 'metrics', request: message.request, metrics } satisfies WorkerMessage),
    );
  }
});
process.send?.({ type: 'started' } satisfies WorkerMessage);

const reason = await worker.ended;
log.info({ reason }, 'worker ends');
await Promise.race([closeFunctions(), setTimeout(closeMillis)]);
process.exit(0);
