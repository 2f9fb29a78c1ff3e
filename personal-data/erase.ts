/** Makes a customer unreadable: everywhere at once, since the key alone opens what the orders say of who ordered. */
import type { Config } from '../config.js';
import { openKms } from '../kms/open-kms.js';
import { withPool } from '../metastore/connection.js';
import { eraseCustomer, indexKey, type Erasure } from '../metastore/customer-keys.js';
import { databaseOf } from '../metastore/database.js';
import { customerHash, openIndexKey } from './keyring.js';

/**
 * Deletes the customer's key, and what else names the customer. Workers that have the key in memory forget it within a minute (keyring.ts). Safe to
 * call again: then there is nothing. A later order of the customer makes a new key. Fails with OperatorErrors. See docs/glossary.md.
 */
export async function erase(config: Config, customerId: string): Promise<Erasure> {
  const kms = openKms(config);
  try {
    return await withPool(databaseOf(config, 'operator'), async (pool) => {
      const run = async <Row extends object>(text: string, values: readonly unknown[]) =>
        (await pool.query<Row>(text, [...values])).rows;
      const metastore = { indexKey: (proposed: Parameters<typeof indexKey>[1]) => indexKey(run, proposed) };
      const key = await openIndexKey({ kms, metastore }, 'leave');
      return eraseCustomer(pool, { customerId, customer: key && customerHash(key, customerId) });
    });
  } finally {
    kms.close();
  }
}
