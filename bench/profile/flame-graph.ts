/** The picture of a profile: https://www.brendangregg.com/flamegraphs.html, with the outermost calls at the top. */
import * as echarts from 'echarts';
import type { Call } from './stacks.js';

const width = 1600;
const rowHeight = 17;
/** Narrower calls are left out: nobody could read them. */
const leastShare = 0.002;
const mostRows = 60;

interface Box {
  readonly name: string;
  readonly row: number;
  /** Of the whole. */
  readonly from: number;
  readonly share: number;
}

/** The boxes of all calls that are wide enough, the outermost first. */
export function boxesOf({ calls, weight }: Call): Box[] {
  const boxes: Box[] = [];
  const place = (list: readonly Call[], row: number, from: number) => {
    let at = from;
    for (const call of list) {
      const share = call.weight / weight;
      if (share >= leastShare && row < mostRows) {
        boxes.push({ name: call.name, row, from: at, share });
        place(call.calls, row + 1, at);
      }
      at += share;
    }
  };
  place(calls, 0, 0);
  return boxes;
}

const colors = ['#e8a15c', '#e5b567', '#dd8f57', '#efc27b', '#d98a4b', '#e9ad6e'];
const colorOf = (name: string) =>
  colors[[...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7) % colors.length]!;

/** An SVG: a box for each call, as wide as its share, below the one that called it. */
export function flameGraph(root: Call): string {
  const boxes = boxesOf(root);
  const rows = Math.max(1, ...boxes.map(({ row }) => row + 1));
  const height = 50 + rows * rowHeight;
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({
    backgroundColor: '#ffffff',
    animation: false,
    title: { text: root.name, left: 'center', textStyle: { fontSize: 14 } },
    xAxis: { show: false, min: 0, max: 1 },
    yAxis: { show: false, min: 0, max: rows, inverse: true },
    grid: { left: 10, right: 10, top: 36, bottom: 8 },
    series: [
      {
        type: 'custom',
        data: boxes.map(({ row, from, share }) => [from, row, share]),
        renderItem(params: { readonly dataIndex: number }, api: { coord(point: readonly number[]): number[] }) {
          const { name, row, from, share } = boxes[params.dataIndex]!;
          const [left = 0, top = 0] = api.coord([from, row]);
          const [right = 0] = api.coord([from + share, row]);
          const boxWidth = Math.max(right - left - 0.5, 0.5);
          const label = `${name} ${(share * 100).toFixed(1)} %`;
          return {
            type: 'rect',
            shape: { x: left, y: top, width: boxWidth, height: rowHeight - 1 },
            style: { fill: colorOf(name) },
            textContent: { style: { text: boxWidth > 30 ? label : '', fontSize: 10, fill: '#222222' } },
            textConfig: { position: 'insideLeft', inside: true, distance: 3 },
            ...(boxWidth > 30 && {
              clipPath: { type: 'rect', shape: { x: left, y: top, width: boxWidth, height: rowHeight } },
            }),
          };
        },
      },
    ],
  } as never);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
