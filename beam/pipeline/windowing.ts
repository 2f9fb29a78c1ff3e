/** Windowing with allowed lateness, which the SDK's windowInto can only take as a raw proto. */
import '../sdk.js';
import * as runnerApi from 'apache-beam/proto/beam_runner_api';
import type { PCollection } from 'apache-beam/pvalue';
import { withName, type PTransform } from 'apache-beam/transforms/transform';
import { windowInto } from 'apache-beam/transforms/window';
import { FixedWindows } from '../operators/fixed-windows.js';

export interface FixedWindowing {
  readonly sizeSeconds: number;
  /** What is kept of a window is kept until the watermark is this much behind its end; elements that come later are dropped. */
  readonly allowedLatenessMs: number;
}

/** Fixed windows. What comes after them needs no trigger: combineByKey writes a pane for each bundle that changed something. */
export function windowIntoFixed<T>(windowing: FixedWindowing): PTransform<PCollection<T>, PCollection<T>> {
  return withName('Window', ((input: PCollection<T>, pipeline: { defaultEnvironment: string }) =>
    input.apply(
      withName('Into', windowInto(new FixedWindows(windowing.sizeSeconds), strategy(windowing, pipeline))) as never,
    )) as never);
}

function strategy(
  { allowedLatenessMs }: FixedWindowing,
  pipeline: { defaultEnvironment: string },
): runnerApi.WindowingStrategy {
  return runnerApi.WindowingStrategy.create({
    trigger: { trigger: { oneofKind: 'default', default: {} } },
    accumulationMode: runnerApi.AccumulationMode_Enum.DISCARDING,
    outputTime: runnerApi.OutputTime_Enum.END_OF_WINDOW,
    closingBehavior: runnerApi.ClosingBehavior_Enum.EMIT_IF_NONEMPTY,
    onTimeBehavior: runnerApi.OnTimeBehavior_Enum.FIRE_IF_NONEMPTY,
    allowedLateness: BigInt(allowedLatenessMs),
    environmentId: pipeline.defaultEnvironment,
  });
}
