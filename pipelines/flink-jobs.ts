/** Starts and stops the stages' jobs on Flink. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ExponentialBackoff, handleAll, retry } from 'cockatiel';
import { request } from 'undici';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { listJobs } from '../local/jobs.js';
import { stageNames, type StageName } from './stages.js';
import { submitStage } from './submit.js';

/** A JobManager that deploys jobs answers late, or with an error about a job that just came or went. */
const patiently = retry(handleAll, { maxAttempts: 8, backoff: new ExponentialBackoff({ maxDelay: 1_000 }) });

/** The stages' jobs that have not ended, by name. Fails with FLINK_UNREACHABLE after some seconds of no good answer. */
export async function runningStages(config: Config) {
  try {
    const jobs = await patiently.execute(() => listJobs(config));
    return jobs.filter((job) => (stageNames as readonly string[]).includes(job.name));
  } catch (error) {
    const message = `Flink does not answer at ${config.flinkUrl}: start it with \`orderflow up\`, or set ORDERFLOW_FLINK_URL`;
    throw new OperatorError('FLINK_UNREACHABLE', message, { cause: error });
  }
}

/** Submits those of the stages that have no job yet, and answers which. Safe to call again. */
export async function submitMissing(config: Config, names: readonly StageName[]): Promise<StageName[]> {
  const running = new Set((await runningStages(config)).map((job) => job.name));
  const missing = names.filter((name) => !running.has(name));
  // Not side by side: the expansion service sometimes fails then ("Cannot convert between types").
  for (const name of missing) await submitStage(config, name);
  return missing;
}

/** Waits until the stages' jobs run in all their tasks. Fails with JOB_NOT_RUNNING after `timeoutMillis`. */
export async function waitUntilRunning(
  config: Config,
  names: readonly StageName[],
  timeoutMillis = 120_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMillis;
  for (;;) {
    const running = (await runningStages(config)).filter((job) => job.hasStarted).map((job) => job.name);
    const waiting = names.filter((name) => !running.includes(name));
    if (waiting.length === 0) return;
    if (Date.now() > deadline) {
      const message = `the job of ${waiting.join(', ')} does not run: see ${config.flinkUrl} and \`orderflow logs taskmanager\``;
      throw new OperatorError('JOB_NOT_RUNNING', message);
    }
    await sleep(500);
  }
}

/** Cancels the jobs of the stages, waits until they have ended, and answers which there were. Safe to call again. */
export async function cancelStages(config: Config, names: readonly StageName[]): Promise<string[]> {
  const jobsOf = async () =>
    (await runningStages(config)).filter((job) => (names as readonly string[]).includes(job.name));
  const jobs = await jobsOf();
  for (const { id } of jobs) {
    const { body } = await request(`${config.flinkUrl}/jobs/${id}?mode=cancel`, { method: 'PATCH' });
    await body.dump();
  }
  while ((await jobsOf()).length > 0) await sleep(200);
  return jobs.map((job) => job.name);
}
