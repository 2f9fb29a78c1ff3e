/** Starts and stops the stages' jobs on Flink. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { withPool, type Pool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { type JobState, recordJobState } from '../metastore/job-states.js';
import { stageNames, type StageName } from '../model/stages.js';
import { checkPartitions, checkResource, connections, planWith, runningPlan, taskSlots, workers } from './capacity.js';
import { checkInputs } from './inputs.js';
import { type JobStatus, listJobs } from './jobs.js';
import { checkPartners } from './partners.js';
import { cancelJob, flinkError, lastState, takeCheckpoint, takeSavepoint } from './rest.js';
import { type StageState, submitEach, type SubmitOptions } from './submissions.js';
import { failOnTrouble } from './troubles.js';

/** A JobManager that deploys jobs answers late, or with an error about a job that just came or went. */
const patiently = retry(
  handleWhen((error) => !(error instanceof OperatorError)),
  { maxAttempts: 8, backoff: new ExponentialBackoff({ maxDelay: 1_000 }) },
);

/** Asks Flink. Fails with FLINK_UNREACHABLE after some seconds of no good answer, and at once where it does not let us. */
async function askPatiently<T>(config: Config, ask: (config: Config) => Promise<T>): Promise<T> {
  try {
    return await patiently.execute(() => ask(config));
  } catch (error) {
    throw flinkError(config, error);
  }
}

/** The stages' jobs that have not ended, by name. Fails with FLINK_UNREACHABLE. */
export async function runningStages(config: Config) {
  const jobs = await askPatiently(config, listJobs);
  return jobs.filter((job) => (stageNames as readonly string[]).includes(job.name));
}

const jobsOf = async (
  config: Config,
  names: readonly StageName[],
): Promise<readonly (JobStatus & { name: StageName })[]> =>
  (await runningStages(config)).flatMap((job) => {
    const name = names.find((each) => each === job.name);
    return name ? [{ ...job, name }] : [];
  });

/** How long `stop` waits for a job that starts, in ms. */
const startingMs = 20_000;

/** How long `stop` waits for a job's last checkpoint, in ms. */
const commitMs = 5_000;

/**
 * Submits those of the stages that have no job yet, and answers which, and where each goes on. Safe to call again. Fails with
 * FLINK_UNREACHABLE, METASTORE_UNREACHABLE, or as checkCapacity, checkInputs, checkPartners and submitEach do.
 */
export async function submitMissing(
  config: Config,
  names: readonly StageName[],
  options: SubmitOptions = {},
): Promise<StageState[]> {
  return withPool(databaseOf(config, 'operator'), async (pool) => {
    const missing = await withoutJob(config, names);
    await checkCapacity(config, pool, missing);
    await checkInputs(config, pool, missing);
    await checkPartners(config, missing);
    return submitEach(config, pool, missing, options);
  });
}

async function withoutJob(config: Config, names: readonly StageName[]): Promise<StageName[]> {
  const running = new Set((await runningStages(config)).map((job) => job.name));
  return names.filter((name) => !running.has(name));
}

/** Fails with TOO_FEW_PARTITIONS, TOO_FEW_SLOTS, TOO_FEW_WORKERS or TOO_FEW_CONNECTIONS when stages do not fit beside, or in place of, what runs. */
async function checkCapacity(config: Config, pool: Pool, names: readonly StageName[]): Promise<void> {
  if (names.length === 0) return;
  checkPartitions(config);
  const now = await askPatiently(config, runningPlan);
  const limits = [await askPatiently(config, taskSlots), await workers(config), await connections(config, pool)];
  for (const resource of limits.flat()) checkResource(resource, now, planWith(now, config, names), names);
}

