/** Workers that claim the same ids at the same time, in different orders: one winner each, and no deadlock. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Metastore } from '../../metastore/metastore.js';
import { createPostgresMetastore } from '../../metastore/postgres.js';
import { startDatabase } from './implementations.js';
import { claim, line, parked, query, route } from './orders.js';

let database: Awaited<ReturnType<typeof startDatabase>>;
let workers: Metastore[];
beforeAll(async () => {
  database = await startDatabase();
  workers = [1, 2, 3].map(() => createPostgresMetastore(database.postgres.database, { connections: 2 }));
});
beforeEach(() => database.empty());
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  await database.pool.end();
  await database.postgres.stop();
});

const rounds = 24;
const numbers = Array.from({ length: 300 }, (_, index) => index);
/** The numbers in another order for each seed. */
const shuffled = (seed: number) =>
  fc.sample(fc.shuffledSubarray(numbers, { minLength: numbers.length }), { seed, numRuns: 1 })[0]!;

/** What each worker is told about each number, when all ask at the same time, each in an order of its own. */
async function race<T>(ask: (worker: Metastore, order: readonly number[], index: number) => Promise<readonly T[]>) {
  const told = await Promise.all(
    workers.map(async (worker, index) => {
      const order = shuffled(index);
      const answers = await ask(worker, order, index);
      return new Map(order.map((number, place) => [number, answers[place]]));
    }),
  );
  return numbers.map((number) => told.map((answers) => answers.get(number)!).sort());
}

test('of three publications of an order one is accepted, and the others are its duplicates', async () => {
  for (let round = 0; round < rounds; round++) {
    const answers = await race(async (worker, order, index) => {
      const lines = order.map((n) => line(`O-${round}-${n}`, `M-${round}-${n}-${index}`, 'VALIDATED'));
      return (await worker.recordStatuses(lines)).map((answer) => answer!.status);
    });
    expect(answers).toEqual(numbers.map(() => ['REJECTED', 'REJECTED', 'VALIDATED']));
  }
});

test('of three decisions on a record one stands, which all are told; a rejected one holds no order', async () => {
  const decisions = [
    { status: 'VALIDATED' },
    { status: 'REJECTED', detail: 'CANCELLED_ORDER' },
    { status: 'DEAD_LETTERED', detail: 'PROCESSING_FAILED', recordedBy: 'validator' },
  ] as const;
  for (let round = 0; round < rounds; round++) {
    const publication = (n: number): [string, string] => [`O-${round}-${n}`, `M-${round}-${n}`];
    const answers = await race(async (worker, order, index) => {
      const { status, ...rest } = decisions[index]!;
      const lines = order.map((n) => line(...publication(n), status, rest));
      return (await worker.recordStatuses(lines)).map((answer) => `${answer!.status} ${answer!.detail}`);
    });
    for (const told of answers) expect(new Set(told).size).toBe(1);
    const stands = new Set(answers.map(([answer]) => answer));
    expect(stands.size).toBeGreaterThan(0);
    const next = await workers[0]!.recordStatuses(
      numbers.map((n) => line(publication(n)[0], `${publication(n)[1]}-next`, 'VALIDATED')),
    );
    const isRejected = answers.map(([answer]) => answer === 'REJECTED CANCELLED_ORDER');
    for (const n of numbers) if (isRejected[n]) expect(next[n]!.status).toBe('VALIDATED');
    for (const n of numbers) if (answers[n]![0] === 'VALIDATED ') expect(next[n]!.status).toBe('REJECTED');
  }
});

test('of three records of a message, one is FIRST and the others are REDELIVERYs', async () => {
  for (let round = 0; round < rounds; round++) {
    const claims = await race(async (worker, order, index) => {
      const queries = order.map((n) => query(n * 3 + index, `O-${round}-${n}`, `M-${round}-${n}`));
      return (await worker.lookupForValidation(queries)).map((facts) => facts.claim);
    });
    expect(claims).toEqual(numbers.map(() => ['FIRST', 'REDELIVERY', 'REDELIVERY']));
  }
});

test('of three records of an order, one may deliver it and one is aggregated', async () => {
  for (let round = 0; round < rounds; round++) {
    const deliveries = await race((worker, order, index) =>
      worker.claimDeliveries(order.map((n) => claim(n * 3 + index, `O-${round}-${n}`))),
    );
    expect(deliveries).toEqual(numbers.map(() => ['OPEN', 'REPEAT', 'REPEAT']));
    const aggregations = await race((worker, order, index) =>
      worker.claimForAggregation(order.map((n) => claim(n * 3 + index, `O-${round}-${n}`))),
    );
    expect(aggregations).toEqual(numbers.map(() => ['COUNTS', 'REPEAT', 'REPEAT']));
  }
});

test('statuses, claims and the park in any order at once: no deadlock, and each line once', async () => {
  for (let round = 0; round < rounds / 4; round++) {
    const id = (n: number) => `O-${round}-${n}`;
    for (const n of numbers) if (n % 100 === 0) await route(workers[0]!, id(n), `M-${n}`);
    await race(async (worker, order) => {
      await Promise.all([
        worker.claimDeliveries(order.map((n) => claim(n, id(n)))),
        worker.recordStatuses(order.map((n) => line(id(n), `M-${n}`, 'VALIDATED'))),
        worker.recordStatuses(order.map((n) => line(id(n), `M-${n}`, 'DELIVERED'))),
        worker.parkDeliveries(order.map((n) => parked(id(n), n))),
        worker.leaseParkedDeliveries('P-1', 100, -1),
        worker.postponeDeliveries(order.map((n) => parked(id(n), n))),
        worker.removeParkedDeliveries(order.map((n) => ({ orderId: id(n), attempt: 1 }))),
      ]);
      return order.map(() => true);
    });
  }
  const { rows } = await database.pool.query(
    'SELECT status, count(*)::int FROM status_history GROUP BY status ORDER BY status',
  );
  const orders = numbers.length * (rounds / 4);
  const routed = (numbers.length / 100) * (rounds / 4);
  expect(rows).toEqual([
    { status: 'CREATED', count: routed },
    { status: 'DELIVERED', count: routed },
    { status: 'ENRICHED', count: routed },
    { status: 'ROUTED', count: routed },
    { status: 'VALIDATED', count: orders },
  ]);
});

test('each parked delivery is leased by one worker', async () => {
  await workers[0]!.parkDeliveries(numbers.map((n) => parked(`O-${n}`, n)));
  const leases = await Promise.all(
    numbers.flatMap((n) => (n % 10 === 0 ? [workers[n % 3]!.leaseParkedDeliveries('P-1', 10, 60_000)] : [])),
  );
  const rest = await workers[0]!.leaseParkedDeliveries('P-1', numbers.length, 60_000);
  const leased = [...leases.flat(), ...rest].map((delivery) => delivery.orderId);
  expect(leased.sort()).toEqual(numbers.map((n) => `O-${n}`).sort());
});
