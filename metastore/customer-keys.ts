/** The wrapped keys of customers in PostgreSQL. What they seal, and how: personal-data/. */
import type pg from 'pg';
import type { RunStatement } from './connection.js';

/** A key that the KMS has wrapped; `kmsKey` is the id of the KMS's key. */
export interface WrappedBytes {
  readonly bytes: Uint8Array;
  readonly kmsKey: string;
}

/** A customer's key. `wrapped` is null where the customer was erased. */
export interface CustomerKey {
  readonly keyId: string;
  readonly wrapped: WrappedBytes | null;
}

/** A key for a customer, who is told by a keyed hash of the id. */
export interface NewCustomerKey {
  readonly customer: Uint8Array;
  readonly keyId: string;
  readonly wrapped: WrappedBytes;
}

interface KeyRow {
  readonly keyId: string | null;
  readonly bytes: Buffer | null;
  readonly kmsKey: string;
}

const columns = 'k.key_id AS "keyId", k.wrapped AS bytes, k.kms_key AS "kmsKey"';

const toKey = ({ keyId, bytes, kmsKey }: KeyRow): CustomerKey | null =>
  keyId === null ? null : { keyId, wrapped: bytes && { bytes: new Uint8Array(bytes), kmsKey } };

const byIds = `
SELECT ${columns} FROM unnest($1::text[]) WITH ORDINALITY AS b(key_id, n)
LEFT JOIN customer_keys k USING (key_id)
ORDER BY b.n`;

/** See Metastore. */
export async function customerKeys(run: RunStatement, keyIds: readonly string[]): Promise<(CustomerKey | null)[]> {
  return keyIds.length === 0 ? [] : (await run<KeyRow>(byIds, [keyIds])).map(toKey);
}

const byCustomers = `
SELECT ${columns} FROM unnest($1::bytea[]) WITH ORDINALITY AS b(customer, n)
LEFT JOIN customer_keys k USING (customer)
ORDER BY b.n`;

/** See Metastore. */
export async function keysOfCustomers(
  run: RunStatement,
  customers: readonly Uint8Array[],
): Promise<(CustomerKey | null)[]> {
  if (customers.length === 0) return [];
  return (await run<KeyRow>(byCustomers, [customers.map((customer) => Buffer.from(customer))])).map(toKey);
}

// An update that changes nothing, and a full join, for the reasons that stand in validation.ts.
const adding = `
WITH batch AS (
  SELECT * FROM unnest($1::bytea[], $2::text[], $3::bytea[], $4::text[]) WITH ORDINALITY AS b(customer, key_id, wrapped, kms_key, n)
), k AS (
  INSERT INTO customer_keys AS held (customer, key_id, wrapped, kms_key)
  SELECT DISTINCT ON (customer) customer, key_id, wrapped, kms_key FROM batch ORDER BY customer, n
  ON CONFLICT (customer) DO UPDATE SET kms_key = held.kms_key
  RETURNING customer, key_id, wrapped, kms_key
)
SELECT ${columns} FROM batch b FULL JOIN k USING (customer) WHERE coalesce(b.n, 0) > 0 ORDER BY b.n`;

/** See Metastore. */
export async function addCustomerKeys(run: RunStatement, keys: readonly NewCustomerKey[]): Promise<CustomerKey[]> {
  if (keys.length === 0) return [];
  const rows = await run<KeyRow>(adding, [
    keys.map(({ customer }) => Buffer.from(customer)),
    keys.map(({ keyId }) => keyId),
    keys.map(({ wrapped }) => Buffer.from(wrapped.bytes)),
    keys.map(({ wrapped }) => wrapped.kmsKey),
  ]);
  return rows.map((row) => toKey(row)!);
}

const indexKeyStatement = `
WITH added AS (
  INSERT INTO customer_index_key AS held (wrapped, kms_key)
  SELECT $1::bytea, $2::text WHERE $1 IS NOT NULL
  ON CONFLICT (is_only) DO UPDATE SET kms_key = held.kms_key
  RETURNING wrapped, kms_key
)
SELECT wrapped AS bytes, kms_key AS "kmsKey" FROM added
UNION ALL
SELECT wrapped, kms_key FROM customer_index_key WHERE $1 IS NULL`;

