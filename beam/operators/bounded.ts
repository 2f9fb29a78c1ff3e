/**
 * What a bounded pipeline needs beside the operators of a stream: elements to begin with, a redistribution of them, and CombinePerKey by one
 * GroupByKey, which fires once for a key and window when all has come.
 *
 * The SDK's own create, reshuffle and combinePerKey wrap functions of their own, which travel as source code (registered-functions.ts).
 */
import '../sdk.js';
import { GeneralObjectCoder } from 'apache-beam/coders/js_coders';
import { KVCoder } from 'apache-beam/coders/required_coders';
import { StrUtf8Coder } from 'apache-beam/coders/standard_coders';
import type { PCollection, Root } from 'apache-beam/pvalue';
import { requireForSerialization } from 'apache-beam/serialization';
import type { CombineFn } from 'apache-beam/transforms/group_and_combine';
import { groupByKey, impulse, withCoderInternal } from 'apache-beam/transforms/internal';
import { parDo } from 'apache-beam/transforms/pardo';
import { withName, type PTransform } from 'apache-beam/transforms/transform';
import type { KV } from 'apache-beam/values';

class KeyByPositionFn {
  constructor(private readonly elements: readonly unknown[]) {}

  *process(): Iterable<KV<string, unknown>> {
    for (const [index, value] of this.elements.entries()) yield { key: String(index), value };
  }
}

class ValuesFn {
  process({ value }: KV<string, Iterable<unknown>>): Iterable<unknown> {
    return value;
  }
}

class CombineValuesFn {
  constructor(private readonly combineFn: CombineFn<unknown, unknown, unknown>) {}

  *process({ key, value }: KV<string, Iterable<unknown>>): Iterable<KV<string, unknown>> {
    let accumulator = this.combineFn.createAccumulator();
    for (const input of value) accumulator = this.combineFn.addInput(accumulator, input);
    yield { key, value: this.combineFn.extractOutput(accumulator) };
  }
}

requireForSerialization('orderflow/beam/operators/bounded', { KeyByPositionFn, ValuesFn, CombineValuesFn });

const applied = <I, O>(name: string, doFn: object) =>
  withName(name, parDo(doFn as never)) as unknown as PTransform<PCollection<I>, PCollection<O>>;

/** The runner has to know the key's bytes: it groups by them. */
const grouped = <I>(name: string) =>
  withName(name, ((input: PCollection<KV<string, I>>) =>
    input
      .apply(withName('Encode', withCoderInternal(new KVCoder(new StrUtf8Coder(), new GeneralObjectCoder()))) as never)
      .apply(withName('Group', groupByKey()) as never)) as never) as PTransform<
    PCollection<KV<string, I>>,
    PCollection<KV<string, Iterable<I>>>
  >;

/** A PCollection of these elements, plain JSON, of which each may be handled by another worker: nothing that comes after it is fused with it. */
export const createSpread = <T>(name: string, elements: readonly T[]): PTransform<Root, PCollection<T>> =>
  withName(name, ((root: Root) =>
    root
      .apply(impulse())
      .apply(applied('Elements', new KeyByPositionFn(elements)))
      .apply(grouped('Spread') as never)
      .apply(applied('Values', new ValuesFn()) as never)) as never);

/**
 * Combines the values of each key and window, once all of them have come. What was combined before (of a batch, of a file) makes it quicker, and
 * changes nothing.
 *
 * @param combineFn registered with requireForSerialization; its outputs are plain JSON.
 */
export const combineOnceByKey = <I, A, O>(
  name: string,
  combineFn: CombineFn<I, A, O>,
): PTransform<PCollection<KV<string, I>>, PCollection<KV<string, O>>> =>
  withName(name, ((input: PCollection<KV<string, I>>) =>
    input.apply(grouped<I>('By key')).apply(applied('Combine', new CombineValuesFn(combineFn as never)))) as never);