/** Waits until the stages' jobs run in all their tasks. Fails with JOB_NOT_RUNNING after `timeoutMillis`, and where Kafka refuses one. */
export async function waitUntilRunning(
  config: Config,
  names: readonly StageName[],
  timeoutMillis = 120_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMillis;
  for (;;) {
    const jobs = await jobsOf(config, names);
    const waiting = names.filter((name) => !jobs.some((job) => job.name === name && job.hasStarted));
    if (waiting.length === 0) return;
    await failOnTrouble(config, jobs);
    if (performance.now() > deadline) {
      const message = `the job of ${waiting.join(', ')} does not run: see ${config.flinkUrl} and \`orderflow logs taskmanager\``;
      throw new OperatorError('JOB_NOT_RUNNING', message);
    }
    await sleep(500);
  }
}

/** Takes a savepoint of each of the stages' jobs, which go on. Fails with NOT_RUNNING or SAVEPOINT_FAILED. */
export async function saveStages(config: Config, names: readonly StageName[]): Promise<StageState[]> {
  const jobs = await jobsOf(config, names);
  const missing = names.filter((name) => !jobs.some((job) => job.name === name));
  if (missing.length > 0)
    throw new OperatorError(
      'NOT_RUNNING',
      `${missing.join(', ')} has no job to take a savepoint of: see \`orderflow status\``,
    );
  return withPool(databaseOf(config, 'operator'), (pool) =>
    Promise.all(
      jobs.map(async ({ id, name }) => {
        const state = await takeSavepoint(config, id, { cancel: false }).catch((error: Error) => {
          throw new OperatorError(
            'SAVEPOINT_FAILED',
            `${name}: ${error.message}: see \`orderflow status\`, and try again`,
            {
              cause: error,
            },
          );
        });
        await recordJobState(pool, name, state);
        return { name, state };
      }),
    ),
  );
}

/**
 * Stops the stages' jobs, each with a savepoint, or, when it cannot take one, at its last checkpoint: what was read since then is
 * read again. Waits until they have ended, and answers which there were and what they left. Safe to call again.
 */
export async function stopStages(config: Config, names: readonly StageName[]): Promise<StageState[]> {
  const jobs = await jobsOf(config, names);
  if (jobs.length === 0) return [];
  return withPool(databaseOf(config, 'operator'), async (pool) => {
    const stopped = await Promise.all(
      jobs.map(async ({ id, name }): Promise<StageState> => {
        // One that just starts can take a savepoint in a moment.
        await waitUntilRunning(config, [name], startingMs).catch(() => {});
        const state = await stopJob(config, id);
        if (state) await recordJobState(pool, name, state);
        return { name, ...(state && { state }) };
      }),
    );
    while ((await jobsOf(config, names)).length > 0) await sleep(200);
    return stopped;
  });
}

async function stopJob(config: Config, id: string): Promise<JobState | undefined> {
  try {
    // So that its group has committed all that the savepoint has: nobody then waits for what is done, or reads it again.
    await takeCheckpoint(config, id, commitMs).catch(() => {});
    return await takeSavepoint(config, id, { cancel: true });
  } catch {
    // It restarts again and again, say: that it stops is what was asked for.
    await patiently.execute(() => cancelJob(config, id));
    return patiently.execute(() => lastState(config, id));
  }
}

/**
 * Stops a stage's job and submits it again from where it was, as it is built and configured now: new code, another parallelism, fresh
 * workers. One stage after another, so that the others go on. What does not fit is refused before anything is stopped. Fails as its parts
 * do; the stage that it was at is submitted by calling it again, or by `submit`.
 */
export async function restartStages(
  config: Config,
  names: readonly StageName[],
  onRestarted: (state: StageState) => void,
  options: Pick<SubmitOptions, 'dropState'> = {},
): Promise<void> {
  await withPool(databaseOf(config, 'operator'), async (pool) => {
    await checkCapacity(config, pool, names);
    await checkInputs(config, pool, names);
    await checkPartners(config, names);
    for (const name of names) {
      await stopStages(config, [name]);
      const [state] = await submitEach(config, pool, await withoutJob(config, [name]), options);
      await waitUntilRunning(config, [name]);
      onRestarted(state ?? { name });
    }
  });
}
