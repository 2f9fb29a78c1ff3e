/** A step that changes nothing, to see what one step more does to a pipeline. */
import '../sdk.js';
import { GeneralObjectCoder } from 'apache-beam/coders/js_coders';
import type { PCollection } from 'apache-beam/pvalue';
import { withCoderInternal } from 'apache-beam/transforms/internal';
import { withName, type PTransform } from 'apache-beam/transforms/transform';

/** Hands on what comes, as it is. For elements that a worker of ours reads: the runner knows nothing of the output's coder. */
export const passThrough = <T>(name: string): PTransform<PCollection<T>, PCollection<T>> =>
  withName(name, withCoderInternal<T>(new GeneralObjectCoder<T>()));
