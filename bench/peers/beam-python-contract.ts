/** What the pipelines in Python are made from: the texts, tables and settings of ours, so that there is one of each. */
import { buildPipeline, type RunnerOptions } from '../../beam/pipeline/portable-runner.js';
import { readUrn, writeUrn } from '../../beam/pipeline/kafka-io.js';
import { actingAs, type Config } from '../../config.js';
import { flinkOptions } from '../../flink/options.js';
import { tailOf } from '../../metastore/line-keys.js';
import { clockToleranceMs, limits } from '../../model/limits.js';
import { stageByName, stageNames, type StageName } from '../../model/stages.js';
import { statuses } from '../../model/statuses.js';
import { kafkaPipeline } from '../../pipelines/kafka-pipeline.js';
import { statementTexts } from './statements.js';

interface KafkaPayload {
  readonly topic: string;
}

/** The payloads of the transforms that read and write a stage's topics, as our own pipeline has them where each stage has its own batches. */
function kafkaOf(config: Config, stage: StageName) {
  const { transforms } = buildPipeline(
    kafkaPipeline({ ...actingAs(config, stage), fused: false }, stage),
    config.workerPool,
  ).components!;
  const payloadsOf = (urn: string) =>
    Object.values(transforms)
      .filter(({ spec }) => spec?.urn === urn)
      .map(({ spec }) => JSON.parse(new TextDecoder().decode(spec!.payload)) as KafkaPayload);
  const [read] = payloadsOf(readUrn);
  const writes = payloadsOf(writeUrn).map((payload) => [payload.topic, payload] as const);
  return { read, writes: Object.fromEntries(writes) };
}

const tailsOf = (stage: StageName) =>
  Object.fromEntries(stageByName(stage).statuses.map((status) => [status, tailOf(1, stage, status)]));

/** As Beam's Python SDK takes the runner's options; one that is true has no value. */
function flagsOf(config: Config, stage: StageName): string[] {
  const options: RunnerOptions = {
    ...flinkOptions(config, stage),
    sdkWorkerParallelism: config.parallelism,
    // The panes wait for a timer, and not for long bundles, as ours do.
    maxBundleTimeMills: config.bundleMs,
  };
  const flags = Object.entries(options).map(([name, value]) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
    return value === true ? flag : `${flag}=${String(value)}`;
  });
  return [...flags, `--job_name=${stage}`, '--streaming'];
}

const ofEach = <T>(of: (stage: StageName) => T) =>
  Object.fromEntries(stageNames.map((stage) => [stage, of(stage)])) as Record<StageName, T>;

/** JSON, which orderflow_beam/submit.py takes. */
export async function contractOf(config: Config) {
  return {
    jobServer: config.jobServer,
    workerPool: config.workerPool,
    options: ofEach((stage) => flagsOf(config, stage)),
    kafka: ofEach((stage) => kafkaOf(config, stage)),
    statements: await statementTexts(),
    statuses,
    tails: ofEach(tailsOf),
    limits: { ...limits, orderBytes: config.maxOrderBytes },
    batchSize: config.batchSize,
    partner: {
      url: config.partnerUrl,
      concurrency: config.partner.concurrency,
      timeoutSeconds: config.partner.timeoutMs / 1_000,
    },
    allowedLatenessMs: config.allowedLatenessMs,
    windowSeconds: config.windowSeconds,
    keptSeconds: (config.allowedLatenessMs + clockToleranceMs) / 1_000,
    // A bundle before it and one behind it, and a pane is as late as ours.
    paneSeconds: Math.max(config.bundleMs, config.paneMs - 2 * config.bundleMs) / 1_000,
  };
}
