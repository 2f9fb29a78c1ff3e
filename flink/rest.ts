/**
 * Flink's REST API: the questions, and what the commands ask beyond the state of its jobs.
 * Source: https://nightlies.apache.org/flink/flink-docs-release-1.19/docs/ops/rest_api/
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import type { JobState } from '../metastore/job-states.js';
import { filesFor } from '../model/principals.js';
import { tlsAgent } from '../model/tls-agent.js';
import { readSecret } from '../model/secret-file.js';
import { tlsProblem } from '../model/tls-files.js';

/** Where Flink is, and how one shows who one is. */
export type FlinkAccess = Pick<Config, 'flinkUrl' | 'flinkTls' | 'flinkTokenFile' | 'principal'>;

/** Longest time that Flink may take to answer one question, in ms. */
const patienceMs = 3_000;

/** A savepoint waits for the bundles under way, and is written to disk: more than this means that it will not come. In ms. */
const savepointLimitMs = 90_000;

interface Operation {
  readonly status: { readonly id: 'IN_PROGRESS' | 'COMPLETED' };
  readonly operation?: {
    /** Of a savepoint. */
    readonly location?: string;
    /** Of a checkpoint. */
    readonly checkpointId?: number;
    readonly 'failure-cause'?: { readonly class: string };
  };
}

/** What askFlink rejected with, in one sentence: FLINK_UNREACHABLE, unless it is one already. */
export function flinkError({ flinkUrl }: Pick<Config, 'flinkUrl'>, error: unknown): OperatorError {
  if (error instanceof OperatorError) return error;
  const { code } = error as { code?: string };
  // A server that takes no certificate of ours says so in the middle of its end: what is seen of it is at times the end alone.
  const isEnded = flinkUrl.startsWith('https:') && (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET');
  const message = isEnded
    ? `Flink at ${flinkUrl} ends the connection: it starts, or does not take the certificate of ORDERFLOW_FLINK_CERT_FILE`
    : `Flink does not answer at ${flinkUrl}: start it with \`orderflow up\`, or set ORDERFLOW_FLINK_URL`;
  return new OperatorError('FLINK_UNREACHABLE', message, { cause: error });
}

interface Asking {
  readonly method?: 'GET' | 'POST' | 'PATCH';
  readonly body?: object;
}

/**
 * Asks Flink's REST API, and answers with its JSON; a change may take longer than a question. Rejects when it does not answer in time, or with
 * another status than 2xx; with OperatorError FLINK_FORBIDDEN or FLINK_UNTRUSTED where asking again is of no use.
 */
export async function askFlink<T>(
  config: FlinkAccess,
  path: string,
  { method = 'GET', body }: Asking = {},
): Promise<T> {
  const { flinkUrl, flinkTls, flinkTokenFile, principal } = config;
  const answer = await request(new URL(path, flinkUrl), {
    method,
    dispatcher: tlsAgent(filesFor(flinkTls, principal), 'Flink'),
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(flinkTokenFile && { authorization: `Bearer ${readSecret(flinkTokenFile, 'the token for Flink')}` }),
    },
    body: body ? JSON.stringify(body) : null,
    ...(method === 'GET' && { signal: AbortSignal.timeout(patienceMs) }),
  }).catch((error: unknown) => {
    const problem = tlsProblem(error);
    if (!problem) throw error;
    const message = `Flink at ${flinkUrl}: ${problem} (ORDERFLOW_FLINK_CA_FILE, ORDERFLOW_FLINK_CERT_FILE)`;
    throw new OperatorError('FLINK_UNTRUSTED', message, { cause: error });
  });
  const text = await answer.body.text();
  const { statusCode } = answer;
  if (statusCode === 401 || statusCode === 403) {
    const message = `Flink at ${flinkUrl} does not let ${principal} do that (${statusCode}): see ORDERFLOW_PRINCIPAL, ORDERFLOW_FLINK_CERT_FILE and ORDERFLOW_FLINK_TOKEN_FILE`;
    throw new OperatorError('FLINK_FORBIDDEN', message);
  }
  if (statusCode < 200 || statusCode > 299) throw new Error(`Flink answered ${path} with ${statusCode}`);
  return (text === '' ? {} : JSON.parse(text)) as T;
}

/**
 * Takes a savepoint of a job that runs; with `cancel`, the job is cancelled when it is complete. What was read in between is read again
 * by who goes on from it. Not Flink's own "stop with savepoint": Beam's windows are gone from such a savepoint. Rejects when the job does not
 * run in all its tasks, or the savepoint fails; the job goes on then, unless Flink says otherwise.
 */
