/** A source and a sink in this process's memory, for the DirectRunner: what Kafka IO is on Flink. */
import '../sdk.js';
import type { PCollection, Root } from 'apache-beam/pvalue';
import { impulse } from 'apache-beam/transforms/internal';
import { withName, type PTransform } from 'apache-beam/transforms/transform';
import { registerBatchFunction } from '../operators/batch-functions.js';
import { batchParDo } from '../operators/batch-par-do.js';

const sources = new Map<number, readonly unknown[]>();
const sinks = new Map<number, unknown[]>();
let lastId = 0;

// The pipeline carries ids, since the SDK serializes whatever a transform holds.
registerBatchFunction('memory-source', (options) => async (batch) => {
  const { id } = options as { id: number };
  return batch.map(() => sources.get(id) ?? []);
});
registerBatchFunction('memory-sink', (options) => async (batch) => {
  const { id } = options as { id: number };
  sinks.get(id)?.push(...batch);
  return batch.map(() => []);
});

const oneAtATime = { maxBatchSize: 1_000, maxConcurrency: 1 };

/** A PCollection of these elements. */
export function readFromMemory<T>(name: string, elements: readonly T[]): PTransform<Root, PCollection<T>> {
  const id = ++lastId;
  sources.set(id, elements);
  return withName(name, ((root: Root) =>
    root.apply(impulse()).apply(batchParDo(`${name} elements`, 'memory-source', { id }, oneAtATime))) as never);
}

/** Adds every element of a PCollection to `into`, when the pipeline runs. */
export function writeToMemory<T>(name: string, into: T[]): PTransform<PCollection<T>, PCollection<never>> {
  const id = ++lastId;
  sinks.set(id, into);
  return batchParDo(name, 'memory-sink', { id }, oneAtATime);
}
