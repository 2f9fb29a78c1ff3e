/** The chart of a cube: lines over time, bars otherwise. */
import type { CubeAnswer, CubeRow, Point } from '../shared/answers.js';
import { formatAxis, formatTime, formatValue } from '../shared/format.js';
import { granularities } from '../shared/model.js';
import { timeSplit } from '../shared/state.js';
import { axisStyle, Chart, type Colours, Legend, tooltipStyle } from './chart.js';
import { nameOf } from './names.js';

/** More bars than this are in the table alone. */
const mostBars = 20;
/** More points than this are not filled up with zeros. */
const mostPoints = 2_000;

interface CubeChartProps {
  readonly answer: CubeAnswer;
  readonly columnId: string;
  readonly onDrill: (picked: readonly { split: string; value: string | number }[]) => void;
}

export function CubeChart(props: CubeChartProps) {
  return props.answer.state.splits.includes(timeSplit) ? <Lines {...props} /> : <Bars {...props} />;
}

const columnOf = ({ columns }: CubeAnswer, id: string) => columns.find((column) => column.id === id) ?? columns[0]!;

function Lines({ answer, columnId, onDrill }: CubeChartProps) {
  const { splits, granularity } = answer.state;
  const column = columnOf(answer, columnId);
  const { ms } = granularities[granularity];
  const time = splits.indexOf(timeSplit);
  const other = splits.findIndex((split) => split !== timeSplit);
  const names = other < 0 ? [''] : [...new Set(answer.rows.map(({ keys }) => String(keys[other])))].sort();
  // A time without orders has none; one without deliveries has no time to delivery.
  const empty = column.unit === 'count' || column.unit === 'money' ? 0 : null;
  const times = timesOf(answer.rows, time, ms);
  const lines = names.map((name) => {
    const rows = answer.rows.filter(({ keys }) => other < 0 || keys[other] === name);
    const values = new Map(rows.map(({ keys, values: all }) => [Number(keys[time]), all[column.id] ?? empty]));
    return { name, points: times.map((at): Point => [at, values.has(at) ? values.get(at)! : empty]) };
  });
  const option = (colours: Colours) => ({
    grid: { left: 4, right: 16, top: 16, bottom: 4, containLabel: true },
    tooltip: {
      ...tooltipStyle(colours),
      trigger: 'axis' as const,
      valueFormatter: (value: unknown) => formatValue(value as number | null, column),
      axisPointer: { label: { formatter: ({ value }: { value: unknown }) => formatTime(Number(value), ms) } },
    },
    xAxis: {
      ...axisStyle(colours),
      type: 'time' as const,
      splitLine: { show: false },
    },
    yAxis: {
      ...axisStyle(colours),
      type: 'value' as const,
      min: 0,
      ...(column.unit === 'count' && { minInterval: 1 }),
      axisLine: { show: false },
      axisLabel: { color: colours.muted, formatter: (value: number) => formatAxis(value, column) },
    },
    series: lines.map(({ name, points }) => ({
      name: other < 0 ? column.label : nameOf(name),
      type: 'line' as const,
      data: points.map((point) => [...point]),
      symbol: 'circle',
      symbolSize: 6,
      showSymbol: points.length <= 60,
      triggerLineEvent: other >= 0,
      lineStyle: { width: 2 },
      ...(other < 0 && { areaStyle: { opacity: 0.08 } }),
    })),
  });
  return (
    <>
      {other >= 0 && <Legend names={lines.map(({ name }) => nameOf(name))} />}
      <Chart
        label={`Line chart: ${column.label} by time${other < 0 ? '' : ', a line for each value'}. The table below has the numbers.`}
        height={300}
        option={option}
        onPick={(series, index) => {
          const line = lines[series];
          if (other >= 0) onDrill([{ split: splits[other]!, value: line!.name }]);
          else if (line?.points[index]) onDrill([{ split: timeSplit, value: line.points[index][0] }]);
        }}
      />
    </>
  );
}

/** All times between the first and the last, where they are not too many. */
function timesOf(rows: readonly CubeRow[], index: number, ms: number): number[] {
  const found = [...new Set(rows.map(({ keys }) => Number(keys[index])))].sort((a, b) => a - b);
  const [first, last] = [found[0] ?? 0, found.at(-1) ?? 0];
  const count = (last - first) / ms + 1;
  return count <= mostPoints && found.length > 0
    ? Array.from({ length: Math.round(count) }, (_, step) => first + step * ms)
    : found;
}

function Bars({ answer, columnId, onDrill }: CubeChartProps) {
  const column = columnOf(answer, columnId);
  const rows = [...answer.rows]
    .sort((a, b) => (b.values[column.id] ?? -1) - (a.values[column.id] ?? -1))
    .slice(0, mostBars);
  const names = rows.map(({ keys }) => keys.map((key) => nameOf(String(key))).join(' · '));
  const option = (colours: Colours) => ({
    grid: { left: 4, right: 72, top: 4, bottom: 4, containLabel: true },
    xAxis: {
      ...axisStyle(colours),
      type: 'value' as const,
      splitNumber: 4,
      axisLabel: { color: colours.muted, hideOverlap: true, formatter: (value: number) => formatAxis(value, column) },
    },
    yAxis: {
      ...axisStyle(colours),
      type: 'category' as const,
      inverse: true,
      data: names,
      axisLabel: { color: colours.text, width: 150, overflow: 'truncate' as const, interval: 0 },
    },
    series: [
      {
        type: 'bar' as const,
        data: rows.map(({ values }) => values[column.id] ?? null),
        barMaxWidth: 18,
        itemStyle: { borderRadius: [0, 2, 2, 0] },
        label: {
          show: true,
          position: 'right' as const,
          color: colours.muted,
          formatter: ({ value }: { value: unknown }) => formatValue(value as number | null, column),
        },
      },
    ],
  });
  const isPart = answer.rows.length > rows.length;
  return (
    <>
      <Chart
        label={`Bar chart: ${column.label}. The table below has the numbers.`}
        height={Math.max(80, rows.length * 26 + 30)}
        option={option}
        onPick={(_, index) =>
          onDrill(answer.state.splits.map((split, place) => ({ split, value: rows[index]!.keys[place]! })))
        }
      />
      {isPart && (
        <p class="note">
          The chart has the {mostBars} largest of {answer.rows.length} rows.
        </p>
      )}
    </>
  );
}
