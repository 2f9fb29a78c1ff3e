import { EventEmitter } from 'node:events';
import '../../../beam/sdk.js';
import { windowParam } from 'apache-beam';
import { Pipeline } from 'apache-beam/internal/pipeline';
import { ProcessBundleDescriptor, StateKey, type StateRequest } from 'apache-beam/proto/beam_fn_api';
import { ParDoPayload, Pipeline as PipelineProto, type PTransform } from 'apache-beam/proto/beam_runner_api';
import { Root, type PCollection } from 'apache-beam/pvalue';
import { requireForSerialization } from 'apache-beam/serialization';
import { combinePerKey, groupByKey, impulse } from 'apache-beam/transforms/internal';
import { assignTimestamps } from 'apache-beam/transforms/window';
import type { KV } from 'apache-beam/values';
import { CachingStateProvider, GrpcStateProvider, MultiplexingStateChannel } from 'apache-beam/worker/state';
import { BundleProcessor } from 'apache-beam/worker/worker';
import Long from 'long';
import { beforeEach, expect, test, vi } from 'vitest';
import { combineByKey, type Pane } from '../../../beam/operators/combine.js';
import { runDirectly } from '../../../beam/pipeline/direct-runner.js';
import { readFromMemory, writeToMemory } from '../../../beam/pipeline/memory-io.js';
import { parDoUrn, withDoFnOperators } from '../../../beam/operators/operator-urns.js';
import { StateChannel, type StateStream } from '../../../beam/fn-api/state-channel.js';
import { windowIntoFixed } from '../../../beam/pipeline/windowing.js';

interface Sale {
  readonly place: string;
  readonly second: number;
  readonly count: number;
}

/** Counts in an accumulator that is no number, and refuses to count less than nothing. */
const total = {
  createAccumulator: () => ({ sum: 0 }),
  addInput({ sum }: { sum: number }, count: number) {
    if (count < 0) throw new Error(`less than nothing: ${count}`);
    return { sum: sum + count };
  },
  mergeAccumulators: (all: Iterable<{ sum: number }>) => ({ sum: [...all].reduce((sum, part) => sum + part.sum, 0) }),
  extractOutput: ({ sum }: { sum: number }) => sum,
};
const timeOf = ({ second }: Sale) => Long.fromNumber(second * 1000);
const keyed = ({ place, count }: Sale) => ({ key: place, value: count });
function described({ key, value }: KV<string, Pane<number>>, { window }: { window: { lookup(): { start: Long } } }) {
  return `${key} ${window.lookup().start.toNumber() / 1000}: pane ${value.index}, ${value.value}`;
}
requireForSerialization('orderflow/tests/combine', { total, timeOf, keyed, described });

/** Sales → panes of a minute, described. */
function build(root: Root, sales: readonly Sale[], panes: string[]): void {
  const perPlace = root
    .apply(readFromMemory('Sales', sales))
    .apply(assignTimestamps(timeOf as never))
    .apply(windowIntoFixed<Sale>({ sizeSeconds: 60, allowedLatenessMs: 0 }))
    .map(keyed) as PCollection<KV<string, number>>;
  perPlace
    .apply(combineByKey<number, { sum: number }, number>('Total', total))
    .map(described as never, { window: windowParam() } as never)
    .apply(writeToMemory('Panes', panes));
}

/** A runner's state, behind a stream: what a worker puts there lasts from bundle to bundle. */
class StateBackend extends EventEmitter implements StateStream {
  readonly bags = new Map<string, Uint8Array[]>();
  refuses = false;
  end() {}
  write({ id, stateKey, request }: StateRequest) {
    const key = Buffer.from(StateKey.toBinary(stateKey!)).toString('latin1');
    const bag = this.bags.get(key) ?? [];
    if (request.oneofKind === 'append') this.bags.set(key, [...bag, request.append.data]);
    if (request.oneofKind === 'clear') this.bags.delete(key);
    const get = { data: new Uint8Array(Buffer.concat(bag)), continuationToken: new Uint8Array() };
    const response =
      request.oneofKind === 'get'
        ? { oneofKind: 'get', get }
        : { oneofKind: request.oneofKind, [request.oneofKind!]: {} };
    queueMicrotask(() => this.emit('data', { id, error: this.refuses ? 'no' : '', response }));
  }
}

/** Runs each list of sales as a bundle of its own over one state. */
async function runBundles(backend: StateBackend, bundles: readonly (readonly Sale[])[]): Promise<string[]> {
  const panes: string[] = [];
  const channel = new StateChannel(backend, () => undefined);
  for (const [index, sales] of bundles.entries()) {
    const pipeline = new Pipeline();
    build(new Root(pipeline), sales, panes);
    const { components } = PipelineProto.clone(pipeline.getProto());
    withDoFnOperators(components!.transforms);
    const descriptor = ProcessBundleDescriptor.create({ ...components, id: '' });
    const provider = new CachingStateProvider(new GrpcStateProvider(channel as never, `b${index}`));
    await new BundleProcessor(descriptor, null as never, provider as never, [impulse.urn]).process(`b${index}`);
  }
  return panes;
}

