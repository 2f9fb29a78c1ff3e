/** The keys of customers: a KMS that fails now and then, producers who seal, and an operator who erases customers. */
import type { Random } from '../generator/random.js';
import { sealedBatch } from '../generator/sealed-batch.js';
import { createInMemoryKms } from '../kms/in-memory-kms.js';
import { KmsError, type Kms } from '../kms/kms.js';
import type { InMemoryMetastore } from '../metastore/in-memory.js';
import type { Metastore } from '../metastore/metastore.js';
import { createKeyring, customerHash, openIndexKey, type KeyringOptions } from '../personal-data/keyring.js';
import { isSealed, personalFieldNames } from '../personal-data/sealing.js';
import { createVault, type Opened, type Vault } from '../personal-data/vault.js';
import type { Order } from '../proto/messages.js';
import type { Turns } from './turns.js';

export function createKeys(random: Random, turns: Turns, metastore: InMemoryMetastore, clock: () => number) {
  const kms = createInMemoryKms();
  const erasedAt = new Map<string, number>();
  const state = { isKind: false };
  const vaultOn = (options: Pick<KeyringOptions, 'kms' | 'metastore'>): Vault =>
    createVault(createKeyring({ ...options, maxKeys: 100, clock }));
  const ofProducers = vaultOn({ kms, metastore });

  /** The call waits for its turn, and is refused now and then. */
  function inTurn<A extends unknown[], T>(name: string, call: (...parameters: A) => Promise<T>) {
    return async (...parameters: A): Promise<T> => {
      await turns.wait(`${name} a key`, { breaks: false });
      if (!state.isKind && random.chance(0.03)) throw new KmsError('the KMS refuses');
      return call(...parameters);
    };
  }
  const ofStages: Kms = { ...kms, wrap: inTurn('wraps', kms.wrap), unwrap: inTurn('unwraps', kms.unwrap) };

  return {
    /** The vault of a process that begins, on the metastore as the process has it. */
    newVault: (own: Metastore): Vault => vaultOn({ kms: ofStages, metastore: own }),
    /** The order's bytes, sealed as the generator seals them. */
    async seal(value: Uint8Array): Promise<Uint8Array> {
      const [sealed] = await sealedBatch((orders) => ofProducers.seal(orders), [{ kind: 'order' as const, value }]);
      return sealed!.value;
    },
    /** Deletes the customer's key: what personal-data/erase.ts does in PostgreSQL, but for the list of payment defaulters. */
    async erase(customerId: string): Promise<void> {
      const key = await openIndexKey({ kms, metastore }, 'leave');
      const keyIds = key ? metastore.eraseCustomer(customerHash(key, customerId)) : [];
      for (const keyId of keyIds) erasedAt.set(keyId, clock());
    },
    /** The ids of keys that were deleted, and when. */
    erasedAt: erasedAt as ReadonlyMap<string, number>,
    /** What can be read of these orders now, in any process that begins now. */
    open: (orders: readonly Order[]): Promise<Opened[]> =>
      vaultOn({ kms, metastore }).open(orders.filter(isSealed), personalFieldNames),
    /** From now on the KMS answers. */
    calm: () => void (state.isKind = true),
  };
}
