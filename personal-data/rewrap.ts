/** Wraps the customers' keys anew, with the KMS's newest key: the keys themselves stay, and with them all that they have sealed. */
import type { Config } from '../config.js';
import type { Kms, WrappedKey } from '../kms/kms.js';
import { openKms } from '../kms/open-kms.js';
import { withPool, type Pool } from '../metastore/connection.js';
import {
  indexKey,
  keysToRewrap,
  replaceIndexWrapping,
  replaceWrappings,
  wrappingKeys,
} from '../metastore/customer-keys.js';
import { databaseOf } from '../metastore/database.js';
import { eachAtOnce } from './at-once.js';
import { indexKeyName } from './keyring.js';

export interface RewrapResult {
  readonly rewrapped: number;
  /** Keys that the KMS does not know for its own: they are left as they are. */
  readonly unreadable: number;
  /** How many keys are wrapped with which key of the KMS now. */
  readonly wrappedWith: Readonly<Record<string, number>>;
}

const batchSize = 500;
const concurrency = 16;

async function rewrapIndexKey(pool: Pool, kms: Kms): Promise<void> {
  const run = async <Row extends object>(text: string, values: readonly unknown[]) =>
    (await pool.query<Row>(text, [...values])).rows;
  const held = await indexKey(run, null);
  const again = held && (await kms.rewrap(held, indexKeyName));
  if (again) await replaceIndexWrapping(pool, again);
}

/** May be called at any time, by several at once, and again when it was broken off. Fails with OperatorErrors. */
export async function rewrapKeys(config: Config, onProgress?: (done: number) => void): Promise<RewrapResult> {
  const kms = openKms(config);
  let [rewrapped, unreadable, after] = [0, 0, ''];
  try {
    return await withPool(databaseOf(config, 'operator'), async (pool) => {
      await rewrapIndexKey(pool, kms);
      for (;;) {
        const keys = await keysToRewrap(pool, { after, limit: batchSize });
        if (keys.length === 0) break;
        after = keys.at(-1)!.keyId;
        const again = await eachAtOnce<(typeof keys)[number], WrappedKey | null>(concurrency, keys, (key) =>
          kms.rewrap(key.wrapped, key.keyId),
        );
        unreadable += again.filter((one) => one === null).length;
        rewrapped += await replaceWrappings(
          pool,
          keys.flatMap(({ keyId, wrapped }, at) => (again[at] ? { keyId, before: wrapped, after: again[at] } : [])),
        );
        onProgress?.(rewrapped);
      }
      return { rewrapped, unreadable, wrappedWith: await wrappingKeys(pool) };
    });
  } finally {
    kms.close();
  }
}