/** See Metastore. */
export async function indexKey(run: RunStatement, proposed: WrappedBytes | null): Promise<WrappedBytes | null> {
  const values = [proposed && Buffer.from(proposed.bytes), proposed?.kmsKey ?? null];
  const [row] = await run<{ bytes: Buffer; kmsKey: string }>(indexKeyStatement, values);
  return row ? { bytes: new Uint8Array(row.bytes), kmsKey: row.kmsKey } : null;
}

/** What an erasure did. */
export interface Erasure {
  /** The ids of the keys that were deleted: one, or none where the customer has none. */
  readonly keyIds: readonly string[];
  /** Whether the customer was listed as a payment defaulter, and is no more. */
  readonly wasDefaulter: boolean;
}

/**
 * Deletes the customer's key, told by the hash (null where there is no key of hashes, and so none of a customer), and what else names the
 * customer, in one transaction. Safe to call again: then there is nothing.
 */
export async function eraseCustomer(
  client: Pick<pg.ClientBase, 'query'>,
  { customerId, customer }: { readonly customerId: string; readonly customer: Uint8Array | null },
): Promise<Erasure> {
  const { rows } = await client.query<Erasure>(
    `WITH erased AS (
       UPDATE customer_keys SET wrapped = NULL, customer = NULL, erased_at = clock_timestamp()
       WHERE customer = $1 RETURNING key_id
     ), listed AS (
       DELETE FROM payment_defaulters WHERE customer_id = $2 RETURNING customer_id
     )
     SELECT
       ARRAY(SELECT key_id FROM erased) AS "keyIds", EXISTS (SELECT FROM listed) AS "wasDefaulter"`,
    [customer && Buffer.from(customer), customerId],
  );
  return rows[0]!;
}

/** The keys in the order of their ids, at most so many, from behind this one; those that were erased are left out. */
export async function keysToRewrap(
  pool: pg.Pool,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<(CustomerKey & { readonly wrapped: WrappedBytes })[]> {
  const { rows } = await pool.query<KeyRow>(
    `SELECT ${columns} FROM customer_keys k WHERE key_id > $1 AND wrapped IS NOT NULL ORDER BY key_id LIMIT $2`,
    [after, limit],
  );
  return rows.map((row) => toKey(row) as CustomerKey & { readonly wrapped: WrappedBytes });
}

export interface Rewrapped {
  readonly keyId: string;
  readonly before: WrappedBytes;
  readonly after: WrappedBytes;
}

/** Puts keys in their new wrapping, unless they were erased or rewrapped meanwhile; how many. */
export async function replaceWrappings(pool: pg.Pool, keys: readonly Rewrapped[]): Promise<number> {
  const { rowCount } = await pool.query(
    `UPDATE customer_keys k SET wrapped = b.after, kms_key = b.kms_key
     FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::text[]) AS b(key_id, before, after, kms_key)
     WHERE k.key_id = b.key_id AND k.wrapped = b.before`,
    [
      keys.map(({ keyId }) => keyId),
      keys.map(({ before }) => Buffer.from(before.bytes)),
      keys.map(({ after }) => Buffer.from(after.bytes)),
      keys.map(({ after }) => after.kmsKey),
    ],
  );
  return rowCount ?? 0;
}

/** How many keys are wrapped with which key of the KMS, that of the hashes among them. */
export async function wrappingKeys(pool: pg.Pool): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ kmsKey: string; count: number }>(
    `SELECT kms_key AS "kmsKey", count(*)::float8 AS count
     FROM (SELECT kms_key FROM customer_keys WHERE wrapped IS NOT NULL UNION ALL SELECT kms_key FROM customer_index_key) k
     GROUP BY 1 ORDER BY 1`,
  );
  return Object.fromEntries(rows.map(({ kmsKey, count }) => [kmsKey, count]));
}

/** Puts the key of the hashes in its new wrapping. */
export async function replaceIndexWrapping(pool: pg.Pool, { bytes, kmsKey }: WrappedBytes): Promise<void> {
  await pool.query('UPDATE customer_index_key SET wrapped = $1, kms_key = $2', [Buffer.from(bytes), kmsKey]);
}
