/** Submits stages as Flink jobs: each its own job, under the stage's name. */
import { submitPipeline } from '../beam/pipeline/portable-runner.js';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import type { TopicIncarnation } from '../metastore/topic-incarnations.js';
import { incarnationOf } from '../model/incarnation.js';
import { filesFor } from '../model/principals.js';
import { stageByName, type StageName } from '../model/stages.js';
import { kafkaPipeline } from '../pipelines/kafka-pipeline.js';
import { hasTls, readTls, type TlsMaterial, tlsProblem } from '../model/tls-files.js';
import { flinkOptions } from './options.js';

/** Where a job begins: at the offsets of its consumer group unless it is told otherwise. */
export interface Beginning {
  readonly from?: Resumption;
  /** Of what is not in that state: see readFromKafka. */
  readonly sinceMs?: number;
  /** Which topic it is that the stage reads; any is right unless given. */
  readonly topic?: TopicIncarnation;
}

export interface Resumption {
  /** Of a savepoint or a checkpoint, as Flink reaches it. */
  readonly statePath: string;
  /** Whether what of it no step takes up may go. */
  readonly dropState: boolean;
}

/**
 * Submits a stage and resolves when Flink has taken it, with all of the state that it is to go on from. Not idempotent: see stage-jobs.ts
 * for what runs already. `build` is for a stage that is wired in another way than the table's. Fails with STATE_WOULD_BE_DROPPED, STATE_DOES_NOT_FIT, JOB_SERVER_UNREACHABLE, JOB_SERVER_UNTRUSTED or SUBMISSION_FAILED.
 */
export async function submitStage(
  config: Config,
  name: StageName,
  { from, sinceMs, topic }: Beginning = {},
  build?: ReturnType<typeof kafkaPipeline>,
): Promise<void> {
  const { name: stage, input } = stageByName(name);
  const which = topic && { topicId: topic.topicId, incarnation: incarnationOf(input, topic.incarnation) };
  try {
    await submitPipeline(build ?? kafkaPipeline(config, stage, { sinceMs, ...which }), {
      jobName: stage,
      jobServer: config.jobServer,
      ...jobServerTls(config),
      workerPool: config.workerPool,
      runnerOptions: {
        ...flinkOptions(config, stage),
        ...(from && { savepointPath: from.statePath, allowNonRestoredState: from.dropState }),
      },
    });
  } catch (error) {
    throw explained(config, stage, error, from);
  }
}

/** What a client of the job server is made with: none where it speaks plain text. Throws BAD_SECRET_FILE. */
export const jobServerTls = ({ jobServerTls: files, principal }: Config): { tls?: TlsMaterial } =>
  hasTls(files) ? { tls: readTls(filesFor(files, principal), 'the job server') } : {};

/** What Flink says of a state that it does not start from, and what that means. */
const refusals = [
  {
    says: 'is not available in the new program',
    code: 'STATE_WOULD_BE_DROPPED',
    sentence: (stage: StageName, path: string) =>
      `${stage} as it is built now has no step for a part of the state in ${path}: submit it as it was when that was taken, or let that part go with --drop-state`,
  },
  {
    says: 'Max parallelism mismatch',
    code: 'STATE_DOES_NOT_FIT',
    sentence: (stage: StageName, path: string) =>
      `the state in ${path} was taken under another maximal parallelism, by an older version: \`orderflow submit ${stage} --fresh\` starts without (docs/operations.md, "A new version")`,
  },
] as const;

/** What a submission was rejected with, in a sentence. */
export function submissionError(config: Config, job: string, error: unknown): OperatorError {
  if (error instanceof OperatorError) return error;
  const { code, message } = error as { code?: string; message: string };
  const cause = { cause: error };
  const problem = code === 'UNAVAILABLE' ? tlsProblem(error) : undefined;
  if (problem) {
    const where = '(ORDERFLOW_JOB_SERVER_CA_FILE, ORDERFLOW_JOB_SERVER_CERT_FILE)';
    return new OperatorError(
      'JOB_SERVER_UNTRUSTED',
      `the job server at ${config.jobServer}: ${problem} ${where}`,
      cause,
    );
  }
  if (code === 'UNAVAILABLE') {
    return new OperatorError(
      'JOB_SERVER_UNREACHABLE',
      `the job server does not answer at ${config.jobServer}: start it with \`orderflow up\`, or set ORDERFLOW_JOB_SERVER`,
      cause,
    );
  }
  const firstLine = message.split('\n')[0];
  return new OperatorError(
    'SUBMISSION_FAILED',
    `the job server refused ${job}: ${firstLine} (see \`orderflow logs job-server\`)`,
    cause,
  );
}

function explained(config: Config, stage: StageName, error: unknown, from?: Resumption): OperatorError {
  const { message } = error as Error;
  const refusal = from && refusals.find(({ says }) => message.includes(says));
  if (!refusal) return submissionError(config, stage, error);
  return new OperatorError(refusal.code, refusal.sentence(stage, from.statePath), { cause: error });
}
