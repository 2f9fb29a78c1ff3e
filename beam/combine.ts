/** CombinePerKey over string keys, with a coder whose key bytes are the same in every worker. */
import './sdk.js';
import { KVCoder } from 'apache-beam/coders/required_coders';
import { GeneralObjectCoder } from 'apache-beam/coders/js_coders';
import { StrUtf8Coder } from 'apache-beam/coders/standard_coders';
import type { PCollection } from 'apache-beam/pvalue';
import type { CombineFn } from 'apache-beam/transforms/group_and_combine';
import { combinePerKey, withCoderInternal } from 'apache-beam/transforms/internal';
import { withName, type PTransform } from 'apache-beam/transforms/transform';
import type { KV } from 'apache-beam/values';

/** Combines the values of each key and window. `combineFn` must be registered with requireForSerialization. */
export function combineByKey<I, A, O>(
  name: string,
  combineFn: CombineFn<I, A, O>,
): PTransform<PCollection<KV<string, I>>, PCollection<KV<string, O>>> {
  return withName(name, ((input: PCollection<KV<string, I>>) =>
    input
      .apply(withName('Encode', withCoderInternal(new KVCoder(new StrUtf8Coder(), new GeneralObjectCoder()))) as never)
      .apply(withName('Combine', combinePerKey(combineFn)) as never)) as never);
}
