/** Tells the metastore in PostgreSQL what the producer is about to publish. */
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { OperatorError } from '../errors.js';
import { cancelOrders } from '../metastore/cancellations.js';
import { createPool, metastoreError } from '../metastore/connection.js';
import { createPostgresMetastore } from '../metastore/postgres.js';
import type { BeforePublishing } from './producer.js';

/** Tries for as long as it takes, at most 5 s apart. */
const passing: readonly string[] = ['METASTORE_UNREACHABLE', 'METASTORE_READ_ONLY'];
const patiently = retry(
  handleWhen((error) => error instanceof OperatorError && passing.includes(error.code)),
  { maxAttempts: Number.MAX_SAFE_INTEGER, backoff: new ExponentialBackoff({ maxDelay: 5_000 }) },
);

/**
 * Opens the metastore for the time of the work. Its failures are OperatorErrors, as withPool's are; one that has answered before and
 * goes away is waited for, until the signal.
 */
export async function withMetastore<T>(
  postgresUrl: string,
  work: (metastore: BeforePublishing) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const pool = createPool(postgresUrl, { connections: 1 });
  const metastore = createPostgresMetastore(postgresUrl, { connections: 1 });
  let hasAnswered = false;
  async function say<U>(saying: () => Promise<U>): Promise<U> {
    const once = () =>
      saying().catch((error: unknown) => {
        throw metastoreError(postgresUrl, error);
      });
    const answer = await (hasAnswered ? patiently.execute(once, signal) : once());
    hasAnswered = true;
    return answer;
  }
  try {
    return await work({
      recordStatuses: (changes) => say(() => metastore.recordStatuses(changes)),
      cancelOrders: async (orderIds) => void (await say(() => cancelOrders(pool, orderIds))),
    });
  } finally {
    await Promise.all([pool.end(), metastore.close()]);
  }
}
