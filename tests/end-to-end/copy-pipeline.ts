/** A stage that copies a topic, over everything in beam/: the smallest job in which records could get lost. */
import { split, withName, type PCollection, type Root } from 'apache-beam';
import { batchParDo } from '../../beam/operators/batch-par-do.js';
import { readFromKafka, writeToKafka } from '../../beam/pipeline/kafka-io.js';
import type { Config } from '../../config.js';

interface Copied {
  copied: PCollection<never>;
}

export function copyPipeline(config: Config, from: string, to: string): (root: Root) => void {
  return (root) => {
    const kafka = { bootstrapServers: config.kafka };
    const records = root.apply(readFromKafka({ ...kafka, topic: from, groupId: `copy-${from}` }));
    const limits = { maxBatchSize: config.batchSize, maxConcurrency: config.batchConcurrency };
    const outputs = records
      .apply(batchParDo('Copy', 'copy', {}, limits))
      .apply(withName('Split', split(['copied']))) as unknown as Copied;
    outputs.copied.apply(writeToKafka({ ...kafka, topic: to, label: to }) as never);
  };
}
