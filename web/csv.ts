/** The table as a CSV file (RFC 4180): numbers as they are, amounts in major units, times in ISO 8601. */
import type { Column, CubeAnswer } from './shared/answers.js';
import { majorUnits } from './shared/format.js';
import { dimensionOf } from './shared/model.js';
import { timeSplit } from './shared/state.js';

/** A text that a spreadsheet would take for a formula gets an apostrophe in front. */
function cell(text: string): string {
  const safe = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function numberCell(value: number | null | undefined, { unit, currency }: Column): string {
  if (value === null || value === undefined) return '';
  return String(unit === 'money' ? majorUnits(value, currency ?? '') : value);
}

const heading = ({ label, unit }: Column) => (unit === 'millis' ? `${label} (ms)` : label);

/** The rows as they are shown, the heading first. */
export function csvOf({ state, columns, rows }: CubeAnswer): string {
  const splits = state.splits.map((split) => (split === timeSplit ? 'time' : dimensionOf(state.stream, split)!.label));
  const lines = [
    [...splits, ...columns.map(heading)].map(cell),
    ...rows.map(({ keys, values }) => [
      ...keys.map((key, index) =>
        state.splits[index] === timeSplit ? new Date(Number(key)).toISOString() : cell(String(key)),
      ),
      ...columns.map((column) => numberCell(values[column.id], column)),
    ]),
  ];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}
