/** The law that both forms of the metastore share: equal answers to equal batches, however the batches are cut. */
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatNetwork, parseNetwork, truncate, type Network } from '../../metastore/addresses.js';
import type { Metastore } from '../../metastore/metastore.js';
import { createNetworkTable } from '../../metastore/network-table.js';
import { statuses } from '../../model/statuses.js';
import { inMemory, inPostgres, type Implementation } from './implementations.js';
import { claim, createdAt, line, parked, query, releaseOf } from './orders.js';

let implementations: readonly [Implementation, Implementation];
let pool: pg.Pool;
beforeAll(async () => {
  const database = await inPostgres();
  implementations = [inMemory(), database];
  pool = database.pool;
});
afterAll(() => Promise.all(implementations.map((implementation) => implementation.stop())));

const offset = fc.integer({ min: 0, max: 5 });
const released = fc.option(
  fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 1, max: 2 })).map((parts) => releaseOf(...parts)),
  { nil: undefined },
);
const attempt = fc.constantFrom(1, 1, 2, 3);
const partnerId = fc.constantFrom('P-1', 'p-2', '');
const orderId = fc.constantFrom('O-1', 'O-2', 'o-2', 'Ö', 'O-CANCELLED');
const messageId = fc.constantFrom('M-1', 'M-2', 'M-3', 'M-"\\,{}');
const ipAddress = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom('203.0.113.9', '203.0.113.66', '2001:db8:bad::', '10.1.1.1', '::ffff:10.9.9.9', '::'),
);
const locationId = fc.constantFrom('LOC-A', 'LOC-B', 'LOC-M', 'LOC-X');
const validation = fc
  .tuple(
    offset,
    orderId,
    messageId,
    fc.record({ ipAddress, fromLocationId: locationId, toLocationId: locationId, released }),
  )
  .map((parts) => query(...parts));
const enrichment = fc.record({ fromLocationId: locationId, toLocationId: locationId, ipAddress });
const change = fc
  .tuple(orderId, messageId, fc.constantFrom(...statuses), fc.constantFrom(0, 86_400_000))
  .map(([order, message, status, age]) => line(order, message, status, { createdAt: createdAt - age }));
// Longer stories than chance would tell: mostly in the right order.
const story = fc
  .tuple(orderId, messageId, fc.subarray([...statuses]))
  .map(([order, message, names]) => names.map((status) => line(order, message, status)));

/** Of an order at its partner: due, or due in an hour. */
const waiting = fc
  .tuple(
    orderId,
    fc.nat(2),
    attempt,
    fc.record({ tries: fc.nat(9), waitMillis: fc.constantFrom(0, 3_600_000) }),
    partnerId,
  )
  .map(([id, age, number, next, partner]) => ({ ...parked(id, age, number, next), partnerId: partner }));

type Call = (metastore: Metastore, implementation: Implementation) => Promise<unknown>;
const customer = fc.constantFrom(1, 2, 3, 4).map((number) => new Uint8Array(32).fill(number));
const bytes = fc.uint8Array({ minLength: 1, maxLength: 4 });
const keyId = fc.constantFrom('k-1', 'k-2', 'k-3', 'k-4', 'k-5', 'k-6', 'K-1');
/** Each key id belongs to one customer, as if it were random. */
const newKey = fc
  .tuple(fc.constantFrom(1, 2, 3, 4), fc.constantFrom('a', 'b'), bytes)
  .map(([number, letter, wrapped]) => ({
    customer: new Uint8Array(32).fill(number),
    keyId: `k-${number}${letter}`,
    wrapped: { bytes: wrapped, kmsKey: `kms-${wrapped.length}` },
  }));

