/** Beam's options for our jobs on Flink. */
import type { RunnerOptions } from '../beam/pipeline/portable-runner.js';
import type { Config } from '../config.js';
import type { StageName } from '../model/stages.js';

/**
 * Beam fuses what a job does in Node into at most so many stages; two are the most of any job now (flink/capacity.ts).
 *
 * A TaskManager hands its `sdkWorkerParallelism` places for workers to the stages of all subtasks in turn, in the order in
 * which they happen to open. Only with a place for each do two subtasks never get the same worker, however they
 * interleave; places that no stage of ours gets start no worker.
 * Source: DefaultExecutableStageContext and DefaultJobBundleFactory in Beam's runners/java-fn-execution.
 */
const maxStagesPerSubtask = 6;

/**
 * Into so many groups a job's keys are divided, for good: Flink goes on from a state under this number alone. As much parallelism is possible.
 */
export const maxParallelism = 128;

/** Bundles in which an order waits before it is in a pane: that of the aggregator's step, and that of the sums. */
const bundlesBeforePane = 2;

/** The options that a stage is submitted with, by the names of Java's FlinkPipelineOptions. */
export function flinkOptions(config: Config, stage?: StageName): RunnerOptions {
  return {
    parallelism: config.parallelism,
    maxParallelism,
    sdkWorkerParallelism: maxStagesPerSubtask * config.parallelism,
    checkpointingInterval: config.checkpointMs,
    checkpointTimeoutMillis: config.checkpointTimeoutMs,
    // Checkpoints that fail again and again mean that a worker hangs: restart. One may fail on a machine that is busy.
    tolerableCheckpointFailureNumber: 2,
    externalizedCheckpointsEnabled: true,
    retainExternalizedCheckpointsOnCancellation: true,
    // What a bundle has put out is written before the checkpoint, instead of being kept in the state for the next one.
    finishBundleBeforeCheckpointing: true,
    maxBundleSize: config.bundleSize,
    // A bundle of the sums writes a pane for each window that it changed: the longer it collects, the fewer.
    maxBundleTimeMills:
      stage === 'aggregator'
        ? Math.max(config.bundleMs, Math.floor(config.paneMs / bundlesBeforePane))
        : config.bundleMs,
    // Beam's model forbids to change an element; without this, Flink copies each one between two chained operators.
    objectReuse: true,
  };
}

/**
 * The options of a job with an end. Its stages run one after another, and share the workers of a subtask. Nothing of it is in a checkpoint: what fails
 * is done again.
 */
export const boundedOptions = (parallelism: number): RunnerOptions => ({
  parallelism,
  sdkWorkerParallelism: parallelism,
  objectReuse: true,
  // What fails for good shall not be tried for ever: somebody waits for it. A TaskManager that was killed is missed for 10 s.
  numberOfExecutionRetries: 10,
  executionRetryDelay: 3_000,
});
