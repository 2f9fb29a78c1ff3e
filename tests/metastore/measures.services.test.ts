/** What the page asks of the metastore, of a PostgreSQL. */
import { expect, it } from 'vitest';
import type { Pool } from '../../metastore/connection.js';
import { countParked, deliveryTimes, readLocations } from '../../metastore/measures.js';
import type { Metastore } from '../../metastore/metastore.js';
import { addLine, useDatabase } from './implementations.js';
import { line, parked, reference } from './orders.js';

let pool: Pool;
let metastore: Metastore;
useDatabase((database) => ({ pool, metastore } = database));

const at = Date.UTC(2026, 0, 15, 12, 30);

/** Orders created in this minute after `at`, delivered so many ms later each. */
async function deliver(minute: number, ...took: number[]): Promise<void> {
  for (const [index, ms] of took.entries()) {
    const createdAt = at + minute * 60_000 + index;
    await addLine(pool, line(`O-${minute}-${index}`, 'M', 'DELIVERED', { createdAt }), createdAt + ms);
  }
}

const all = { from: null, to: null, partMs: null, limit: 10 };

it('has no time to delivery where nothing is delivered', async () => {
  expect(await deliveryTimes(pool, all)).toEqual([]);
});

it('takes the 95th percentile by the nearest rank, of all and of each part of the time', async () => {
  await deliver(0, ...Array.from({ length: 20 }, (_, index) => (index + 1) * 100));
  await deliver(7, 5_000);
  expect(await deliveryTimes(pool, all)).toEqual([{ time: 0, p95: 2_000 }]);
  expect(await deliveryTimes(pool, { ...all, partMs: 60_000 })).toEqual([
    { time: at + 7 * 60_000, p95: 5_000 },
    { time: at, p95: 1_900 },
  ]);
  expect(await deliveryTimes(pool, { ...all, partMs: 3_600_000 })).toEqual([
    { time: Date.UTC(2026, 0, 15, 12), p95: 2_000 },
  ]);
  expect(await deliveryTimes(pool, { ...all, partMs: 60_000, limit: 1 })).toHaveLength(1);
});

it('takes orders by the time of their creation, the end excluded', async () => {
  await deliver(0, 100);
  await deliver(1, 200);
  const times = async (from: number | null, to: number | null) =>
    (await deliveryTimes(pool, { ...all, from, to, partMs: 60_000 })).map(({ p95 }) => p95);
  expect(await times(at, at + 60_000)).toEqual([100]);
  expect(await times(at + 1, null)).toEqual([200]);
  expect(await times(null, at + 60_001)).toEqual([200, 100]);
  expect(await times(at - 3 * 86_400_000, at - 86_400_000)).toEqual([]);
});

it('has the locations of the reference data', async () => {
  const found = await readLocations(pool);
  expect(found.map(({ locationId }) => locationId).sort()).toEqual(
    reference.locations.map(({ locationId }) => locationId).sort(),
  );
  expect(found[0]).toEqual(reference.locations.find(({ locationId }) => locationId === found[0]!.locationId));
});

it('counts the deliveries that wait', async () => {
  expect(await countParked(pool)).toEqual({ deliveries: 0, since: null });
  await metastore.parkDeliveries([parked('O-1', 0), parked('O-2', 5)]);
  expect(await countParked(pool)).toEqual({ deliveries: 2, since: expect.any(Number) as number });
});
