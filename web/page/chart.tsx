/** A chart on a canvas. What it shows stands in a table beside it, which is what screen readers and keyboards use. */
import * as echarts from 'echarts';
import { useEffect, useRef } from 'preact/hooks';

/** The page's colours, of the scheme that is in use. */
export interface Colours {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly panel: string;
  readonly series: readonly string[];
}

function coloursInUse(): Colours {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    text: of('text'),
    muted: of('muted'),
    line: of('line'),
    panel: of('panel'),
    series: Array.from({ length: 10 }, (_, index) => of(`series-${index + 1}`)),
  };
}

export interface ChartProps {
  /** What the chart shows, in words. */
  readonly label: string;
  readonly option: (colours: Colours) => echarts.EChartsOption;
  /** In CSS pixels. */
  readonly height: number;
  /** The series and the place in its data that were clicked. */
  readonly onPick?: (seriesIndex: number, dataIndex: number) => void;
}

const darkScheme = matchMedia('(prefers-color-scheme: dark)');

export function Chart({ label, option, height, onPick }: ChartProps) {
  const element = useRef<HTMLDivElement>(null);
  const latest = useRef({ option, onPick });
  latest.current = { option, onPick };

  useEffect(() => {
    const chart = echarts.init(element.current, null, { renderer: 'canvas', useDirtyRect: false });
    const draw = () => chart.setOption(withStyle(latest.current.option), { notMerge: true });
    const resized = new ResizeObserver(() => chart.resize());
    resized.observe(element.current!);
    darkScheme.addEventListener('change', draw);
    chart.on('click', ({ seriesIndex, dataIndex }) => latest.current.onPick?.(seriesIndex ?? 0, dataIndex));
    return () => {
      darkScheme.removeEventListener('change', draw);
      resized.disconnect();
      chart.dispose();
    };
  }, []);

  useEffect(() => {
    const chart = echarts.getInstanceByDom(element.current!)!;
    chart.resize();
    chart.setOption(withStyle(option), { notMerge: true });
  });

  return <div class="chart" ref={element} role="img" aria-label={label} style={{ height: `${height}px` }} />;
}

function withStyle(option: ChartProps['option']): echarts.EChartsOption {
  const colours = coloursInUse();
  return {
    color: [...colours.series],
    backgroundColor: 'transparent',
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 },
    // New numbers come every few seconds.
    animation: false,
    useUTC: true,
    ...option(colours),
  };
}

/** What axes and tooltips have in common. */
export const axisStyle = ({ muted, line }: Colours) => ({
  axisLine: { lineStyle: { color: line } },
  axisTick: { show: false },
  axisLabel: { color: muted, hideOverlap: true, margin: 12 },
  splitLine: { lineStyle: { color: line } },
});

/** Drawn on the canvas: text in HTML would need styles that the page's policy forbids. */
export const tooltipStyle = ({ text, panel, line }: Colours) => ({
  renderMode: 'richText' as const,
  confine: true,
  backgroundColor: panel,
  borderColor: line,
  textStyle: { color: text, fontSize: 12 },
});

/** The colours of the lines, in words: beside the chart, where it wraps. */
export function Legend({ names }: { readonly names: readonly string[] }) {
  return (
    <ul class="legend">
      {names.map((name, index) => (
        <li key={name}>
          <span class="swatch" style={{ background: `var(--series-${(index % 10) + 1})` }} />
          {name}
        </li>
      ))}
    </ul>
  );
}