const batchOf = <T>(entry: fc.Arbitrary<T>) => fc.array(entry, { maxLength: 12 });
const call: fc.Arbitrary<Call> = fc.oneof(
  batchOf(validation).map(
    (batch): Call =>
      (metastore) =>
        metastore.lookupForValidation(batch),
  ),
  batchOf(enrichment).map(
    (batch): Call =>
      (metastore) =>
        metastore.lookupForEnrichment(batch),
  ),
  batchOf(fc.tuple(offset, orderId, released)).map((batch): Call => {
    const claims = batch.map((parts) => claim(...parts));
    return async (metastore) => [await metastore.claimDeliveries(claims), await metastore.claimForAggregation(claims)];
  }),
  // A key id is random, and so never given twice: not even after an erasure.
  fc.tuple(batchOf(newKey), fc.uuid()).map(
    ([batch, run]): Call =>
      (metastore) =>
        metastore.addCustomerKeys(batch.map((key, n) => ({ ...key, keyId: `${key.keyId} ${run} ${n}` }))),
  ),
  fc.tuple(batchOf(customer), batchOf(keyId)).map(([customers, ids]): Call => async (metastore) => {
    const keys = await metastore.keysOfCustomers(customers);
    const known = keys.flatMap((key) => (key ? [key.keyId] : []));
    return [keys, await metastore.customerKeys([...ids, ...known])];
  }),
  batchOf(newKey).map((batch): Call => async (metastore, implementation) => {
    const ids = (await metastore.keysOfCustomers(batch.map((key) => key.customer))).flatMap((key) => key?.keyId ?? []);
    const erased = [];
    for (const key of batch) erased.push(await implementation.erase(key.customer));
    return [erased, await metastore.customerKeys(ids)];
  }),
  fc.option(bytes).map(
    (wrapped): Call =>
      (metastore) =>
        metastore.indexKey(wrapped && { bytes: wrapped, kmsKey: 'kms' }),
  ),
  // Of one attempt each: those of others do not see each other within a batch.
  fc.tuple(batchOf(change), attempt).map(
    ([batch, number]): Call =>
      (metastore) =>
        metastore.recordStatuses(batch.map((entry) => ({ ...entry, attempt: number }))),
  ),
  fc.tuple(fc.array(story, { maxLength: 3 }), attempt).map(
    ([batch, number]): Call =>
      (metastore) =>
        metastore.recordStatuses(batch.flat().map((entry) => ({ ...entry, attempt: number }))),
  ),
  batchOf(waiting).map(
    (batch): Call =>
      (metastore) =>
        metastore.parkDeliveries(batch),
  ),
  batchOf(waiting).map(
    (batch): Call =>
      (metastore) =>
        metastore.postponeDeliveries([
          ...new Map(batch.map((delivery) => [delivery.idempotencyKey, delivery])).values(),
        ]),
  ),
  fc
    .tuple(partnerId, fc.integer({ min: 0, max: 3 }), fc.constantFrom(-1, 60_000))
    .map((lease): Call => async (metastore) => [
      await metastore.parkedPartners(),
      // Each form has a clock of its own.
      (await metastore.leaseParkedDeliveries(...lease)).map((delivery) => ({ ...delivery, waitedMillis: 0 })),
    ]),
  batchOf(fc.tuple(orderId, attempt)).map(
    (batch): Call =>
      (metastore) =>
        metastore.removeParkedDeliveries(batch.map(([id, number]) => ({ orderId: id, attempt: number }))),
  ),
);

test('PostgreSQL and memory give equal answers to any sequence of batches, and hold equal histories', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(call, { maxLength: 12 }), async (calls) => {
      const [memory, database] = await Promise.all(implementations.map((implementation) => implementation.reset()));
      for (const ask of calls)
        expect(await ask(database!, implementations[1])).toEqual(await ask(memory!, implementations[0]));
      const [remembered, stored] = await Promise.all(implementations.map((implementation) => implementation.history()));
      expect(stored).toEqual(remembered);
    }),
    { numRuns: 100 },
  );
});

test('statuses recorded in one batch or one by one leave the same history', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(story, batchOf(change)), { maxLength: 4 }), async (batches) => {
      for (const implementation of implementations) {
        const together = await implementation.reset();
        await together.recordStatuses(batches.flat());
        const expected = await implementation.history();
        const alone = await implementation.reset();
        for (const entry of batches.flat()) await alone.recordStatuses([entry]);
        expect(await implementation.history()).toEqual(expected);
      }
    }),
    { numRuns: 40 },
  );
});

const word = fc.oneof(fc.constant(0n), fc.constant(0xffffn), fc.bigInt(0n, 0xffffn));
const network: fc.Arbitrary<Network> = fc.oneof(
  fc
    .tuple(fc.bigInt(0n, 0xffffffffn), fc.integer({ min: 0, max: 32 }))
    .map(([bits, length]) => truncate({ family: 4, bits, length: 32 }, length)),
  fc
    .tuple(fc.array(word, { minLength: 8, maxLength: 8 }), fc.integer({ min: 0, max: 128 }))
    .map(([words, length]) => {
      const bits = words.reduce((sum, next) => (sum << 16n) | next, 0n);
      return truncate({ family: 6, bits, length: 128 }, length);
    })
    // IPv4 in its IPv6 form is IPv4 here, which PostgreSQL keeps apart.
    .filter(({ bits }) => bits >> 32n !== 0xffffn),
);

test('networks are written as PostgreSQL writes them, and read back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(network), async (networks) => {
      const texts = networks.map(formatNetwork);
      const { rows } = await pool.query<{ text: string }>(
        'SELECT n::text AS text FROM unnest($1::cidr[]) WITH ORDINALITY AS b(n, i) ORDER BY i',
        [texts],
      );
      expect(texts).toEqual(rows.map((row) => row.text));
      expect(texts.map(parseNetwork)).toEqual(networks);
    }),
  );
});

test('the most specific network is the one that PostgreSQL finds', async () => {
  const nearby = fc
    .tuple(fc.bigInt(0n, 15n), fc.integer({ min: 26, max: 32 }))
    .map(([bits, length]) => truncate({ family: 4, bits: 0x0a000000n | bits, length: 32 }, length));
  await fc.assert(
    fc.asyncProperty(fc.array(nearby), fc.array(nearby), async (networks, addresses) => {
      const texts = networks.map(formatNetwork);
      const asked = addresses.map((address) => formatNetwork(address).split('/')[0]!);
      const { rows } = await pool.query<{ found: string | null }>(
        `SELECT (
           SELECT n::text FROM unnest($1::cidr[]) AS t(n) WHERE n >>= address ORDER BY masklen(n) DESC LIMIT 1
         ) AS found
         FROM unnest($2::inet[]) WITH ORDINALITY AS b(address, i) ORDER BY i`,
        [texts, asked],
      );
      const find = createNetworkTable(texts.map((text) => [text, text]));
      expect(asked.map((address) => find(address)?.network ?? null)).toEqual(rows.map((row) => row.found));
    }),
  );
});
