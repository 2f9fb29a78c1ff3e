/** What the metastore measures, as a table: the times to delivery, by time. */
import { metastoreError } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import { deliveryTimes } from '../../metastore/measures.js';
import { granularities, limits } from '../shared/model.js';
import { type CubeState, timeSplit } from '../shared/state.js';
import { columnsOf } from './columns.js';
import type { Parts } from './parts.js';
import { rangeOf } from './question.js';
import { emptyTable, type Table } from './table.js';

/** Empty unless the state asks for times to delivery, which are known without filters and other splits alone. */
export async function metastoreTable({ pool, config }: Parts, state: CubeState, now: number): Promise<Table> {
  if (!state.measures.includes('delivery_p95')) return emptyTable;
  const range = rangeOf(state, now);
  const isSplit = state.splits.includes(timeSplit);
  const { ms } = granularities[state.granularity];
  try {
    const [parts, [all]] = await Promise.all([
      isSplit ? deliveryTimes(pool, { ...range, partMs: ms, limit: limits.rows }) : [],
      deliveryTimes(pool, { ...range, partMs: null, limit: 1 }),
    ]);
    return {
      columns: columnsOf(['delivery_p95'], []),
      rows: parts.map(({ time, p95 }) => ({ keys: [time], values: { delivery_p95: p95 } })),
      totals: { delivery_p95: all?.p95 ?? null },
      notes: ['Times to delivery are those of orders that are delivered, by the time of their creation.'],
    };
  } catch (error) {
    throw metastoreError(databaseOf(config, 'page'), error);
  }
}
