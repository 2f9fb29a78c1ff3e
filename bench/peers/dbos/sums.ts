/** The aggregates' sums in PostgreSQL: what a workflow counts is added with the mark that it was, in one statement. */
import { inTransaction, type Pool } from '../../../metastore/connection.js';
import { type AggregationInput, sumOrders, type Sums, toAggregatedOrder } from '../../../transforms/aggregator.js';
import type { Outgoing, Writer } from '../writer.js';

/** Makes the tables, where they are missing. Several may do so at once. */
export async function prepareSums(pool: Pool): Promise<void> {
  await inTransaction(pool, (client) => client.query(tables), "SELECT pg_advisory_xact_lock(hashtext('dbos_sums'))");
}

const tables = `
CREATE SCHEMA IF NOT EXISTS dbos_sums;
CREATE TABLE IF NOT EXISTS dbos_sums.counted (workflow text PRIMARY KEY);
CREATE TABLE IF NOT EXISTS dbos_sums.sums (
  location text, starts bigint, currency text,
  orders bigint NOT NULL, items bigint NOT NULL, minor_units bigint NOT NULL,
  written bigint NOT NULL DEFAULT 0, panes int NOT NULL DEFAULT 0,
  PRIMARY KEY (location, starts, currency)
);
CREATE INDEX IF NOT EXISTS changed ON dbos_sums.sums (location, starts) WHERE orders > written`;

/** What a workflow has counted. */
export interface Counted {
  readonly workflow: string;
  readonly input: AggregationInput;
}

const addStatement = `
WITH batch AS MATERIALIZED (
  SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[])
    AS b(workflow, location, starts, currency, orders, items, minor_units)
), first AS (
  INSERT INTO dbos_sums.counted SELECT DISTINCT workflow FROM batch ORDER BY workflow
  ON CONFLICT DO NOTHING RETURNING workflow
)
INSERT INTO dbos_sums.sums AS held (location, starts, currency, orders, items, minor_units)
SELECT location, starts, currency, sum(orders), sum(items), sum(minor_units)
FROM batch JOIN first USING (workflow)
GROUP BY location, starts, currency
ORDER BY location, starts, currency
ON CONFLICT (location, starts, currency) DO UPDATE SET
  orders = held.orders + excluded.orders,
  items = held.items + excluded.items,
  minor_units = held.minor_units + excluded.minor_units`;

/** Adds to the sums, each workflow's once: all of what it has counted comes in one call. Windows are of so many milliseconds. */
export async function addToSums(pool: Pool, counted: readonly Counted[], windowMs: number): Promise<void> {
  // The orders and items of several currencies stand with the first.
  const rows = counted.flatMap(({ workflow, input }) =>
    Object.entries(input.amounts).map(([currency, minorUnits], index) => ({
      workflow,
      location: input.toLocationId,
      starts: Math.floor(input.createdAt / windowMs) * windowMs,
      currency,
      orders: index === 0 ? input.orders : 0,
      items: index === 0 ? input.items : 0,
      minorUnits,
    })),
  );
  if (rows.length === 0) return;
  await pool.query(addStatement, [
    rows.map(({ workflow }) => workflow),
    rows.map(({ location }) => location),
    rows.map(({ starts }) => starts),
    rows.map(({ currency }) => currency),
    rows.map(({ orders }) => orders),
    rows.map(({ items }) => items),
    rows.map(({ minorUnits }) => minorUnits),
  ]);
}

/** A window that has changed, with its sums by currency. */
interface Changed {
  readonly location: string;
  readonly starts: string;
  readonly sums: readonly {
    readonly currency: string;
    readonly orders: number;
    readonly items: number;
    readonly minorUnits: number;
  }[];
  /** The number of its next pane. */
  readonly pane: number;
}

const changedStatement = `
SELECT location, starts, json_agg(json_build_object('currency', currency, 'orders', orders, 'items', items, 'minorUnits', minor_units)) AS sums,
  max(panes) AS pane
FROM dbos_sums.sums
WHERE (location, starts) IN (SELECT location, starts FROM dbos_sums.sums WHERE orders > written)
GROUP BY location, starts`;

// Rows are locked in the order in which they are added to.
const writtenStatement = `
WITH batch AS MATERIALIZED (
  SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::int[])
    AS b(location, starts, currency, orders, pane)
), held AS MATERIALIZED (
  SELECT location, starts, currency, b.orders, b.pane
  FROM dbos_sums.sums s JOIN batch b USING (location, starts, currency)
  ORDER BY location, starts, currency FOR UPDATE OF s
)
UPDATE dbos_sums.sums s SET written = greatest(s.written, h.orders), panes = greatest(s.panes, h.pane + 1)
FROM held h WHERE (s.location, s.starts, s.currency) = (h.location, h.starts, h.currency)`;

/** Writes a pane of each window that has changed. May be called again at any time: a window has the same pane then, or one with more. */
export async function writePanes(pool: Pool, write: Writer['write'], windowMs: number): Promise<void> {
  const { rows: windows } = await pool.query<Changed>(changedStatement);
  if (windows.length === 0) return;
  await write(windows.map((window) => paneOf(window, windowMs)));
  const written = windows.flatMap(({ sums, ...window }) => sums.map((sum) => ({ ...window, ...sum })));
  await pool.query(writtenStatement, [
    written.map(({ location }) => location),
    written.map(({ starts }) => starts),
    written.map(({ currency }) => currency),
    written.map(({ orders }) => orders),
    written.map(({ pane }) => pane),
  ]);
}

function paneOf({ location, starts, sums, pane }: Changed, windowMs: number): Outgoing {
  const byCurrency = sums.map(({ orders, items, currency, minorUnits }): Sums => ({
    orders,
    items,
    amounts: { [currency]: minorUnits },
  }));
  const window = { start: Number(starts), end: Number(starts) + windowMs };
  const record = toAggregatedOrder(location, sumOrders.mergeAccumulators(byCurrency), window, pane);
  return { topic: 'aggregated_order', record };
}
