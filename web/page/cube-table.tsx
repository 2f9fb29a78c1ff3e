/** The table of a cube: everything that the chart shows, and the way down into each part. */
import type { Column, CubeAnswer, Values } from '../shared/answers.js';
import { formatCell, formatTime } from '../shared/format.js';
import { granularities, type MeasureName } from '../shared/model.js';
import { timeSplit } from '../shared/state.js';
import { heading, nameOf, splitLabel } from './names.js';

interface CubeTableProps {
  readonly answer: CubeAnswer;
  readonly onDrill: (split: string, value: string | number) => void;
  readonly onSort: (measure: MeasureName) => void;
}

export function CubeTable({ answer, onDrill, onSort }: CubeTableProps) {
  const { state, columns, rows, totals } = answer;
  const { stream, splits, granularity, measures } = state;
  const { ms } = granularities[granularity];
  const isByTime = splits.includes(timeSplit);
  return (
    <div class="scroll" role="region" aria-label="Table" tabIndex={0}>
      <table class="cube">
        <caption>
          {heading(columns.map(({ label }) => label).join(', '))} by{' '}
          {splits.map((split) => splitLabel(stream, split)).join(' and ') || 'nothing'}
        </caption>
        <thead>
          <tr>
            {splits.map((split) => (
              <th key={split} scope="col" aria-sort={split === timeSplit ? 'descending' : undefined}>
                {heading(splitLabel(stream, split))}
              </th>
            ))}
            {splits.length === 0 && <th scope="col">All</th>}
            {columns.map((column) => {
              const isFirst = column.measure === measures[0];
              return (
                <th
                  key={column.id}
                  scope="col"
                  class="number"
                  aria-sort={isFirst && !isByTime ? 'descending' : undefined}
                >
                  {isFirst ? (
                    heading(column.label)
                  ) : (
                    <button
                      type="button"
                      class="plain"
                      title="Sort by this, and show it in the chart"
                      onClick={() => onSort(column.measure)}
                    >
                      {heading(column.label)}
                    </button>
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          <tr class="total">
            <th scope="row" colSpan={Math.max(1, splits.length)}>
              All
            </th>
            <Cells values={totals} columns={columns} />
          </tr>
          {rows.map(({ keys, values }) => (
            <tr key={JSON.stringify(keys)}>
              {keys.map((key, index) => {
                const split = splits[index]!;
                const text = split === timeSplit ? formatTime(Number(key), ms) : nameOf(String(key));
                const Cell = index === 0 ? 'th' : 'td';
                return (
                  <Cell key={split} {...(index === 0 && { scope: 'row' })}>
                    <button
                      type="button"
                      class="plain"
                      title={`Go down into ${text}`}
                      onClick={() => onDrill(split, key)}
                    >
                      {text}
                    </button>
                  </Cell>
                );
              })}
              <Cells values={values} columns={columns} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface CellsProps {
  readonly values: Values;
  readonly columns: readonly Column[];
}

function Cells({ values, columns }: CellsProps) {
  return (
    <>
      {columns.map((column) => {
        const value = values[column.id];
        return (
          <td key={column.id} class="number">
            {formatCell(value, column)}
          </td>
        );
      })}
    </>
  );
}
