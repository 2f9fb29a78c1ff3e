/** Tells the metastore in PostgreSQL what the producer is about to publish. */
import { cancelOrders } from '../metastore/cancellations.js';
import { createPool, metastoreError } from '../metastore/connection.js';
import { createPostgresMetastore } from '../metastore/postgres.js';
import type { BeforePublishing } from './producer.js';

/** Opens the metastore for the time of the work. Its failures are OperatorErrors, as withPool's are. */
export async function withMetastore<T>(
  postgresUrl: string,
  work: (metastore: BeforePublishing) => Promise<T>,
): Promise<T> {
  const pool = createPool(postgresUrl, { connections: 1 });
  const metastore = createPostgresMetastore(postgresUrl, { connections: 1 });
  const said = <U>(saying: Promise<U>) =>
    saying.catch((error: unknown) => {
      throw metastoreError(postgresUrl, error);
    });
  try {
    return await work({
      recordStatuses: (changes) => said(metastore.recordStatuses(changes)),
      cancelOrders: async (orderIds) => void (await said(cancelOrders(pool, orderIds))),
    });
  } finally {
    await Promise.all([pool.end(), metastore.close()]);
  }
}
