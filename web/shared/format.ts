/** Numbers and times as the page shows them, and as the CSV file has them. Times are UTC. */
import type { Column } from './answers.js';
import type { Unit } from './model.js';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat('en', { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** How many of a currency's digits are behind the point; of what is no currency, none. */
export function minorDigits(currency: string): number {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 0;
  } catch {
    return 0;
  }
}

/** Minor units of a currency as a number in major units: 1999 of EUR is 19.99, of JPY 1999. */
export const majorUnits = (minor: number, currency: string): number => minor / 10 ** minorDigits(currency);

/** `1,234.50`: the currency stands in the column's heading. */
export function money(minor: number, currency: string): string {
  const digits = minorDigits(currency);
  const format = new Intl.NumberFormat('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return format.format(majorUnits(minor, currency));
}

/** `850 ms`, `12.3 s`, `4 min 10 s`, `3 h 5 min`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
  return `${Math.floor(ms / 3_600_000)} h ${Math.round((ms % 3_600_000) / 60_000)} min`;
}

/** The number in a table's cell, with ≈ in front of an estimate; `–` where there is nothing to measure. */
export function formatCell(value: number | null | undefined, column: Column): string {
  const isEstimate = column.isApproximate && value !== null && value !== undefined;
  return `${isEstimate ? '≈' : ''}${formatValue(value, column)}`;
}

/** The number; `–` where there is nothing to measure. */
export function formatValue(
  value: number | null | undefined,
  { unit, currency }: Pick<Column, 'unit' | 'currency'>,
): string {
  if (value === null || value === undefined) return '–';
  const formats: Record<Unit, () => string> = {
    count: () => whole.format(value),
    money: () => money(value, currency ?? ''),
    share: () => percent.format(value),
    millis: () => duration(value),
  };
  return formats[unit]();
}

/** The number at a chart's axis: short. */
export function formatAxis(value: number, { unit, currency }: Pick<Column, 'unit' | 'currency'>): string {
  if (unit === 'money') return short.format(majorUnits(value, currency ?? ''));
  return unit === 'count' ? short.format(value) : formatValue(value, { unit });
}

/** `2026-01-31 12:05:00`, as far as a granularity of `ms` needs it. */
export function formatTime(time: number, ms = 1_000): string {
  const text = new Date(time).toISOString().replace('T', ' ');
  return ms >= 86_400_000 ? text.slice(0, 10) : ms >= 60_000 ? text.slice(0, 16) : text.slice(0, 19);
}
