/**
 * The measures, as SQL. Topics are written at least once, so that a datasource may hold an order twice: measures of order streams count
 * distinct orders, and measures of aggregates take the newest pane of each to-location and window.
 */
import { paneOrder } from '../model/panes.js';
import type { TopicName } from '../model/topics.js';

/** The orders of so many records are counted one by one, which is exact. Those of more are estimated, so that the answer takes no longer. */
export const exactRecords = 25_000;
const sampleRecords = 20_000;

/**
 * Which orders are the sample of so many records: those created at a millisecond that this number divides; 1 for all of them. All records of
 * an order have its time of creation, and so are in the sample together, or not at all. The number has no divisor in common with a second,
 * a minute or an hour: it also takes its share of orders whose times are rounded to them.
 */
export function sampleOf(records: number): number {
  if (records <= exactRecords) return 1;
  let every = Math.ceil(records / sampleRecords);
  while ([2, 3, 5].some((divisor) => every % divisor === 0)) every += 1;
  return every;
}

/** The condition that chooses every so many-th order. Throws an Error for what is no positive whole number. */
export function isInSample(every: number): string {
  if (!Number.isSafeInteger(every) || every < 1) throw new Error('a sample is every so many-th');
  return `MOD(TIMESTAMP_TO_MILLIS(__time), ${every}) = 0`;
}

/** Distinct customers, approximately: Druid has no customer ids, only HyperLogLog sketches of them. */
export const distinctCustomers = 'APPROX_COUNT_DISTINCT_BUILTIN(customers)';

/** The column of a pane's amount in a currency, in minor units. */
export const amountColumn = (currency: string) => `"amount ${currencyCode(currency)}"`;

/** Stands within SQL, and so is checked. Throws an Error for what is no three upper-case letters. */
function currencyCode(text: string): string {
  if (/^[A-Z]{3}$/.test(text)) return text;
  throw new Error('a currency of an aggregate is three upper-case letters');
}

/** More orders than a window has: so that revisions come before orders. */
const mostInWindow = 2 ** 32;

/** Panes by the rule of model/panes.ts, as one number. Panes that are older than revisions have none. */
const order = `COALESCE("${paneOrder[0]}", 0) * ${mostInWindow} + "${paneOrder[1]}"`;

/** Of panes: Druid compares by a time, and takes any number for one. */
const newest = (expression: string) => `LATEST_BY(${expression}, MILLIS_TO_TIMESTAMP(${order}))`;

/**
 * The newest pane of each to-location and window, by the rule of model/panes.ts. Columns: to_location_id, __time, the counts, and the amountColumn of each of the currencies. `condition` chooses among all panes.
 */
export const newestPanes = (
  condition: string,
  counts: readonly ('orders' | 'items')[],
  currencies: readonly string[] = [],
) => {
  const amount = (currency: string) => newest(`JSON_VALUE(amounts, '$.${currencyCode(currency)}' RETURNING BIGINT)`);
  const columns = [
    ...counts.map((count) => `${newest(count)} AS ${count}`),
    ...currencies.map((currency) => `${amount(currency)} AS ${amountColumn(currency)}`),
  ];
  return `
  SELECT to_location_id, __time,
    ${columns.join(',\n    ')}
  FROM aggregated_order WHERE ${condition} GROUP BY 1, 2`;
};

/** The currencies that panes hold, as lists with commas: a row for each list that there is. */
export const paneCurrencies = (condition = 'TRUE') =>
  `SELECT DISTINCT ARRAY_TO_STRING(JSON_KEYS(amounts, '$'), ',') AS currencies FROM aggregated_order WHERE ${condition}`;

/** One row with `orders`: how many distinct orders a stream has, exactly; of aggregates the sum over the newest panes. */
export const countOrders = (topic: TopicName, condition = 'TRUE') =>
  topic === 'aggregated_order'
    ? `SELECT SUM(orders) AS orders FROM (${newestPanes(condition, ['orders'])})`
    : `SELECT COUNT(DISTINCT order_id) AS orders FROM "${topic}" WHERE order_id <> '' AND (${condition})`;

/** What makes a dead letter one: it may stand in the topic twice. */
export const deadLetterKey = ['topic', 'partition', 'offset', 'step'] as const;
