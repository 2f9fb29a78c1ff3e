/** Jobs with an end on Flink: submitted, and waited for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { submitPipeline } from '../beam/pipeline/portable-runner.js';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { boundedOptions } from './options.js';
import { askFlink, cancelJob, flinkError } from './rest.js';
import { jobServerTls, submissionError } from './submit.js';

interface Overview {
  readonly jobs: readonly { readonly jid: string; readonly name: string; readonly state: string }[];
}

export interface BoundedJob {
  /** Unlike that of any other job. */
  readonly name: string;
  readonly build: Parameters<typeof submitPipeline>[0];
  readonly parallelism: number;
  /** Called now and then while the job runs, which goes on where this rejects. */
  readonly onProgress: () => Promise<void>;
  /** Cancels the job. */
  readonly signal: AbortSignal;
}

const pollMs = 500;

/** A JobManager that starts again takes up its jobs within a minute. In ms. */
const longestSilenceMs = 120_000;

/**
 * Runs a job with an end; resolves when it has finished. Not idempotent. Fails with JOB_FAILED, INTERRUPTED, FLINK_UNREACHABLE, or as a submission
 * does.
 */
export async function runOnFlink(config: Config, job: BoundedJob): Promise<void> {
  const { name, build, parallelism } = job;
  await submitPipeline(build, {
    jobName: name,
    jobServer: config.jobServer,
    ...jobServerTls(config),
    workerPool: config.workerPool,
    runnerOptions: boundedOptions(parallelism),
    isBounded: true,
  }).catch((error: unknown) => {
    throw submissionError(config, name, error);
  });
  await waitUntilFinished(config, job);
}

/**
 * Waits for a job of that name. One that ended while the JobManager was down is known to nobody any more: as when Flink does not answer, that is
 * told after `silenceMs`. Fails as runOnFlink does.
 */
export async function waitUntilFinished(
  config: Config,
  { name, onProgress, signal }: Pick<BoundedJob, 'name' | 'onProgress' | 'signal'>,
  silenceMs = longestSilenceMs,
): Promise<void> {
  let heardAt = performance.now();
  for (;;) {
    const job = await jobState(config, name).catch((error: unknown) => {
      if (performance.now() - heardAt > silenceMs) throw flinkError(config, error);
      return undefined;
    });
    if (job) heardAt = performance.now();
    if (job?.state === 'FINISHED') return;
    if (job?.state === 'FAILED' || job?.state === 'CANCELED') throw await failed(config, name, job);
    if (signal.aborted && job) {
      await cancelJob(config, job.jid).catch(() => undefined);
      throw new OperatorError('INTERRUPTED', `${name} was cancelled: nothing was written`, { exitCode: 130 });
    }
    await onProgress().catch(() => undefined);
    await sleep(pollMs);
  }
}

/** Fails with JOB_FAILED where Flink does not know the job, and as askFlink does. */
async function jobState(config: Config, name: string) {
  const { jobs } = await askFlink<Overview>(config, '/jobs/overview');
  const found = jobs.find((job) => job.name === name);
  if (found) return found;
  const message = `Flink at ${config.flinkUrl} does not know ${name}: its JobManager was started again meanwhile; nothing was written: run it again`;
  throw new OperatorError('JOB_FAILED', message);
}

interface Exceptions {
  readonly exceptionHistory: { readonly entries: readonly { readonly stacktrace: string }[] };
}

/** What a worker said stands in Flink's trace, behind the names of Java's classes. */
const workersWords = /backfill-(?:read|ask|write)[^\n]*/;

async function failed(config: Config, name: string, { jid, state }: Overview['jobs'][number]): Promise<OperatorError> {
  const found = await askFlink<Exceptions>(config, `/jobs/${jid}/exceptions?maxExceptions=1`).catch(() => undefined);
  const said = workersWords.exec(found?.exceptionHistory.entries[0]?.stacktrace ?? '')?.[0];
  const why = said ? `: ${said}` : '';
  return new OperatorError(
    'JOB_FAILED',
    `${name} is ${state} on Flink${why}; nothing was written: run it again (see ${config.flinkUrl}/#/job/${jid}/exceptions)`,
  );
}
