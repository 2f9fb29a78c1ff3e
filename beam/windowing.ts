/** Windowing with allowed lateness, trigger and accumulation, which the SDK's windowInto can only take as a raw proto. */
import './sdk.js';
import Long from 'long';
import * as runnerApi from 'apache-beam/proto/beam_runner_api';
import type { PCollection } from 'apache-beam/pvalue';
import { withName, type PTransform } from 'apache-beam/transforms/transform';
import { windowInto } from 'apache-beam/transforms/window';
import { fixedWindows } from 'apache-beam/transforms/windowings';

export interface FixedWindowing {
  readonly sizeSeconds: number;
  /** Elements up to this much behind the watermark still count in their window. */
  readonly allowedLatenessMs: number;
  /**
   * A window writes a pane this long after its first change, before and after its end. Beside those, one as the watermark
   * passes its end, and one with the first element, where that comes after the end.
   */
  readonly paneDelayMs: number;
}

/**
 * Fixed windows whose panes accumulate: each holds everything that its window got so far. A pane is written some time
 * after a change (so that a burst of late elements makes one pane), and none where nothing changed.
 */
export function windowIntoFixed<T>(windowing: FixedWindowing): PTransform<PCollection<T>, PCollection<T>> {
  return withName(`Window ${windowing.sizeSeconds}s`, ((
    input: PCollection<T>,
    pipeline: { defaultEnvironment: string },
  ) =>
    input.apply(
      windowInto(fixedWindows(Long.fromNumber(windowing.sizeSeconds)), strategy(windowing, pipeline)),
    )) as never);
}

const afterDelay = (millis: number) =>
  runnerApi.Trigger.create({
    trigger: {
      oneofKind: 'afterProcessingTime',
      afterProcessingTime: {
        timestampTransforms: [{ timestampTransform: { oneofKind: 'delay', delay: { delayMillis: BigInt(millis) } } }],
      },
    },
  });

/**
 * Flink counts down to a timer from when it set it, Beam asks the clock once when it fires: where the clock was set back
 * meanwhile, by a millisecond even, the pane would wait for the window's next element, or for its end a day later. A second
 * timer, which Flink sets when the first has fired, comes when the clock has caught up.
 * Source: AfterDelayFromFirstElementStateMachine in Beam's runners/core-java, InternalTimerServiceImpl in Flink.
 */
function afterPaneDelay({ paneDelayMs }: FixedWindowing): runnerApi.Trigger {
  const subtriggers = [afterDelay(paneDelayMs), afterDelay(paneDelayMs + 10)];
  return runnerApi.Trigger.create({ trigger: { oneofKind: 'afterAny', afterAny: { subtriggers } } });
}

function strategy(windowing: FixedWindowing, pipeline: { defaultEnvironment: string }): runnerApi.WindowingStrategy {
  const afterPane = afterPaneDelay(windowing);
  return runnerApi.WindowingStrategy.create({
    trigger: {
      trigger: {
        oneofKind: 'afterEndOfWindow',
        afterEndOfWindow: { earlyFirings: afterPane, lateFirings: afterPane },
      },
    },
    accumulationMode: runnerApi.AccumulationMode_Enum.ACCUMULATING,
    outputTime: runnerApi.OutputTime_Enum.END_OF_WINDOW,
    closingBehavior: runnerApi.ClosingBehavior_Enum.EMIT_IF_NONEMPTY,
    onTimeBehavior: runnerApi.OnTimeBehavior_Enum.FIRE_IF_NONEMPTY,
    allowedLateness: BigInt(windowing.allowedLatenessMs),
    environmentId: pipeline.defaultEnvironment,
  });
}