const sale = (place: string, second: number, count: number): Sale => ({ place, second, count });

beforeEach(() => {
  // The SDK writes a line per bundle.
  vi.spyOn(console, 'debug').mockImplementation(() => undefined);
});

test('a bundle puts out a pane for each key and window that it changed, with all that these have so far', async () => {
  const panes = await runBundles(new StateBackend(), [
    [sale('a', 1, 2), sale('b', 2, 3), sale('a', 59, 4), sale('a', 60, 5)],
    [sale('a', 30, 10)],
    [],
    [sale('b', 61, 1), sale('a', 3, 1)],
  ]);
  expect(panes).toEqual([
    'a 0: pane 0, 6',
    'b 0: pane 0, 3',
    'a 60: pane 0, 5',
    'a 0: pane 1, 16',
    'b 60: pane 0, 1',
    'a 0: pane 2, 17',
  ]);
});

test('the state holds one value for each key and window, however many came', async () => {
  const backend = new StateBackend();
  const bundle = [sale('a', 1, 2), sale('b', 2, 3)];
  await runBundles(
    backend,
    Array.from({ length: 50 }, () => bundle),
  );
  expect([...backend.bags.values()].map((bag) => bag.length)).toEqual([1, 1]);
});

test('keys of any text, and windows, are kept apart', async () => {
  const places = ['', ' ', 'ä', '日本', '\u0000', 'a'.repeat(300)];
  const sales = places.flatMap((place, index) => [sale(place, 0, index), sale(place, 60, 100 + index)]);
  const panes = await runBundles(new StateBackend(), [sales, sales]);
  const expected = (pane: number) =>
    places.flatMap((place, index) => [
      `${place} 0: pane ${pane}, ${index * (pane + 1)}`,
      `${place} 60: pane ${pane}, ${(100 + index) * (pane + 1)}`,
    ]);
  expect(panes.sort()).toEqual([...expected(0), ...expected(1)].sort());
});

test('on the DirectRunner the one bundle makes the one pane', async () => {
  const panes: string[] = [];
  await runDirectly(async (root) => build(root, [sale('a', 1, 2), sale('a', 2, 3), sale('b', 90, 1)], panes));
  expect(panes).toEqual(['a 0: pane 0, 5', 'b 60: pane 0, 1']);
});

test('a value that cannot be added, and a state that the runner refuses, fail the bundle and show no values', async () => {
  const backend = new StateBackend();
  await expect(runBundles(backend, [[sale('a', 1, -7)]])).rejects.toThrow(
    /^transform "Total\/Combine", an element: Error/,
  );
  await expect(runBundles(backend, [[sale('a', 1, -7)]])).rejects.not.toThrow('-7');
  backend.refuses = true;
  await expect(runBundles(backend, [[sale('a', 1, 7)]])).rejects.toThrow(
    'transform "Total/Combine": the runner refused a request for state',
  );
  expect([...backend.bags]).toEqual([]);
});

/** What the runner is told of a transform over keyed values. */
function protoWith(transform: unknown): PipelineProto {
  const pipeline = new Pipeline();
  const keyedValues = new Root(pipeline).apply(impulse()).map(keyed as never) as PCollection<KV<string, number>>;
  keyedValues.apply(transform as never);
  return pipeline.getProto();
}
const statesOf = ({ components }: PipelineProto) =>
  Object.values(components!.transforms)
    .filter(({ spec }) => spec?.urn === parDoUrn)
    .flatMap(({ spec }: PTransform) => Object.values(ParDoPayload.fromBinary(spec!.payload).stateSpecs));
const groupings = ({ components }: PipelineProto) =>
  Object.values(components!.transforms).filter(
    ({ spec }) => spec?.urn === (groupByKey as unknown as { urn: string }).urn,
  );

test('the runner is told of a state, and groups nothing', () => {
  const proto = protoWith(combineByKey('Total', total));
  expect(statesOf(proto)).toHaveLength(1);
  expect(proto.requirements).toEqual(['beam:requirement:pardo:stateful:v1']);
  expect(groupings(proto)).toEqual([]);
});

test("the SDK's combine groups all values, and its state channel cannot write (when this fails, ours can go)", () => {
  const proto = protoWith(combinePerKey(total));
  expect(statesOf(proto)).toEqual([]);
  expect(groupings(proto)).toHaveLength(1);
  expect(Object.getOwnPropertyNames(MultiplexingStateChannel.prototype)).toEqual(['constructor', 'close', 'getState']);
});
