/** Why a job does not get on, where what Flink tells of its failures says it: Kafka refuses its client, or PostgreSQL its workers. */
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { refusalInJava, refusalText } from '../kafka/refusals.js';
import { databaseOf, placeOf } from '../metastore/database.js';
import { refusalIn } from '../metastore/refusals.js';
import type { StageName } from '../model/stages.js';
import type { JobStatus } from './jobs.js';
import { askFlink } from './rest.js';

export interface JobTrouble {
  readonly job: string;
  /** Of the OperatorError. */
  readonly code: string;
  /** A sentence: what is wrong, and what to do. The job goes on by itself then. */
  readonly what: string;
}

/** Source: https://nightlies.apache.org/flink/flink-docs-release-1.19/docs/ops/rest_api/ */
interface Exceptions {
  readonly exceptionHistory: {
    readonly entries: readonly { readonly stacktrace: string; readonly timestamp: number }[];
  };
}
interface Checkpoints {
  readonly latest: { readonly completed: { readonly latest_ack_timestamp: number } | null };
}

type Job = Pick<JobStatus, 'id' | 'name' | 'hasStarted' | 'restarts'>;

/** The troubles that jobs have had since their last checkpoints were completed. A job that Flink does not tell about is left out. */
export async function jobTroubles(config: Config, jobs: readonly Job[]): Promise<JobTrouble[]> {
  const troubled = jobs.filter(({ hasStarted, restarts }) => !hasStarted || restarts > 0);
  const found = troubled.map((job) => troubleOf(config, job).catch(() => undefined));
  return (await Promise.all(found)).filter((trouble) => trouble !== undefined);
}

async function troubleOf(config: Config, { id, name }: Job): Promise<JobTrouble | undefined> {
  const [{ exceptionHistory }, { latest }] = await Promise.all([
    askFlink<Exceptions>(config, `/jobs/${id}/exceptions?maxExceptions=1`),
    askFlink<Checkpoints>(config, `/jobs/${id}/checkpoints`),
  ]);
  const [newest] = exceptionHistory.entries;
  if (!newest || newest.timestamp < (latest.completed?.latest_ack_timestamp ?? 0)) return undefined;
  const refusal = refusalInJava(newest.stacktrace);
  if (refusal)
    return { job: name, code: 'KAFKA_REFUSED', what: refusalText(refusal, { who: name, broker: config.kafka }) };
  const ofMetastore = refusalIn(newest.stacktrace);
  const where = () => placeOf(databaseOf(config, name as StageName));
  return ofMetastore && { job: name, code: ofMetastore.code, what: `PostgreSQL at ${where()} ${ofMetastore.problem}` };
}

/** Fails with the first trouble of the jobs. */
export async function failOnTrouble(config: Config, jobs: readonly Job[]): Promise<void> {
  const [trouble] = await jobTroubles(config, jobs);
  if (!trouble) return;
  throw new OperatorError(trouble.code, `${trouble.what}; the job of the ${trouble.job} goes on by itself then`);
}
