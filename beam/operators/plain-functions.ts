/**
 * Transforms that apply a plain function. It must be registered with requireForSerialization: a pipeline carries its name.
 *
 * Stands in for map and flatMap of the SDK's PCollection, and for its partition, which wrap the function in one of their own: that travels as
 * source code, which no worker of ours evaluates (registered-functions.ts). The names are the same, since Flink finds state by them.
 */
import '../sdk.js';
import type { PCollection } from 'apache-beam/pvalue';
import { requireForSerialization } from 'apache-beam/serialization';
import { parDo, split } from 'apache-beam/transforms/pardo';
import { extractName, withName, type PTransform } from 'apache-beam/transforms/transform';

/** A DoFn's context, such as `{ window: windowParam() }`; the function gets it as its second argument, filled in. */
type Context = Readonly<Record<string, unknown>>;
type Plain<I, O> = (element: I, context: never) => O;

class MapFn {
  constructor(private readonly fn: Plain<unknown, unknown>) {}

  *process(element: unknown, context: unknown): Iterable<unknown> {
    yield this.fn(element, context as never);
  }
}

class FlatMapFn {
  constructor(private readonly fn: Plain<unknown, Iterable<unknown>>) {}

  process(element: unknown, context: unknown): Iterable<unknown> {
    return this.fn(element, context as never);
  }
}

class PartitionFn {
  constructor(
    private readonly partitionOf: (element: unknown, count: number) => number,
    private readonly count: number,
  ) {}

  *process(element: unknown): Iterable<unknown> {
    yield { [this.partitionOf(element, this.count)]: element };
  }
}

requireForSerialization('orderflow/beam/operators/plain-functions', { MapFn, FlatMapFn, PartitionFn });

const applied = <I, O>(name: string, doFn: object, context?: Context) =>
  withName(name, parDo(doFn as never, context as never)) as unknown as PTransform<PCollection<I>, PCollection<O>>;

/** One output for each element. */
export const map = <I, O>(fn: Plain<I, O>, context?: Context): PTransform<PCollection<I>, PCollection<O>> =>
  applied(`map(${extractName(fn)})`, new MapFn(fn as never), context);

/** Any number of outputs for each element. */
export const flatMap = <I, O>(
  fn: Plain<I, Iterable<O>>,
  context?: Context,
): PTransform<PCollection<I>, PCollection<O>> =>
  applied(`flatMap(${extractName(fn)})`, new FlatMapFn(fn as never), context);

/** As many PCollections; the function says for each element, by its index, into which it goes. */
export function partition<T>(
  partitionOf: (element: T, count: number) => number,
  count: number,
): PTransform<PCollection<T>, PCollection<T>[]> {
  const indices = Array.from({ length: count }, (_, index) => String(index));
  return ((input: PCollection<T>) => {
    const parts = input
      .apply(applied('By index', new PartitionFn(partitionOf as never, count)))
      .apply(split<never>(indices)) as unknown as Record<string, PCollection<T>>;
    return indices.map((index) => parts[index]);
  }) as never;
}
