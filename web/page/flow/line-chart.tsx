/** A chart over time, a line for each name. */
import type { Point } from '../../shared/answers.js';
import { axisStyle, Chart, type Colours, tooltipStyle } from '../chart.js';
import { rate } from './numbers.js';

interface LineChartProps {
  /** What the chart shows, in words. */
  readonly label: string;
  /** In ms since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly lines: readonly { readonly name: string; readonly points: readonly Point[] }[];
}

export function LineChart({ label, from, to, lines }: LineChartProps) {
  const option = (colours: Colours) => ({
    grid: { left: 4, right: 12, top: 12, bottom: 4, containLabel: true },
    tooltip: {
      ...tooltipStyle(colours),
      trigger: 'axis' as const,
      valueFormatter: (value: unknown) => rate(value as number | null),
    },
    xAxis: { ...axisStyle(colours), type: 'time' as const, min: from, max: to, splitLine: { show: false } },
    yAxis: { ...axisStyle(colours), type: 'value' as const, min: 0, axisLine: { show: false } },
    series: lines.map(({ name, points }) => ({
      name,
      type: 'line' as const,
      showSymbol: false,
      lineStyle: { width: 2 },
      data: points.map((point) => [...point]),
    })),
  });
  return <Chart label={label} height={200} option={option} />;
}
