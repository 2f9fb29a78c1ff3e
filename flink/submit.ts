/** Submits stages as Flink jobs: each its own job, under the stage's name. */
import { submitPipeline } from '../beam/pipeline/flink-runner.js';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { stageByName, type StageName } from '../model/stages.js';
import { kafkaPipeline } from '../pipelines/kafka-pipeline.js';
import { flinkOptions } from './options.js';

/**
 * Submits a stage and resolves with the Flink job's Beam id when Flink has accepted it. With `statePath` it goes on from a savepoint or
 * a checkpoint; state of steps that the stage no longer has is left out. Not idempotent: see stage-jobs.ts for what runs already. Fails with JOB_SERVER_UNREACHABLE, EXPANSION_UNREACHABLE or SUBMISSION_FAILED.
 */
export async function submitStage(config: Config, name: StageName, statePath?: string): Promise<string> {
  const { name: stage } = stageByName(name);
  try {
    return await submitPipeline(kafkaPipeline(config, stage), {
      jobName: stage,
      jobServer: config.jobServer,
      workerPool: config.workerPool,
      flinkOptions: {
        ...flinkOptions(config, stage),
        ...(statePath && { savepointPath: statePath, allowNonRestoredState: true }),
      },
    });
  } catch (error) {
    throw explained(config, stage, error);
  }
}

function explained(config: Config, stage: StageName, error: unknown): OperatorError {
  const { code, serviceName, message } = error as { code?: string; serviceName?: string; message: string };
  const cause = { cause: error };
  if (code === 'UNAVAILABLE') {
    return serviceName?.includes('ExpansionService')
      ? new OperatorError(
          'EXPANSION_UNREACHABLE',
          `the expansion service does not answer at ${config.expansion}: start it with \`orderflow up\`, or set ORDERFLOW_EXPANSION`,
          cause,
        )
      : new OperatorError(
          'JOB_SERVER_UNREACHABLE',
          `the job server does not answer at ${config.jobServer}: start it with \`orderflow up\`, or set ORDERFLOW_JOB_SERVER`,
          cause,
        );
  }
  const firstLine = message.split('\n')[0];
  return new OperatorError(
    'SUBMISSION_FAILED',
    `the job server refused ${stage}: ${firstLine} (see \`orderflow logs job-server\`)`,
    cause,
  );
}
