/** A stage as a service: `node service-main.js STAGE`. Started with the settings of Orderflow in its environment. */
import { actingAs, loadConfig } from '../../../config.js';
import { openDependencies } from '../../../pipelines/stage-dependencies.js';
import { createStageFunctions } from '../../../pipelines/stage-functions.js';
import type { KafkaRecord } from '../../../model/record.js';
import { stageByName } from '../../../model/stages.js';
import { type AggregationInput, type AggregationOutput } from '../../../transforms/aggregator.js';
import type { StepOutput } from '../../../transforms/step/step.js';
import { endProcess, untilSignal } from '../process-end.js';
import { outgoingOf, uncounted } from '../records.js';
import { openWriter } from '../writer.js';
import { inBatches } from './batches.js';
import { readInRounds, type Reading } from './reader.js';
import { tick } from './redelivery.js';
import { openWindowSums } from './window-sums.js';

const stage = stageByName(process.argv[2] ?? '');
const config = actingAs(loadConfig(), stage.name);
const dependencies = openDependencies(config, stage.name);
const writer = await openWriter(config, `kafkajs-${stage.name}`);
const step = createStageFunctions[stage.name](dependencies) as (
  records: readonly KafkaRecord[],
  context: typeof uncounted,
) => Promise<readonly (readonly (StepOutput | AggregationOutput)[])[]>;
const batches = { size: config.batchSize, concurrency: config.batchConcurrency };

/** Does the step, writes what is to be written, and answers with what is to be summed. */
const stepAndWrite = (records: readonly KafkaRecord[]): Promise<AggregationInput[]> =>
  inBatches(records, batches, async (batch) => {
    const outputs = (await step(batch, uncounted)).flat();
    const isAggregate = (output: StepOutput | AggregationOutput) => 'aggregate' in output && output.aggregate;
    await writer
      .write(outputs.flatMap((output) => (isAggregate(output) ? [] : outgoingOf(output as StepOutput))))
      .catch(endProcess);
    return outputs.flatMap((output) => ('aggregate' in output && output.aggregate) || []);
  });

/** A location and window that changes writes a pane a second, or one for so many bytes of orders. */
const forPanes = { minBytes: 128 * 1024, maxWaitTimeInMs: 1_000 };
const atOnce = { minBytes: 1, maxWaitTimeInMs: 500 };

function readingOf(): Reading {
  const { name: groupId, input: topic } = stage;
  if (stage.name !== 'aggregator')
    return { groupId, topic, ...atOnce, handle: async (records) => void (await stepAndWrite(records)) };
  const sums = openWindowSums(config);
  return {
    groupId,
    topic,
    ...forPanes,
    async handle(records) {
      const panes = await sums.panesOf(records, stepAndWrite);
      await writer.write(panes.map((record) => ({ topic: 'aggregated_order', record }))).catch(endProcess);
    },
  };
}

const reader = await readInRounds(config, readingOf());
const ticking = stage.name === 'external-processor' ? tick(dependencies, writer, 1_000) : undefined;
await untilSignal();
await Promise.all([reader.close(), ticking?.close()]);
await writer.close();
await dependencies.close();
process.exit(0);
