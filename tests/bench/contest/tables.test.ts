/** A contest's result as text and as a picture. */
import { expect, test } from 'vitest';
import { contestChart } from '../../../bench/contest/chart.js';
import { type LoadResult, pairsOf, type TurnResult } from '../../../bench/contest/result.js';
import { contestText, remarks, spreadText } from '../../../bench/contest/tables.js';

const load = (changes: Partial<LoadResult> = {}): LoadResult => ({
  orders: 1_000,
  records: 1_000,
  rate: null,
  publishedPerSecond: 5_000,
  recordsPerSecond: 500,
  seconds: 4,
  cpuSeconds: 2,
  cpuByPart: { 'its own': 0.5, Flink: 0, PostgreSQL: 1, Kafka: 0.4, partner: 0.1 },
  memory: 1024 ** 3,
  latencyMs: { p50: 10, p99: 100, p999: 150 },
  ...changes,
});

const steady = load({ rate: 500, publishedPerSecond: 499, cpuSeconds: 1 });

const turn = (contestant: string, round: number, changes: Partial<TurnResult> = {}): TurnResult => ({
  contestant,
  round,
  seconds: 60,
  loadAverage: 0.5,
  fault: null,
  fast: load(),
  ...changes,
});

const turns = [
  turn('fused', 0, { fast: load({ recordsPerSecond: 900 }), steady, half: { ...steady, rate: 450 } }),
  turn('peer', 0, { steady }),
  turn('peer', 1, { fast: load({ recordsPerSecond: 300 }) }),
  turn('fused', 1, { fast: load({ recordsPerSecond: 600 }) }),
  turn('loser', 0),
  turn('loser', 1, { fault: 'as fast as possible: 3 lost', fast: undefined }),
];
const options = { contestants: ['fused', 'peer', 'loser'], pairs: [['fused', 'peer']], rate: 500 } as const;
const limits = [1_000, 3_000].map((perSecond, round) => ({
  round,
  limits: [{ name: 'kafkajs produces', unit: 'records/s', perSecond }],
}));

test('a table has the median with the least and the most of the rounds', () => {
  const text = contestText({ turns, limits: [] }, options).split('\n');
  expect(text.slice(0, 4)).toEqual([
    'as fast as possible       records/s      with panes      CPU s/million                MiB',
    'fused                750 (600..900)  250 (250..250)  2000 (2000..2000)  1024 (1024..1024)',
    'peer                 400 (300..500)  250 (250..250)  2000 (2000..2000)  1024 (1024..1024)',
    // What somebody does who loses orders is worth nothing, also in the rounds in which he lost none.
    'loser',
  ]);
});

test('the CPU is told by whose processes used it', () => {
  const text = contestText({ turns, limits: [] }, options);
  expect(text).toMatch(/^CPU s\/million, by whose +its own +Flink +PostgreSQL +Kafka +partner$/m);
  expect(text).toMatch(/^fused +500 \(500\.\.500\) +0\.0 \(0\.0\.\.0\.0\) +1000 .* +400 .* +100 /m);
});

test('at a steady rate the CPU is in percent of a core', () => {
  const text = contestText({ turns, limits: [] }, options);
  expect(text).toMatch(/^at 500 orders\/s +p50 ms +p99 ms +p99\.9 ms +CPU %$/m);
  expect(text).toMatch(/^fused +10\.0 +100 +150 +25\.0$/m);
  expect(text).toMatch(/^at half of its own highest rate +orders\/s +p50 ms +p99 ms +p99\.9 ms$/m);
});

test('ratios are of pairs, by rounds', () => {
  const text = contestText({ turns, limits: [] }, options);
  expect(text).toMatch(/^fused \/ peer +records\/s +1\.90 \(1\.80\.\.2\.00\)$/m);
});

test('limits are rows of their own', () => {
  expect(contestText({ turns, limits }, options)).toMatch(/^kafkajs produces +2000 \(1000\.\.3000\) +records\/s$/m);
});

test('what was lost, and rates that were not published, are said', () => {
  const late = turn('peer', 1, { steady: { ...steady, publishedPerSecond: 400 } });
  expect(remarks([...turns, late])).toEqual([
    'loser has no figures: in round 2, as fast as possible: 3 lost\n' +
      'peer: in round 2, only 400 of 500 orders/s were published: its times there say little',
  ]);
  expect(remarks([turn('peer', 0, { steady })])).toEqual([]);
});

test('a single value has no spread, and none is nothing', () => {
  expect(spreadText({ median: 12.34, least: 12.34, most: 12.34, count: 1 })).toBe('12.3');
  expect(spreadText(undefined)).toBe('');
});

test('ours are compared with all others, and with those of ours that stand before them', () => {
  const isOurs = true as const;
  expect(pairsOf([{ name: 'jobs', isOurs }, { name: 'x' }, { name: 'fused', isOurs }])).toEqual([
    ['jobs', 'x'],
    ['fused', 'jobs'],
    ['fused', 'x'],
  ]);
});

test('the picture is an SVG that names everybody', () => {
  const svg = contestChart({ turns, limits: [] }, options.contestants, 500);
  expect(svg).toMatch(/^<svg [^]*<\/svg>\s*$/);
  for (const text of ['fused', 'peer', 'loser', 'p99 at 500 orders/s, ms']) expect(svg).toContain(`>${text}<`);
});
