import '../../../beam/sdk.js';
import { windowParam } from 'apache-beam';
import type { PCollection } from 'apache-beam/pvalue';
import { requireForSerialization } from 'apache-beam/serialization';
import { assignTimestamps } from 'apache-beam/transforms/window';
import type { KV } from 'apache-beam/values';
import Long from 'long';
import { expect, test } from 'vitest';
import { combineOnceByKey, createSpread } from '../../../beam/operators/bounded.js';
import { map } from '../../../beam/operators/plain-functions.js';
import { runDirectly } from '../../../beam/pipeline/direct-runner.js';
import { writeToMemory } from '../../../beam/pipeline/memory-io.js';
import { buildPipeline } from '../../../beam/pipeline/portable-runner.js';
import { windowIntoFixed } from '../../../beam/pipeline/windowing.js';

interface Sale {
  readonly place: string;
  readonly second: number;
  readonly count: number;
}

const total = {
  createAccumulator: () => 0,
  addInput: (sum: number, count: number) => sum + count,
  mergeAccumulators: (all: Iterable<number>) => [...all].reduce((sum, part) => sum + part, 0),
  extractOutput: (sum: number) => sum,
};
const timeOf = ({ second }: Sale) => Long.fromNumber(second * 1000);
const keyed = ({ place, count }: Sale) => ({ key: place, value: count });
function described({ key, value }: KV<string, number>, { window }: { window: { lookup(): { start: Long } } }) {
  return `${key} ${window.lookup().start.toNumber() / 1000}: ${value}`;
}
requireForSerialization('orderflow/tests/bounded', { total, timeOf, keyed, described });

const build =
  (sales: readonly Sale[], sums: string[]) =>
  (root: Parameters<Parameters<typeof buildPipeline>[0]>[0]): void => {
    const perPlace = root
      .apply(createSpread('Sales', sales))
      .apply(assignTimestamps(timeOf as never))
      .apply(windowIntoFixed<Sale>({ sizeSeconds: 60, allowedLatenessMs: 0 }))
      .apply(map(keyed)) as PCollection<KV<string, number>>;
    perPlace
      .apply(combineOnceByKey('Total', total))
      .apply(map(described as never, { window: windowParam() }))
      .apply(writeToMemory('Sums', sums));
  };

test('combines the values of a key and window once, when all are there', async () => {
  const sums: string[] = [];
  const sale = (place: string, second: number, count: number): Sale => ({ place, second, count });
  await runDirectly(
    build([sale('a', 1, 1), sale('b', 2, 10), sale('a', 59, 2), sale('a', 60, 4), sale('a', 61, 8)], sums),
  );
  expect(sums.sort()).toEqual(['a 0: 3', 'a 60: 12', 'b 0: 10']);
});

test('nothing is there where nothing is given', async () => {
  const sums: string[] = [];
  await runDirectly(build([], sums));
  expect(sums).toEqual([]);
});

test('a runner can part what comes after the elements from them: it groups in between', () => {
  const { transforms } = buildPipeline(build([{ place: 'a', second: 0, count: 1 }], []), '127.0.0.1:1').components!;
  const groupings = Object.values(transforms).filter(({ spec }) => spec?.urn === 'beam:transform:group_by_key:v1');
  expect(groupings.map(({ uniqueName }) => uniqueName.split('/')[0])).toEqual(['Sales', 'Total']);
});
