/** How many bytes PostgreSQL needs for an order: docs/decisions/0032 has the table. */
import type pg from 'pg';
import { expect, test } from 'vitest';
import { generateOrders, type PublishedOrder } from '../../generator/orders.js';
import type { Metastore, RecordedLine, StatusChange } from '../../metastore/metastore.js';
import { ensurePartitions, listPartitions, partitionOf } from '../../metastore/partitions.js';
import { defaultReferenceFile, readReferenceFile } from '../../metastore/reference-data.js';
import { contentOf } from '../../model/record.js';
import type { Recorder } from '../../metastore/line-keys.js';
import { orderCodec, type Order } from '../../proto/messages.js';
import { useDatabase } from './implementations.js';

let pool: pg.Pool;
let metastore: Metastore;
useDatabase((database) => ({ pool, metastore } = database));

const orders = 20_000;
const batchSize = 100;
const start = Date.UTC(2026, 0, 15, 12);

type Made = PublishedOrder & { readonly order: Order; readonly offset: number };

async function madeOrders(): Promise<{ made: Made[]; names: ReadonlyMap<string, { name: string; region: string }> }> {
  const data = await readReferenceFile(defaultReferenceFile);
  const none = { malformed: 0, duplicate: 0, redelivery: 0, fraudIp: 0, defaulter: 0, cancelled: 0, delayed: 0 };
  const all = generateOrders(data, { seed: 1, count: orders, startTime: start, rate: 50, shares: none });
  const made = [...all].map((publication, offset) => {
    const published = publication as PublishedOrder;
    return { ...published, order: orderCodec.decode(published.value), offset };
  });
  return { made, names: new Map(data.locations.map((location) => [location.locationId, location])) };
}

const position = ({ offset }: Made, topic: string) => ({ topic, partition: offset % 4, offset });

function record(
  batch: readonly Made[],
  recordedBy: Recorder,
  lineOf: (made: Made) => Partial<StatusChange> & RecordedLine,
) {
  return metastore.recordStatuses(
    batch.map((made) => {
      const { orderId, messageId, createdAt } = made;
      return { orderId, messageId, createdAt, recordedBy, ...lineOf(made) };
    }),
  );
}

/** What the stages say of these orders, half of which a partner delivers; of orders of foreign producers nobody says that they are CREATED. */
function stagesOf(names: ReadonlyMap<string, { name: string; region: string }>, hasCreated: boolean) {
  const isExternal = ({ offset }: Made) => offset % 2 === 0;
  return [
    async (batch: readonly Made[]) =>
      void (hasCreated && (await record(batch, 'generator', () => ({ status: 'CREATED', detail: '' })))),
    async (batch: readonly Made[]) => {
      await metastore.lookupForValidation(
        batch.map((made) => ({
          ...position(made, 'raw_order'),
          ...made.order,
          createdAt: made.createdAt,
          content: contentOf(made.value),
        })),
      );
      const otherwise = { status: 'REJECTED', detail: 'DUPLICATE_ORDER' } as const;
      await record(batch, 'validator', () => ({ status: 'VALIDATED', detail: '', otherwise }));
    },
    (batch: readonly Made[]) =>
      record(batch, 'enricher', ({ order }) => {
        const [from, to] = [names.get(order.fromLocationId)!, names.get(order.toLocationId)!];
        const facts = JSON.stringify([from.name, from.region, to.name, to.region, from.region]);
        return { status: 'ENRICHED', detail: '', facts };
      }),
    async (batch: readonly Made[]) => {
      await metastore.claimForAggregation(
        batch.map((made) => ({ ...position(made, 'enriched_order'), orderId: made.orderId, isTooLate: false })),
      );
      await record(batch, 'router', (made) => ({
        status: 'ROUTED',
        detail: isExternal(made) ? 'EXTERNAL PARTNER-EU' : 'INTERNAL',
      }));
    },
    async (batch: readonly Made[]) => {
      const external = batch.filter(isExternal);
      await metastore.claimDeliveries(
        external.map((made) => ({ ...position(made, 'external_order'), orderId: made.orderId })),
      );
      await record(external, 'external-processor', () => ({ status: 'DELIVERED', detail: 'HTTP 200' }));
    },
  ];
}

/** Bytes for each order, by table: rows and indexes. */
async function bytes(): Promise<{ table: string; rows: number; indexes: number }[]> {
  await pool.query('VACUUM');
  const parts = [...(await listPartitions(pool)).map(partitionOf), 'status_lines_default'];
  const tables = [...parts, 'places', 'message_claims', 'order_claims', 'delivery_claims', 'aggregation_claims'];
  const { rows } = await pool.query<{ table: string; rows: number; indexes: number }>(
    `SELECT name AS table, pg_table_size(name::regclass) / $2::float8 AS rows, pg_indexes_size(name::regclass) / $2::float8 AS indexes
     FROM unnest($1::text[]) name`,
    [tables, orders],
  );
  return rows;
}

test.each([
  ['with the line of the generator', true, 1_024],
  ['without it, as foreign producers send them', false, 970],
])('an order takes less than a kilobyte, %s', async (_, hasCreated, most) => {
  await ensurePartitions(pool, { daysBack: 0, daysAhead: 0, now: start });
  const { made, names } = await madeOrders();
  const stages = stagesOf(names, hasCreated);
  // Each stage is a batch behind the one before, as they flow.
  const batches = Array.from({ length: orders / batchSize }, (_, index) =>
    made.slice(index * batchSize, (index + 1) * batchSize),
  );
  for (let turn = 0; turn < batches.length + stages.length; turn++) {
    for (const [behind, stage] of stages.entries()) await stage(batches[turn - behind] ?? []);
    // As autovacuum does: half of the rows of this table are dead ones, whose ends have been recorded.
    if (turn % 5 === 0) await pool.query('VACUUM delivery_claims');
  }
  const used = await bytes();
  expect(used.reduce((sum, { rows, indexes }) => sum + rows + indexes, 0)).toBeLessThan(most);
  const { rows } = await pool.query('SELECT count(*)::int FROM status_history');
  expect(rows).toEqual([{ count: orders * (hasCreated ? 4.5 : 3.5) }]);
});
