/** Makes a customer unreadable: everywhere at once, since the key alone opens what the orders say of who ordered. */
import type { Kms } from '../kms/kms.js';
import type { PoolClient } from '../metastore/connection.js';
import { eraseCustomer, indexKey, type Erasure } from '../metastore/customer-keys.js';
import { customerHash, openIndexKey } from './keyring.js';

/**
 * Deletes the customer's key, and what else names the customer, in the transaction of the client. Workers that have the key in memory forget it within
 * a minute (keyring.ts). Safe to call again: then there is nothing. A later order of the customer makes a new key. Fails with a KmsError, or
 * as PostgreSQL does. See docs/glossary.md.
 */
export async function erase(client: Pick<PoolClient, 'query'>, kms: Kms, customerId: string): Promise<Erasure> {
  const run = async <Row extends object>(text: string, values: readonly unknown[]) =>
    (await client.query<Row>(text, [...values])).rows;
  const metastore = { indexKey: (proposed: Parameters<typeof indexKey>[1]) => indexKey(run, proposed) };
  const key = await openIndexKey({ kms, metastore }, 'leave');
  return eraseCustomer(client, { customerId, customer: key && customerHash(key, customerId) });
}
