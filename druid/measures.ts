/**
 * The measures, as SQL. Topics are written at least once, so that a datasource may hold an order twice: measures of order streams count
 * distinct orders, and measures of aggregates take the newest pane of each to-location and window.
 */
import type { TopicName } from '../pipelines/stages.js';

/** The size of the theta sketches: a count of distinct orders is exact while it is smaller. */
export const thetaSize = 65_536;

/** Distinct orders among the rows of an order stream, exact below `thetaSize`. Rows without an order id do not count. */
export const distinctOrders = `APPROX_COUNT_DISTINCT_DS_THETA(order_id, ${thetaSize}) FILTER (WHERE order_id <> '')`;

/** Distinct customers, approximately: Druid has no customer ids, only HyperLogLog sketches of them. */
export const distinctCustomers = 'APPROX_COUNT_DISTINCT_BUILTIN(customers)';

/** The column of a pane's amount in a currency, in minor units. */
export const amountColumn = (currency: string) => `"amount ${currencyCode(currency)}"`;

/** Stands within SQL, and so is checked. Throws an Error for what is no three upper-case letters. */
function currencyCode(text: string): string {
  if (/^[A-Z]{3}$/.test(text)) return text;
  throw new Error('a currency of an aggregate is three upper-case letters');
}

const newest = (expression: string) => `LATEST_BY(${expression}, MILLIS_TO_TIMESTAMP("kafka.offset"))`;

/**
 * The newest pane of each to-location and window: all of a location are in one partition, and the one with the highest offset replaces the
 * others. Columns: to_location_id, __time, orders, items, and the amountColumn of each of the currencies. `condition` chooses among all panes.
 */
export const newestPanes = (condition = 'TRUE', currencies: readonly string[] = []) => {
  const amount = (currency: string) => newest(`JSON_VALUE(amounts, '$.${currencyCode(currency)}' RETURNING BIGINT)`);
  const columns = [
    `${newest('orders')} AS orders`,
    `${newest('items')} AS items`,
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
    ? `SELECT SUM(orders) AS orders FROM (${newestPanes(condition)})`
    : `SELECT COUNT(DISTINCT order_id) AS orders FROM "${topic}" WHERE order_id <> '' AND (${condition})`;

/** What makes a dead letter one: it may stand in the topic twice. */
export const deadLetterKey = ['topic', 'partition', 'offset', 'step'] as const;
