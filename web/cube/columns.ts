/** Measures as columns: what the page calls them, and how their numbers are made of the columns of a row of Druid. */
import type { Column, Values } from '../shared/answers.js';
import { type MeasureName, measures as measureTable } from '../shared/model.js';
import type { DruidRow } from './sources.js';

/** A column per measure; of amount one per currency. `isSample`: orders are too many to be counted one by one. */
export function columnsOf(measures: readonly MeasureName[], currencies: readonly string[], isSample = false): Column[] {
  return measures.flatMap((measure): Column[] => {
    const { label, unit } = measureTable[measure];
    const isApproximate = measure === 'customers' || (isSample && measure !== 'dead_letters');
    if (measure !== 'amount') return [{ id: measure, measure, label, unit, isApproximate }];
    return currencies.map((currency) => ({
      id: `${measure}.${currency}`,
      measure,
      label: `${label} ${currency}`,
      unit,
      currency,
      isApproximate,
    }));
  });
}

/** The numbers of a row, by columns. `currencies` are those that the row was asked with: amount_0 is in the first. */
export function valuesOf(row: DruidRow, columns: readonly Column[], currencies: readonly string[]): Values {
  const value = ({ measure, currency }: Column): number | null => {
    // What has no row has no orders.
    if (measure === 'orders') return Number(row.orders ?? 0);
    if (measure === 'reject_rate')
      return Number(row.orders) > 0 ? Number(row.rejected ?? 0) / Number(row.orders) : null;
    const name = currency === undefined ? measure : `amount_${currencies.indexOf(currency)}`;
    return row[name] === null || row[name] === undefined ? null : Number(row[name]);
  };
  return Object.fromEntries(columns.map((column) => [column.id, value(column)]));
}
