/** Wires the stages of the table: what each reads, the steps it applies, and where its outputs go. */
import { assignTimestamps, split, windowParam, withName, type PCollection, type Root } from 'apache-beam';
import { type BatchLimits, batchParDo } from '../beam/operators/batch-par-do.js';
import { combineByKey } from '../beam/operators/combine.js';
import { map, partition } from '../beam/operators/plain-functions.js';
import { windowIntoFixed } from '../beam/pipeline/windowing.js';
import { fusedFunction, fusedStages } from '../model/fusion.js';
import { clockToleranceMs } from '../model/limits.js';
import type { KafkaRecord, OutgoingRecord } from '../model/record.js';
import { redeliveryFunction, stageByName, type Stage, type StageName } from '../model/stages.js';
import type { TopicName } from '../model/topics.js';
import type { AggregationInput, AggregationOutput } from '../transforms/aggregator.js';
import { routerPartitions } from '../transforms/router.js';
import type { StepOutput } from '../transforms/step/step.js';
import { createdAtOf, keyByToLocation, partitionOf, recordOf, sumOrders, toPaneRecord } from './named-functions.js';

/** Where records come from and go to: Kafka on Flink, memory on the DirectRunner. */
export interface StageIo {
  read(root: Root, topic: TopicName): PCollection<KafkaRecord>;
  write(records: PCollection<OutgoingRecord>, topic: TopicName, options?: WriteOptions): void;
  /** Ticks about once a second, for work without records. Absent where there is no time: on the DirectRunner. */
  ticks?(root: Root): PCollection<unknown>;
}

export interface WriteOptions {
  /** Names the writing, where a stage writes to one topic at two places; the topic unless given. */
  readonly label?: string;
  /** In whose name it is written, where it is not the pipeline's stage. */
  readonly stage?: StageName;
  /** Whether each record has been carried through the stage that reads the topic. */
  readonly isCarried?: boolean;
  /** Whether the job's state is to hold nothing of it: see writeToKafka. */
  readonly isStateless?: boolean;
}

export interface WiringOptions extends BatchLimits {
  readonly windowSeconds: number;
  readonly allowedLatenessMs: number;
  /** JSON that each of the stage's batch functions gets where it is made. */
  readonly functionOptions: object;
  /** Whether the validator carries orders on (model/fusion.ts). */
  readonly fused: boolean;
}

interface Wiring {
  readonly root: Root;
  readonly stage: Stage & { readonly name: StageName };
  readonly io: StageIo;
  readonly options: WiringOptions;
}

/** Builds the pipeline of a stage. */
export function wireStage(name: StageName, io: StageIo, options: WiringOptions): (root: Root) => void {
  const stage = stageByName(name);
  const wire = options.fused && name === fusedStages[0] ? wireFused : wirings[name];
  return (root) => wire({ root, stage, io, options });
}

const wirings: Record<StageName, (wiring: Wiring) => void> = {
  validator: wireStep,
  enricher: wireStep,
  router: wireRouter,
  'external-processor': wireExternalProcessor,
  aggregator: wireAggregator,
};

/** Applies the stage's step to its input. The outputs are objects with one key, the topic (or `aggregate`). */
function applyStep<Output>(
  { root, stage, io, options }: Wiring,
  functionName: string = stage.name,
): PCollection<Output> {
  const records = io.read(root, stage.input);
  return records.apply(
    batchParDo<KafkaRecord, Output>(capitalized(stage.name), functionName, options.functionOptions, options),
  );
}

/** Records in, records out: each output goes to its topic. */
function wireStep(wiring: Wiring): void {
  const { stage, io } = wiring;
  const outputs = splitBy(applyStep<StepOutput>(wiring), 'Split', stage.outputs);
  for (const topic of stage.outputs) io.write(outputs[topic], topic);
}

/**
 * Raw records in, the records of all fused stages out, each topic written in the name of a stage whose row has it. What the first stage does not write
 * when it is alone, leaves nothing in the state: it goes on from there, either way.
 */
function wireFused(wiring: Wiring): void {
  const rows = fusedStages.map(stageByName);
  const topics = [...new Set(rows.flatMap(({ outputs }) => outputs))];
  const outputs = splitBy(applyStep<StepOutput>(wiring, fusedFunction), 'Split', topics);
  for (const topic of topics) {
    const { name: stage } = rows.find((row) => row.outputs.includes(topic))!;
    wiring.io.write(outputs[topic], topic, {
      stage,
      isCarried: rows.some(({ input }) => input === topic),
      isStateless: !wiring.stage.outputs.includes(topic),
    });
  }
}

function wireRouter(wiring: Wiring): void {
  const outputs = applyStep<StepOutput>(wiring);
  const parts = outputs.apply(withName('Partition', partition(partitionOf, routerPartitions.length)));
  for (const [index, topic] of routerPartitions.entries()) {
    wiring.io.write(
      parts[index].apply(
        withName(`Records for ${topic}`, (part: PCollection<StepOutput>) => part.apply(map(recordOf))),
      ),
      topic,
    );
  }
}

/** Delivers what comes, and on its own, once a second, what was parked. */
function wireExternalProcessor(wiring: Wiring): void {
  const { root, io, options } = wiring;
  const { dead_letter: refused } = splitBy(applyStep<StepOutput>(wiring), 'Split', ['dead_letter']);
  io.write(refused, 'dead_letter');
  if (!io.ticks) return;
  const ticks = io.ticks(root);
  const redelivered = ticks.apply(
    batchParDo<unknown, StepOutput>('Redeliver', redeliveryFunction, options.functionOptions, options),
  );
  const { dead_letter: refusedLater } = splitBy(redelivered, 'Split redelivered', ['dead_letter']);
  // By a writer of its own: a Flatten of the two would be a task more in front of one.
  io.write(refusedLater, 'dead_letter', { label: 'dead_letter, redelivered' });
}

function wireAggregator(wiring: Wiring): void {
  const { io, options } = wiring;
  const outputs = applyStep<AggregationOutput>(wiring);
  const { aggregate, dead_letter } = splitBy(outputs, 'Split', ['aggregate', 'dead_letter']);
  io.write(dead_letter, 'dead_letter');
  const panes = (aggregate as PCollection<unknown> as PCollection<AggregationInput>)
    .apply(withName('By created_at', assignTimestamps<AggregationInput>(createdAtOf as never)))
    .apply(
      windowIntoFixed<AggregationInput>({
        sizeSeconds: options.windowSeconds,
        allowedLatenessMs: options.allowedLatenessMs + clockToleranceMs,
      }),
    )
    .apply(map(withName('Key by to-location', keyByToLocation)))
    .apply(combineByKey('Sum', sumOrders))
    .apply(map(withName('To panes', toPaneRecord), { window: windowParam() }));
  io.write(panes as PCollection<OutgoingRecord>, 'aggregated_order');
}

function splitBy<Output, Tag extends string>(outputs: PCollection<Output>, name: string, tags: readonly Tag[]) {
  return outputs.apply(withName(name, split<never>([...tags]))) as unknown as Record<Tag, PCollection<OutgoingRecord>>;
}

const capitalized = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
