/** Rows as columns of text. */
import { printable } from './printable.js';

/** Lines of a table with a heading; what cells hold may come from outside. A column whose values are all numbers, or numbers with a unit, is set to the right. */
export function table(heading: readonly string[], cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(printable));
  const isNumber = heading.map((_, column) => rows.every((row) => /^[-\d]|^$/.test(row[column] ?? '')));
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [heading, ...rows].map(line).join('\n');
}
