/** What an account reads of the metastore. */
import type pg from 'pg';
import { expect, test } from 'vitest';
import { messageHolders, readAccountRows, type AccountRange, type RowIds } from '../../metastore/account-rows.js';
import type { Metastore } from '../../metastore/metastore.js';
import { useDatabase } from './implementations.js';
import { line, parked, query, route } from './orders.js';

let pool: pg.Pool;
let metastore: Metastore;
useDatabase((database) => ({ pool, metastore } = database));

async function rowsOf(range: AccountRange = {}) {
  const rows: string[] = [];
  const times: number[] = [];
  const ids = ({ bytes, orderStart, orderEnd, messageStart, messageEnd }: RowIds) =>
    [bytes.subarray(orderStart, orderEnd), bytes.subarray(messageStart, messageEnd)].map(String).join(' ');
  await readAccountRows(pool, range, {
    onStatus(row) {
      times.push(row.recordedAt);
      rows.push(`${ids(row)} ${row.status} ${row.attempt} ${row.isDelivery}`);
    },
    onClaim: (row) => void rows.push(`${ids(row)} claim`),
    onParked: (row, attempt, isLeased) => void rows.push(`${ids(row)} parked ${attempt} ${isLeased}`),
  });
  return { rows: rows.sort(), times };
}

test('statuses, claims and parked deliveries, of all orders or of some', async () => {
  const before = Date.now();
  await metastore.lookupForValidation([query(1, 'Ö-1', 'M-1'), query(2, 'Ö-1', 'M-2'), query(3, 'Ö-2', 'M-3')]);
  await route(metastore, 'Ö-1', 'M-1');
  await metastore.recordStatuses([
    line('Ö-1', 'M-1', 'DELIVERY_PENDING', { recordedBy: 'external-processor' }),
    line('Ö-2', 'M-3', 'REJECTED'),
  ]);
  await metastore.parkDeliveries([parked('Ö-1', 0)]);
  const first = [
    ...['CREATED', 'VALIDATED', 'ENRICHED', 'ROUTED'].map((status) => `Ö-1 M-1 ${status} 1 false`),
    'Ö-1 M-1 DELIVERY_PENDING 1 true',
    'Ö-1 M-1 claim',
  ];
  const second = ['Ö-2 M-3 REJECTED 1 false'];
  const { rows, times } = await rowsOf();
  const isParked = (row: string) => row.includes('parked');
  expect(rows.filter((row) => !isParked(row))).toEqual([...first, ...second].sort());
  expect(rows.filter(isParked)).toEqual([expect.stringMatching(/^Ö-1 .* parked 1 false$/)]);
  expect(times.every(Number.isInteger)).toBe(true);
  expect(times.every((time) => time >= before - 1_000 && time <= Date.now() + 1_000)).toBe(true);

  await metastore.leaseParkedDeliveries('P-1', 1, 60_000);
  expect((await rowsOf()).rows.filter(isParked)).toEqual([expect.stringMatching(/ parked 1 true$/)]);
  expect((await rowsOf({ range: { first: 'Ö-2', last: 'Ö-2' } })).rows).toEqual(second.sort());
  expect((await rowsOf({ since: Date.now() + 60_000 })).rows.every(isParked)).toBe(true);
  expect((await rowsOf({ since: before - 60_000 })).rows).toHaveLength(rows.length);
});

test('more rows than one piece of the stream holds', async () => {
  const all = Array.from({ length: 5_000 }, (_, index) => line(`O-${index}`, `M-${index}`, 'CREATED'));
  await metastore.recordStatuses(all);
  const { rows } = await rowsOf();
  expect(rows).toEqual(all.map(({ orderId, messageId }) => `${orderId} ${messageId} CREATED 1 false`).sort());
});

test('which record holds a message', async () => {
  await metastore.lookupForValidation([query(1, 'O-1', 'M-1'), query(2, 'O-1', 'M-1'), query(3, 'O-2', 'M-2')]);
  const holders = await messageHolders(pool, ['M-1', 'M-3']);
  expect(holders).toEqual([
    { messageId: 'M-1', topic: 'raw_order', partition: expect.any(Number) as number, offset: 1 },
  ]);
});

test('fails with what PostgreSQL says, and leaves no connection behind', async () => {
  await expect(rowsOf({ since: 8.64e15 })).rejects.toThrow();
  await expect(rowsOf()).resolves.toEqual({ rows: [], times: [] });
});
