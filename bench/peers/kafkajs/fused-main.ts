/**
 * The whole chain in one process: `node fused-main.js`. Started with the settings of Orderflow in its environment.
 *
 * The steps pass records on in memory, as their topics have them: with the place that the producer's answer gives, which dead letters and
 * parked deliveries name. Offsets of raw_order are committed after all that follows from its records. So what a kill cuts off begins
 * again on raw_order, and its records are written to the other topics a second time, at other places.
 *
 * That must not meet the claims of delivery and aggregation, which hold an order for the record that came first: the second writing would be
 * taken for a repeat, though the first was in the memory of a process that is gone, and nobody reads it again. Here these claims are held by the
 * record of raw_order that an order came from. It is the one thing that comes again as it was, and it is as good a name as any: the
 * validator accepts an order from one record alone (message_claims, order_claims), and a record of raw_order leads to one order at most.
 */
import { actingAs, loadConfig } from '../../../config.js';
import type { Metastore } from '../../../metastore/metastore.js';
import type { KafkaRecord } from '../../../model/record.js';
import type { RecordPosition } from '../../../model/release.js';
import type { TopicName } from '../../../model/topics.js';
import { openDependencies } from '../../../pipelines/stage-dependencies.js';
import { createStageFunctions } from '../../../pipelines/stage-functions.js';
import { type AggregationInput, type AggregationOutput } from '../../../transforms/aggregator.js';
import type { StepOutput } from '../../../transforms/step/step.js';
import { endProcess, untilSignal } from '../process-end.js';
import { outgoingOf, uncounted } from '../records.js';
import { openWriter } from '../writer.js';
import { inBatches } from './batches.js';
import { readInRounds } from './reader.js';
import { tick } from './redelivery.js';
import { openWindowSums } from './window-sums.js';

type Step = (records: readonly KafkaRecord[], context: typeof uncounted) => Promise<readonly (readonly StepOutput[])[]>;

const config = actingAs(loadConfig(), 'owner');
const dependencies = openDependencies(config, 'owner');
const writer = await openWriter(config, 'kafkajs-fused');
const sums = openWindowSums(config);
const validate = createStageFunctions.validator(dependencies) as Step;
const enrich = createStageFunctions.enricher(dependencies) as Step;
const route = createStageFunctions.router(dependencies) as Step;

/** From a record's place to that of the record on raw_order that it came from. */
type Origins = Map<string, RecordPosition>;
const placeOf = ({ topic, partition, offset }: RecordPosition) => `${topic}/${partition}/${offset}`;
const positionOf = ({ topic, partition, offset }: RecordPosition) => ({ topic, partition, offset });

/** The metastore, whose claims of delivery and aggregation are held by the record's origin. */
function heldByOrigin(metastore: Metastore, origins: Origins): Metastore {
  const moved = <Claim extends RecordPosition>(claims: readonly Claim[]): Claim[] =>
    claims.map((claim) => ({ ...claim, ...origins.get(placeOf(claim))! }));
  return {
    ...metastore,
    claimDeliveries: (claims) => metastore.claimDeliveries(moved(claims)),
    claimForAggregation: (claims) => metastore.claimForAggregation(moved(claims)),
  };
}

/** Takes a batch of raw_order through all steps, and answers with what is to be summed. */
async function carry(batch: readonly KafkaRecord[]): Promise<readonly AggregationInput[]> {
  const origins: Origins = new Map(batch.map((record) => [placeOf(record), positionOf(record)]));
  /** Writes what a step puts out for each of its records: by topic, as who reads it finds it. */
  async function write(inputs: readonly KafkaRecord[], outputs: readonly (readonly StepOutput[])[]) {
    const from = outputs.flatMap((ofOne, at) => ofOne.map(() => origins.get(placeOf(inputs[at]!))!));
    const written = await writer.write(outputs.flat().flatMap(outgoingOf)).catch(endProcess);
    for (const [at, record] of written.entries()) origins.set(placeOf(record), from[at]!);
    return (topic: TopicName) => written.filter((record) => record.topic === topic);
  }
  const pass = async (step: Step, records: readonly KafkaRecord[]) => write(records, await step(records, uncounted));
  const valid = (await pass(validate, batch))('valid_order');
  const enriched = (await pass(enrich, valid))('enriched_order');
  const own = { ...dependencies, metastore: heldByOrigin(dependencies.metastore, origins) };
  async function deliver(): Promise<void> {
    const external = (await pass(route, enriched))('external_order');
    await pass(createStageFunctions['external-processor'](own) as Step, external);
  }
  async function aggregate(): Promise<readonly AggregationInput[]> {
    const step = createStageFunctions.aggregator(own) as unknown as (
      records: readonly KafkaRecord[],
      context: typeof uncounted,
    ) => Promise<readonly (readonly AggregationOutput[])[]>;
    const outputs = await step(enriched, uncounted);
    await write(
      enriched,
      outputs.map((ofOne) => ofOne.flatMap(({ dead_letter }) => (dead_letter ? { dead_letter } : []))),
    );
    return outputs.flat().flatMap(({ aggregate }) => aggregate ?? []);
  }
  const [inputs] = await Promise.all([aggregate(), deliver()]);
  return inputs;
}

const reader = await readInRounds(config, {
  groupId: 'fused',
  topic: 'raw_order',
  minBytes: 1,
  maxWaitTimeInMs: 500,
  async handle(records) {
    const batches = { size: config.batchSize, concurrency: config.batchConcurrency };
    const panes = await sums.panesOf(records, (part) => inBatches(part, batches, carry));
    await writer.write(panes.map((record) => ({ topic: 'aggregated_order', record }))).catch(endProcess);
  },
});
const ticking = tick(dependencies, writer, 1_000 * config.parallelism);
await untilSignal();
await Promise.all([reader.close(), ticking.close()]);
await writer.close();
await Promise.all([sums.close(), dependencies.close()]);
process.exit(0);
