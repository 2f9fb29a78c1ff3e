/** The pipeline of a stage over Kafka, as it runs on Flink. */
import type { PCollection, Root } from 'apache-beam';
import { type KafkaReadOptions, readFromKafka, writeToKafka } from '../beam/pipeline/kafka-io.js';
import { ticks } from '../beam/pipeline/ticks.js';
import { actingAs, type Config } from '../config.js';
import { javaSecurity } from '../kafka/security.js';
import { carriedHeader, passesOverCarried } from '../model/fusion.js';
import { limits } from '../model/limits.js';
import type { Principal } from '../model/principals.js';
import type { KafkaRecord } from '../model/record.js';
import type { StageName } from '../model/stages.js';
import { stageOptions } from './stage-options.js';
import { wireStage, type StageIo, type WiringOptions } from './wire.js';

const tickMillis = 1_000;

export function wiringOptions(config: Config): WiringOptions {
  return {
    maxBatchSize: config.batchSize,
    maxBatchBytes: limits.batchBytes,
    maxConcurrency: config.batchConcurrency,
    windowSeconds: config.windowSeconds,
    allowedLatenessMs: config.allowedLatenessMs,
    functionOptions: stageOptions(config),
    fused: config.fused,
  };
}

/** Which topic it is that a stage reads, where it begins, and what it passes over: those of readFromKafka. */
export type Reading = Pick<KafkaReadOptions, 'topicId' | 'incarnation' | 'sinceMs' | 'passOver'>;

/** How a stage reads and writes Kafka, as a member of its own consumer group. */
export function kafkaIo(config: Config, groupId: string, reading: Reading = {}): StageIo {
  const { kafka: bootstrapServers, kafkaSecurity, principal } = config;
  const accessOf = (who: Principal) => ({
    bootstrapServers,
    clientSettings: javaSecurity(kafkaSecurity, who, kafkaSecurity.stageMechanism),
  });
  return {
    read(root: Root, topic) {
      const rows = root.apply(readFromKafka({ ...accessOf(principal), topic, groupId, ...reading }));
      // The fields of its rows are those of KafkaRecord.
      return rows as PCollection<unknown> as PCollection<KafkaRecord>;
    },
    write(records, topic, { label = topic, stage = principal, isCarried = false, isStateless } = {}) {
      const header = isCarried ? carriedHeader : undefined;
      records.apply(writeToKafka({ ...accessOf(stage), topic, label, header, isStateless }) as never);
    },
    // Each subtask ticks: one a second of all of them.
    ticks: (root) => root.apply(ticks('Every second', tickMillis * config.parallelism)),
  };
}

/** Reads, steps and writes of a stage, to be applied to a pipeline's root. Consumer group and principal have the stage's name. */
export const kafkaPipeline = (config: Config, stage: StageName, reading?: Reading) =>
  wireStage(
    stage,
    kafkaIo(actingAs(config, stage), stage, {
      ...reading,
      ...(passesOverCarried(stage) && { passOver: carriedHeader }),
    }),
    wiringOptions(config),
  );
