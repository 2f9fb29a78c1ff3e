/** What a scaling came to, as text and as a picture. */
import { expect, test } from 'vitest';
import type { LoadResult, TurnResult } from '../../../bench/contest/result.js';
import { byPart } from '../../../bench/contest/usage.js';
import { scalingChart } from '../../../bench/scaling/chart.js';
import type { ScaleResult } from '../../../bench/scaling/scaling.js';
import { mostToLeast, scalingText } from '../../../bench/scaling/tables.js';

const load = (recordsPerSecond: number, cpuSeconds: number): LoadResult => ({
  orders: 1_000,
  records: 1_000,
  rate: null,
  publishedPerSecond: 5_000,
  recordsPerSecond,
  seconds: 4,
  cpuSeconds,
  cpuByPart: byPart(() => cpuSeconds / 5),
  memory: 1024 ** 3,
  latencyMs: { p50: 10, p99: 100, p999: 150 },
});

const turn = (value: number, round: number, fast?: LoadResult): TurnResult => ({
  contestant: `fused, workers ${value}`,
  round,
  seconds: 60,
  loadAverage: 0.5,
  fault: fast ? null : 'as fast as possible: 3 lost',
  ...(fast && { fast }),
});

const resultOf = (turns: readonly TurnResult[], values = [1, 2, 4]): ScaleResult => ({
  scale: 'workers',
  of: 'workers of a step',
  values,
  points: values.map((value) => ({ name: `fused, workers ${value}`, contestant: 'fused', value })),
  turns,
});

// The machine was half as fast in the second round: the ratios know nothing of it.
const result = resultOf([
  turn(1, 0, load(500, 1)),
  turn(2, 0, load(900, 1.1)),
  turn(4, 0, load(1_000, 1.2)),
  turn(4, 1, load(500, 2)),
  turn(2, 1, load(450, 2.2)),
  turn(1, 1, load(250, 2)),
]);

test('a row for each value has its medians, and its CPU beside that of the first value', () => {
  expect(scalingText([result]).split('\n')).toEqual([
    'fused',
    'workers of a step        records/s      CPU s/million                MiB   CPU to that at 1',
    '                1   375 (250..500)  1500 (1000..2000)  1024 (1024..1024)  1.00 (1.00..1.00)',
    '                2   675 (450..900)  1650 (1100..2200)  1024 (1024..1024)  1.10 (1.10..1.10)',
    '                4  750 (500..1000)  1600 (1200..2000)  1024 (1024..1024)  1.10 (1.00..1.20)',
    'CPU of a record, the most to the least: 1.15 (1.10..1.20)',
  ]);
});

test('a value that loses something has no figures, and is told', () => {
  const text = scalingText([resultOf([turn(1, 0, load(500, 1)), turn(2, 0)], [1, 2])]);
  expect(text).toMatch(/^ +1 +500 +1000 +1024 +1\.00$/m);
  expect(text).toMatch(/^ +2$/m);
  expect(text).toContain('\n\nfused, workers 2 has no figures: in round 1, as fast as possible: 3 lost');
  expect(text).not.toContain('the most to the least');
});

test('how far apart the values are is of the rounds that all of them have', () => {
  const missing = result.turns.filter(({ round, contestant }) => round === 0 || contestant !== 'fused, workers 4');
  expect(mostToLeast({ turns: missing }, result.points)).toEqual({ median: 1.2, least: 1.2, most: 1.2, count: 1 });
  expect(mostToLeast({ turns: [] }, result.points)).toBeUndefined();
});

test('the picture is an SVG with each measure, value and contestant', () => {
  const svg = scalingChart([result, { ...result, scale: 'size', of: 'bytes of an order' }]);
  expect(svg).toMatch(/^<svg [^]*<\/svg>\s*$/);
  for (const text of ['records/s', 'CPU s/million', 'MiB', 'workers of a step', 'bytes of an order', 'fused', '4'])
    expect(svg).toContain(`>${text}<`);
});
