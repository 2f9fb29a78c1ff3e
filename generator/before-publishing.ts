/** Tells the metastore in PostgreSQL what the producer is about to publish. */
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { openKms } from '../kms/open-kms.js';
import { cancelOrders } from '../metastore/cancellations.js';
import { createPool, metastoreError } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { createPostgresMetastore } from '../metastore/postgres.js';
import { createKeyring } from '../personal-data/keyring.js';
import { createVault } from '../personal-data/vault.js';
import type { BeforePublishing } from './producer.js';

/** Tries for as long as it takes, at most 5 s apart. */
const passing: readonly string[] = [
  'METASTORE_UNREACHABLE',
  'METASTORE_READ_ONLY',
  'KMS_REFUSED',
  // It has let us in before: somebody mends that.
  'METASTORE_REFUSED',
  'METASTORE_UNTRUSTED',
  'SECRET_UNREADABLE',
];
const patiently = retry(
  handleWhen((error) => error instanceof OperatorError && passing.includes(error.code)),
  { maxAttempts: Number.MAX_SAFE_INTEGER, backoff: new ExponentialBackoff({ maxDelay: 5_000 }) },
);

/**
 * Opens the metastore for the time of the work, and the KMS where orders are to be sealed. Its failures are OperatorErrors, as withPool's are; one that has answered before and
 * goes away is waited for, until the signal.
 */
export async function withMetastore<T>(
  config: Pick<Config, 'postgresUrl' | 'postgres' | 'personalData' | 'kms'>,
  work: (metastore: BeforePublishing) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const database = databaseOf(config, 'generator');
  const pool = createPool(database, { connections: 1 });
  const metastore = createPostgresMetastore(database, { connections: 1 });
  const kms = openKms(config);
  const vault = createVault(createKeyring({ kms, metastore }));
  let hasAnswered = false;
  async function say<U>(saying: () => Promise<U>): Promise<U> {
    const once = () =>
      saying().catch((error: unknown) => {
        throw metastoreError(database, error);
      });
    const answer = await (hasAnswered ? patiently.execute(once, signal) : once());
    hasAnswered = true;
    return answer;
  }
  try {
    return await work({
      recordStatuses: (changes) => say(() => metastore.recordStatuses(changes)),
      cancelOrders: async (orderIds) => void (await say(() => cancelOrders(pool, orderIds))),
      ...(config.personalData !== 'plain' && { sealOrders: (orders) => say(() => vault.seal(orders)) }),
    });
  } finally {
    kms.close();
    await Promise.all([pool.end(), metastore.close()]);
  }
}
