/** The picture of a contest. */
import * as echarts from 'echarts';
import type { ContestResult } from './contest.js';
import { type Measure, type MeasureGroup, measureOf, spreadOfMeasure, withoutFaults } from './result.js';

const measure = (group: MeasureGroup, name: string) => ({
  group,
  measure: measureOf(group, name),
});

interface Panel {
  readonly title: string;
  readonly group: MeasureGroup;
  readonly measure: Measure;
}

const panelsAt = (rate: number): readonly Panel[] => [
  { title: 'records/s', ...measure('fast', 'records/s') },
  { title: 'CPU seconds per million records', ...measure('fast', 'CPU s/million') },
  { title: 'memory, MiB', ...measure('fast', 'MiB') },
  { title: `p99 at ${rate} orders/s, ms`, ...measure('steady', 'p99 ms') },
];

const width = 1000;
const columns = 2;

/** An SVG: for each of four measures a bar of the median for each contestant, with a point for each round. `rate` is the steady one. */
export function contestChart({ turns }: ContestResult, contestants: readonly string[], rate: number): string {
  const good = withoutFaults(turns);
  const rowHeight = 60 + 28 * contestants.length;
  const panels = panelsAt(rate);
  const rows = Math.ceil(panels.length / columns);
  const height = 80 + rows * rowHeight;
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  const column = (at: number) => at % columns;
  const top = (at: number) => 90 + Math.floor(at / columns) * rowHeight;
  const half = width / columns;
  const axes = (at: number) => ({ xAxisIndex: at, yAxisIndex: at, animation: false });
  chart.setOption({
    backgroundColor: '#ffffff',
    title: [
      { text: 'Contest', subtext: 'bars: medians, points: rounds', left: 'center' },
      ...panels.map(({ title }, at) => ({
        text: title,
        textStyle: { fontSize: 13 },
        left: column(at) * half + 130,
        top: top(at) - 24,
      })),
    ],
    grid: panels.map((_, at) => ({
      left: column(at) * half + 130,
      top: top(at),
      width: half - 170,
      height: rowHeight - 60,
    })),
    xAxis: panels.map((_, at) => ({ type: 'value', gridIndex: at, min: 0, splitNumber: 4 })),
    yAxis: panels.map((_, at) => ({ type: 'category', gridIndex: at, data: contestants, inverse: true })),
    series: panels.flatMap(({ group, measure }, at) => [
      {
        ...axes(at),
        type: 'bar',
        barWidth: 14,
        data: contestants.map((name) => spreadOfMeasure(turns, name, group, measure)?.median ?? null),
      },
      {
        ...axes(at),
        type: 'scatter',
        symbolSize: 5,
        itemStyle: { color: '#222222' },
        data: good.flatMap((turn) => {
          const load = turn[group];
          return load ? [[measure.of(load), turn.contestant]] : [];
        }),
      },
    ]),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