export async function takeSavepoint(config: Config, jobId: string, { cancel }: { cancel: boolean }): Promise<JobState> {
  const { location, 'failure-cause': cause } = await operate(config, `/jobs/${jobId}/savepoints`, {
    body: { 'cancel-job': cancel },
    limitMs: savepointLimitMs,
  });
  if (!location) throw new Error(`the savepoint failed: ${cause?.class ?? 'Flink does not say why'}`);
  // By Flink's clock, as that of checkpoints, which it is compared with.
  const known = await lastState(config, jobId).catch(() => undefined);
  return { path: location, kind: 'savepoint', takenAt: known?.path === location ? known.takenAt : Date.now() };
}

/**
 * Takes a checkpoint of a job at once, and with it the job commits to Kafka what it has read: a savepoint commits nothing (Flink's
 * FLIP-203). Rejects when the job does not run in all its tasks, or the checkpoint fails or takes longer than `limitMs`; the job goes on.
 */
export async function takeCheckpoint(config: Config, jobId: string, limitMs: number): Promise<void> {
  const { checkpointId } = await operate(config, `/jobs/${jobId}/checkpoints`, { body: {}, limitMs });
  if (checkpointId === undefined) throw new Error('the checkpoint failed');
}

/** Asks Flink for something that takes its time, and waits for it. */
async function operate(
  config: Config,
  path: string,
  { body, limitMs }: { readonly body: object; readonly limitMs: number },
): Promise<NonNullable<Operation['operation']>> {
  const deadline = performance.now() + limitMs;
  const { 'request-id': requestId } = await askFlink<{ 'request-id': string }>(config, path, { method: 'POST', body });
  for (;;) {
    const { status, operation } = await askFlink<Operation>(config, `${path}/${requestId}`);
    if (status.id === 'COMPLETED') return operation ?? {};
    if (performance.now() > deadline) throw new Error(`${path} took longer than ${limitMs / 1000} s`);
    await sleep(100);
  }
}

/** Ends a job at once. Its last checkpoint stays. Safe to call again. */
export async function cancelJob(config: Config, jobId: string): Promise<void> {
  await askFlink(config, `/jobs/${jobId}?mode=cancel`, { method: 'PATCH' });
}

interface Completed {
  readonly external_path: string;
  readonly latest_ack_timestamp: number;
}
interface Checkpoints {
  readonly latest: {
    readonly completed: Completed | null;
    readonly savepoint: Completed | null;
    /** What it began with, or was set back to. */
    readonly restored: {
      readonly external_path: string;
      readonly restore_timestamp: number;
      readonly is_savepoint: boolean;
    } | null;
  };
}

/** The newest state that Flink knows of a job, running or ended; undefined for one that began with nothing, before its first checkpoint. */
export async function lastState(config: Config, jobId: string): Promise<JobState | undefined> {
  const { latest } = await askFlink<Checkpoints>(config, `/jobs/${jobId}/checkpoints`);
  const of = (kind: JobState['kind'], completed: Completed | null): JobState[] =>
    completed ? [{ path: completed.external_path, kind, takenAt: completed.latest_ack_timestamp }] : [];
  const { completed, savepoint, restored } = latest;
  // A job that was just set back has nothing newer of its own.
  const setBack = restored && { ...restored, latest_ack_timestamp: restored.restore_timestamp };
  return newest([
    ...of('checkpoint', completed),
    ...of('savepoint', savepoint),
    ...of(restored?.is_savepoint ? 'savepoint' : 'checkpoint', setBack),
  ]);
}

/** The one that was taken last. */
export const newest = (states: readonly JobState[]): JobState | undefined =>
  states.toSorted((a, b) => b.takenAt - a.takenAt)[0];

interface Overview {
  readonly jobs: readonly { jid: string; name: string; state: string; 'end-time': number }[];
}

/** The last state of the job of that name that ended last, as long as Flink remembers it: for jobs that nobody's command ended. */
export async function lastEndedState(config: Config, name: string): Promise<JobState | undefined> {
  const { jobs } = await askFlink<Overview>(config, '/jobs/overview');
  const [job] = jobs
    .filter((each) => each.name === name && ['FINISHED', 'CANCELED', 'FAILED'].includes(each.state))
    .toSorted((a, b) => b['end-time'] - a['end-time']);
  return job && lastState(config, job.jid);
}
