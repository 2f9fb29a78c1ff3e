import '../../beam/sdk.js';
import { Pipeline } from 'apache-beam/internal/pipeline';
import { AccumulationMode_Enum, ClosingBehavior_Enum, type WindowingStrategy } from 'apache-beam/proto/beam_runner_api';
import { Root } from 'apache-beam/pvalue';
import { impulse } from 'apache-beam/transforms/internal';
import { expect, test } from 'vitest';
import { windowIntoFixed } from '../../beam/windowing.js';

/** The windowing that the runner is told. */
function strategyOf(windowing: Parameters<typeof windowIntoFixed>[0]): WindowingStrategy {
  const pipeline = new Pipeline();
  new Root(pipeline).apply(impulse()).apply(windowIntoFixed(windowing));
  const { windowingStrategies } = pipeline.getProto().components!;
  return Object.values(windowingStrategies).find(({ allowedLateness }) => allowedLateness > 0n)!;
}

const strategy = strategyOf({ sizeSeconds: 60, allowedLatenessMs: 5_000, paneDelayMs: 700 });

test('keeps windows for the allowed lateness, accumulates, and writes what is left when one ends', () => {
  expect(strategy).toMatchObject({
    allowedLateness: 5_000n,
    accumulationMode: AccumulationMode_Enum.ACCUMULATING,
    closingBehavior: ClosingBehavior_Enum.EMIT_IF_NONEMPTY,
  });
});

test('asks for a pane twice, so that a clock which is set back between does not leave it out', () => {
  const after = (delayMillis: bigint) => ({
    trigger: {
      oneofKind: 'afterProcessingTime',
      afterProcessingTime: {
        timestampTransforms: [{ timestampTransform: { oneofKind: 'delay', delay: { delayMillis } } }],
      },
    },
  });
  const afterPane = {
    trigger: { oneofKind: 'afterAny', afterAny: { subtriggers: [after(700n), after(710n)] } },
  };
  expect(strategy.trigger).toEqual({
    trigger: { oneofKind: 'afterEndOfWindow', afterEndOfWindow: { earlyFirings: afterPane, lateFirings: afterPane } },
  });
});
