/** Submits stages as Flink jobs: each its own job, under the stage's name. */
import type { PCollection, Root } from 'apache-beam';
import { submitPipeline } from '../beam/pipeline/flink-runner.js';
import { readFromKafka, writeToKafka } from '../beam/pipeline/kafka-io.js';
import { ticks } from '../beam/pipeline/ticks.js';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import type { KafkaRecord } from '../model/record.js';
import { flinkOptions } from './options.js';
import { stageByName, type StageName } from '../model/stages.js';
import { wireStage, type StageIo, type WiringOptions } from '../pipelines/wire.js';

const tickMillis = 1_000;

export function wiringOptions(config: Config): WiringOptions {
  return {
    maxBatchSize: config.batchSize,
    maxConcurrency: config.batchConcurrency,
    windowSeconds: config.windowSeconds,
    allowedLatenessMs: config.allowedLatenessMs,
  };
}

/** How a stage reads and writes Kafka, as a member of its own consumer group. */
export function kafkaIo(config: Config, groupId: string): StageIo {
  const kafka = { bootstrapServers: config.kafka, expansionService: config.expansion };
  return {
    async read(root: Root, topic, time) {
      const rows = await root.applyAsync(readFromKafka({ ...kafka, topic, groupId, time }));
      // The fields that Java gives its rows are those of KafkaRecord, and more.
      return rows as PCollection<unknown> as PCollection<KafkaRecord>;
    },
    async write(records, topic, label = topic) {
      await records.applyAsync(writeToKafka({ ...kafka, topic, label }));
    },
    ticks: (root) => root.applyAsync(ticks('Every second', tickMillis, config.expansion)),
  };
}

/**
 * Submits a stage and resolves with the Flink job's Beam id when Flink has accepted it. With `statePath` it goes on from a savepoint or
 * a checkpoint; state of steps that the stage no longer has is left out. Not idempotent: see stage-jobs.ts for what runs already. Fails with JOB_SERVER_UNREACHABLE, EXPANSION_UNREACHABLE or SUBMISSION_FAILED.
 */
export async function submitStage(config: Config, name: StageName, statePath?: string): Promise<string> {
  const { name: stage } = stageByName(name);
  try {
    return await submitPipeline(wireStage(stage, kafkaIo(config, stage), wiringOptions(config)), {
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
