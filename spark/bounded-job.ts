/** Jobs with an end on Spark: submitted, and waited for. */
import { submitPipeline } from '../beam/pipeline/portable-runner.js';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';

export interface BoundedJob {
  /** Unlike that of any other job: Spark shows it as the application's. */
  readonly name: string;
  readonly build: Parameters<typeof submitPipeline>[0];
  /** Called now and then while the job runs. */
  readonly onProgress: () => Promise<void>;
  /** Cancels the job. */
  readonly signal: AbortSignal;
}

const tellMs = 1_000;

/**
 * Runs a job with an end; resolves when it has ended well. Not idempotent. Fails with JOB_SERVER_UNREACHABLE, also where the job server dies, which is
 * the job's driver, with SPARK_BUSY, JOB_FAILED and INTERRUPTED.
 */
export async function runOnSpark(config: Config, { name, build, onProgress, signal }: BoundedJob): Promise<void> {
  const timer = setInterval(() => void onProgress().catch(() => undefined), tellMs);
  try {
    await submitPipeline(build, {
      jobName: name,
      jobServer: config.sparkJobServer,
      workerPool: config.workerPool,
      runnerOptions: { appName: name },
      isBounded: true,
      signal,
    });
  } catch (error) {
    if (signal.aborted)
      throw new OperatorError('INTERRUPTED', `${name} was cancelled: nothing was written`, { exitCode: 130 });
    throw explained(config, name, error);
  } finally {
    clearInterval(timer);
  }
}

function explained({ sparkJobServer }: Config, name: string, error: unknown): OperatorError {
  const { code, message } = error as { code?: string; message: string };
  const cause = { cause: error };
  if (code === 'UNAVAILABLE')
    return new OperatorError(
      'JOB_SERVER_UNREACHABLE',
      `Spark's job server does not answer at ${sparkJobServer}: start it with \`orderflow up --with spark\`, or set ORDERFLOW_SPARK_JOB_SERVER; ` +
        'a job that it had is gone with it, and nothing was written: run it again',
      cause,
    );
  if (message.includes('Only one SparkContext'))
    return new OperatorError(
      'SPARK_BUSY',
      "Spark's job server has a job already, and runs one at a time: wait until it has ended, and run this again",
      cause,
    );
  const [firstLine] = message.split('\n');
  return new OperatorError(
    'JOB_FAILED',
    `${name} failed on Spark: ${firstLine}; nothing was written: run it again (see \`orderflow logs spark-job-server\`)`,
    cause,
  );
}
