/** Vaults for the tests of transforms: one without keys, for plain orders, and one with keys in memory. */
import { createInMemoryKms } from '../../kms/in-memory-kms.js';
import type { Metastore } from '../../metastore/metastore.js';
import { createKeyring } from '../../personal-data/keyring.js';
import { putSealed } from '../../personal-data/sealing.js';
import { createVault, type Vault } from '../../personal-data/vault.js';
import { orderCodec, type Order } from '../../proto/messages.js';

const refuse = () => Promise.reject(new Error('nobody is to ask for keys here'));

/** Of plain orders, which need no keys. */
export const plainVault: Vault = createVault({ byId: refuse, ofCustomers: refuse });

/** What a validator has that takes orders as they come. */
export const ofPlain = { vault: plainVault, personalData: 'plain' } as const;

export const vaultOn = (metastore: Metastore, options = {}): Vault =>
  createVault(createKeyring({ kms: createInMemoryKms(), metastore, ...options }));

/** The order as a producer who seals would publish it. */
export async function sealedBy<O extends Order>(vault: Vault, order: O): Promise<O> {
  const [sealed] = await vault.seal([order]);
  return putSealed(orderCodec.decode(orderCodec.encode(order)) as O, sealed!);
}
