/** The stages' own steps, as the workflows call them: their outputs are in Kafka when a call has its answer. */
import type { BatchFunction } from '../../../beam/operators/batch-functions.js';
import type { Config } from '../../../config.js';
import { createPool } from '../../../metastore/connection.js';
import { databaseOf } from '../../../metastore/database.js';
import type { Metastore } from '../../../metastore/metastore.js';
import type { KafkaRecord } from '../../../model/record.js';
import { redeliveryFunction, type StageName } from '../../../model/stages.js';
import type { TopicName } from '../../../model/topics.js';
import { openDependencies } from '../../../pipelines/stage-dependencies.js';
import { createStageFunctions } from '../../../pipelines/stage-functions.js';
import type { AggregationOutput } from '../../../transforms/aggregator.js';
import type { StepOutput } from '../../../transforms/step/step.js';
import { endProcess } from '../process-end.js';
import { outgoingOf, uncounted } from '../records.js';
import { openWriter } from '../writer.js';
import { coalesce } from './coalesce.js';
import { addToSums, type Counted, prepareSums, writePanes } from './sums.js';

export interface Stages {
  /** Answers with the records that go on: those of the topic `next`. */
  run(
    stage: Exclude<StageName, 'aggregator'>,
    records: readonly KafkaRecord[],
    next: TopicName,
  ): Promise<KafkaRecord[]>;
  /** Claims the orders and adds them to the sums, once for each workflow. */
  aggregate(workflow: string, records: readonly KafkaRecord[]): Promise<void>;
  /** Writes a pane of each window that has changed. */
  writePanes(): Promise<void>;
  /** Tries the parked deliveries that are due. */
  redeliver(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens what the stages need. With `together`, what several workflows ask the metastore at the same time is one question: each of its calls
 * takes any number of records, and answers in their order.
 */
export async function openStages(config: Config, { together }: { readonly together: boolean }): Promise<Stages> {
  const own = openDependencies(config, 'owner');
  const metastore = together ? askedTogether(own.metastore, config.batchSize) : own.metastore;
  const dependencies = { ...own, metastore };
  const pool = createPool(databaseOf(config, 'owner'), { connections: 2 });
  await prepareSums(pool);
  const writer = await openWriter(config, 'orderflow-dbos');
  const write = (outputs: readonly StepOutput[]) => writer.write(outputs.flatMap(outgoingOf)).catch(endProcess);
  const windowMs = config.windowSeconds * 1_000;
  const add = coalesce<Counted, undefined>(async (counted) => {
    await addToSums(pool, counted, windowMs);
    return counted.map(() => undefined);
  }, config.batchSize);

  /** A step of its own for each call: the validator's would let those of other workflows wait for each other. */
  async function call<Output>(stage: StageName, records: readonly KafkaRecord[]): Promise<Output[]> {
    const step = createStageFunctions[stage](dependencies) as BatchFunction<KafkaRecord, Output>;
    return (await step(records, uncounted)).flat();
  }

  return {
    async run(stage, records, next) {
      const written = await write(await call<StepOutput>(stage, records));
      return written.filter(({ topic }) => topic === next);
    },
    async aggregate(workflow, records) {
      const outputs = await call<AggregationOutput>('aggregator', records);
      const deadLetters = outputs.flatMap(({ dead_letter }) => (dead_letter ? [{ dead_letter }] : []));
      await write(deadLetters);
      await add(outputs.flatMap(({ aggregate }) => (aggregate ? [{ workflow, input: aggregate }] : [])));
    },
    writePanes: () => writePanes(pool, (panes) => writer.write(panes).catch(endProcess), windowMs),
    async redeliver() {
      const tick = createStageFunctions[redeliveryFunction](dependencies) as BatchFunction<unknown, StepOutput>;
      await write((await tick([undefined], uncounted)).flat());
    },
    async close() {
      await Promise.all([writer.close(), own.close(), pool.end()]);
    },
  };
}

/** The metastore, but calls that wait for one under way are one call after it. */
function askedTogether(metastore: Metastore, most: number): Metastore {
  return {
    ...metastore,
    lookupForValidation: coalesce(metastore.lookupForValidation, most),
    lookupForEnrichment: coalesce(metastore.lookupForEnrichment, most),
    lookupRoutes: coalesce(metastore.lookupRoutes, most),
    claimDeliveries: coalesce(metastore.claimDeliveries, most),
    claimForAggregation: coalesce(metastore.claimForAggregation, most),
    recordStatuses: coalesce(metastore.recordStatuses, most),
  };
}
