/**
 * Names by which Flink finds the state of a step again. Beam names an operator by the name of the PCollection that it reads, and the SDK
 * numbers these in the order in which they are made: a step more in front, and all that come after it have lost their state.
 */
import type { Components } from 'apache-beam/proto/beam_runner_api';

/** Names each PCollection by the transform that makes it, and by the output: `Sum/Encode.main`. Idempotent. */
export function nameCollections({ transforms, pcollections }: Components): void {
  for (const { uniqueName, subtransforms, outputs } of Object.values(transforms)) {
    // A composite only hands on what its parts make.
    if (subtransforms.length > 0) continue;
    for (const [output, id] of Object.entries(outputs)) pcollections[id]!.uniqueName = `${uniqueName}.${output}`;
  }
}
