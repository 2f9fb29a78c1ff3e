/** The picture of scaling. */
import * as echarts from 'echarts';
import { spreadOfMeasure, withoutFaults } from '../contest/result.js';
import type { ScaleResult } from './scaling.js';
import { contestantsOf, shownMeasures } from './tables.js';

const width = 1200;
const rowHeight = 300;
const columns = shownMeasures.length;
const column = width / columns;

/** An SVG: a row for each scale with a panel for each measure: lines through the medians over the values, and a point for each round. */
export function scalingChart(results: readonly ScaleResult[]): string {
  const height = 80 + results.length * rowHeight;
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  const panels = results.flatMap((result, row) => shownMeasures.map((measure, at) => ({ result, measure, row, at })));
  const top = (row: number) => 110 + row * rowHeight;
  const names = [...new Set(results.flatMap(contestantsOf))];
  const colorOf = (name: string) => colors[names.indexOf(name) % colors.length]!;
  chart.setOption({
    backgroundColor: '#ffffff',
    title: [
      { text: 'Scaling', subtext: 'lines: medians, points: rounds', left: 'center' },
      ...panels.map(({ measure, row, at }) => ({
        text: measure.name,
        textStyle: { fontSize: 13 },
        left: at * column + 70,
        top: top(row) - 28,
      })),
    ],
    legend: { data: names, right: 20, top: 10 },
    grid: panels.map(({ row, at }) => ({
      left: at * column + 70,
      top: top(row),
      width: column - 100,
      height: rowHeight - 100,
    })),
    xAxis: panels.map(({ result }, at) => ({
      type: 'category',
      gridIndex: at,
      data: result.values.map(String),
      name: result.of,
      nameLocation: 'middle',
      nameGap: 26,
    })),
    yAxis: panels.map((_, at) => ({ type: 'value', gridIndex: at, min: 0, splitNumber: 4 })),
    series: panels.flatMap(({ result, measure }, at) =>
      contestantsOf(result).flatMap((contestant) => {
        const points = result.points.filter((point) => point.contestant === contestant);
        const axes = { xAxisIndex: at, yAxisIndex: at, animation: false, itemStyle: { color: colorOf(contestant) } };
        const good = withoutFaults(result.turns);
        return [
          {
            ...axes,
            name: contestant,
            type: 'line',
            symbol: 'none',
            data: points.map(({ name }) => spreadOfMeasure(result.turns, name, 'fast', measure)?.median ?? null),
          },
          {
            ...axes,
            name: contestant,
            type: 'scatter',
            symbolSize: 5,
            data: points.flatMap(({ name, value }) =>
              good.flatMap(({ contestant, fast }) =>
                contestant === name && fast ? [[String(value), measure.of(fast)]] : [],
              ),
            ),
          },
        ];
      }),
    ),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

const colors = ['#3b6ea5', '#c0562f', '#4c8c4a', '#8a5ba6', '#a08a2c', '#2c8c8c', '#a63b5b', '#666666'];
