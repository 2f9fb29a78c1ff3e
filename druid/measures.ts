/**
 * The measures, as SQL. Topics are written at least once, so that a datasource may hold an order twice: measures of order streams count
 * distinct orders, and measures of aggregates take the newest pane of each to-location and window.
 */
import type { TopicName } from '../pipelines/stages.js';

/**
 * The newest pane of each to-location and window: all of a location are in one partition, and the one with the highest offset replaces the
 * others. Columns: to_location_id, __time, orders, items, amounts. `condition` chooses among all panes.
 */
export const newestPanes = (condition = 'TRUE') => `
  SELECT to_location_id, __time,
    LATEST_BY(orders, MILLIS_TO_TIMESTAMP("kafka.offset")) AS orders,
    LATEST_BY(items, MILLIS_TO_TIMESTAMP("kafka.offset")) AS items
  FROM aggregated_order WHERE ${condition} GROUP BY 1, 2`;

/** One row with `orders`: how many distinct orders a stream has, exactly; of aggregates the sum over the newest panes. */
export const countOrders = (topic: TopicName, condition = 'TRUE') =>
  topic === 'aggregated_order'
    ? `SELECT SUM(orders) AS orders FROM (${newestPanes(condition)})`
    : `SELECT COUNT(DISTINCT order_id) AS orders FROM "${topic}" WHERE order_id <> '' AND (${condition})`;
