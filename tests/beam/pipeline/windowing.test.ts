import '../../../beam/sdk.js';
import { Pipeline } from 'apache-beam/internal/pipeline';
import { Root } from 'apache-beam/pvalue';
import { impulse } from 'apache-beam/transforms/internal';
import { windowInto } from 'apache-beam/transforms/window';
import { fixedWindows } from 'apache-beam/transforms/windowings';
import Long from 'long';
import { expect, test } from 'vitest';
import { FixedWindows } from '../../../beam/operators/fixed-windows.js';
import { windowIntoFixed } from '../../../beam/pipeline/windowing.js';

/** How long the runner is told to keep windows, ms, in the windowings that a transform adds. */
function latenessOf(transform: ReturnType<typeof windowIntoFixed<Uint8Array>>): bigint[] {
  const pipeline = new Pipeline();
  new Root(pipeline).apply(impulse()).apply(transform);
  const { windowingStrategies } = pipeline.getProto().components!;
  return Object.values(windowingStrategies)
    .filter(({ windowFn }) => windowFn!.urn === 'beam:window_fn:fixed_windows:v1')
    .map(({ allowedLateness }) => allowedLateness);
}

test('windows are kept for the allowed lateness', () => {
  expect(latenessOf(windowIntoFixed({ sizeSeconds: 60, allowedLatenessMs: 5_000 }))).toEqual([5_000n]);
});

test("the SDK's own windows take nothing that is late (when this fails, ours can go)", () => {
  expect(latenessOf(windowInto(fixedWindows(Long.fromNumber(60))))).toEqual([0n]);
});

test.each([0, 1, 59_999, 60_000, 1_700_000_123_456])("the window of %d is the SDK's own", (timestamp) => {
  const ours = new FixedWindows(60);
  const theirs = fixedWindows(Long.fromNumber(60));
  expect(ours.assignWindows(Long.fromNumber(timestamp))).toEqual(theirs.assignWindows(Long.fromNumber(timestamp)));
  expect([ours.toProto(), ours.isMerging(), ours.assignsToOneWindow()]).toEqual([
    theirs.toProto(),
    theirs.isMerging(),
    theirs.assignsToOneWindow(),
  ]);
});
