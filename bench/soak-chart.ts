/** The picture of a soak. */
import * as echarts from 'echarts';
import type { Sample, SoakResult } from './soak.js';

const mebibytes = (bytes: number) => Math.round(bytes / 1024 ** 2);

/** An SVG: resident memory above, what the stages are behind below, both over the minutes. */
export function soakChart({ samples, rate, slopes }: SoakResult): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 1000, height: 640 });
  const line = (name: string, axis: number, valueOf: (sample: Sample) => number) => ({
    name,
    type: 'line' as const,
    xAxisIndex: axis,
    yAxisIndex: axis,
    symbol: 'none',
    animation: false,
    data: samples.map((sample) => [sample.seconds / 60, valueOf(sample)]),
  });
  const slope = (value: number) => `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(1)} %/h`;
  const minutes = { type: 'value' as const, name: 'minutes', nameLocation: 'middle' as const, nameGap: 24 };
  chart.setOption({
    backgroundColor: '#ffffff',
    title: { text: `Soak at ${rate} orders/s`, subtext: 'slopes: over the last 40 minutes', left: 'center' },
    legend: { top: 56 },
    grid: [
      { left: 80, right: 40, top: 90, height: 290 },
      { left: 80, right: 40, top: 440, height: 140 },
    ],
    xAxis: [
      { ...minutes, gridIndex: 0, max: 'dataMax' },
      { ...minutes, gridIndex: 1, max: 'dataMax' },
    ],
    yAxis: [
      { type: 'value', name: 'MiB', gridIndex: 0 },
      { type: 'value', name: 'orders', gridIndex: 1 },
    ],
    series: [
      line(`TaskManager (${slope(slopes.taskManager)})`, 0, ({ taskManager }) => mebibytes(taskManager)),
      line(`workers, all together (${slope(slopes.workers)})`, 0, ({ workers }) => mebibytes(workers)),
      line(`worker pool (${slope(slopes.pool)})`, 0, ({ pool }) => mebibytes(pool)),
      line('not committed yet by the slowest stage', 1, ({ lag }) => lag),
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
