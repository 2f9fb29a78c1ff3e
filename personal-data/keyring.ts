/** The customers' keys as a worker has them: asked for a batch at a time, unwrapped by the KMS, and kept for less than a minute. */
import { createHmac, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { KmsError, type Kms } from '../kms/kms.js';
import type { CustomerKey, NewCustomerKey } from '../metastore/customer-keys.js';
import type { Metastore } from '../metastore/metastore.js';
import { eachAtOnce } from './at-once.js';
import { dataKeyBytes, isKeyId, sealingKeys, type SealingKeys } from './sealing.js';

export interface KeyringOptions {
  readonly kms: Kms;
  readonly metastore: Pick<Metastore, 'customerKeys' | 'keysOfCustomers' | 'addCustomerKeys' | 'indexKey'>;
  /** The most keys that are kept. */
  readonly maxKeys?: number;
  /** Milliseconds that a key is kept, and so those after which an erasure counts everywhere. */
  readonly maxAgeMs?: number;
  /** Calls of the KMS under way at once. */
  readonly concurrency?: number;
  /** In milliseconds; `performance.now` unless given. */
  readonly clock?: () => number;
}

/** ERASED: the key was deleted. UNKNOWN: there never was one, or it is none that the KMS has wrapped. */
export type FoundKey = SealingKeys | 'ERASED' | 'UNKNOWN';

export interface CustomersKey {
  readonly keyId: string;
  readonly keys: SealingKeys;
}

export interface Keyring {
  /** The keys of these ids. Rejects with a KmsError, or as the metastore does. */
  byId(keyIds: Iterable<string>): Promise<ReadonlyMap<string, FoundKey>>;
  /** The keys of these customers, made for those who have none. Rejects as `byId`. */
  ofCustomers(customerIds: Iterable<string>): Promise<ReadonlyMap<string, CustomersKey>>;
}

/** Under this name the key of the hashes is wrapped; a customer's key under its id, which is longer. */
export const indexKeyName = 'customer-index';

/** How a customer is told in the table of keys: whoever has the table alone cannot try out ids. */
export const customerHash = (indexKey: Uint8Array, customerId: string): Uint8Array =>
  createHmac('sha256', indexKey).update(customerId).digest();

/** See isKeyId. */
const newKeyId = () => randomBytes(16).toString('base64url');

/** An empty keyring. What was unwrapped is kept even if its batch fails, so that the next try gets further. */
export function createKeyring(options: KeyringOptions): Keyring {
  const { kms, metastore, maxKeys = 20_000, maxAgeMs = 60_000, concurrency = 16 } = options;
  const { clock = () => performance.now() } = options;
  const kept = { max: maxKeys, ttl: maxAgeMs, ttlResolution: 0, perf: { now: clock } };
  const found = new LRUCache<string, Exclude<FoundKey, 'UNKNOWN'>>(kept);
  const ofCustomer = new LRUCache<string, CustomersKey>(kept);
  let index: Promise<Uint8Array> | undefined;

  /** `start` is when the metastore was asked: the key's age counts from then, since it may be deleted at any time after. */
  async function unwrap(key: CustomerKey | null, start: number): Promise<FoundKey> {
    if (!key) return 'UNKNOWN';
    if (!key.wrapped) {
      found.set(key.keyId, 'ERASED');
      return 'ERASED';
    }
    const dataKey = await kms.unwrap(key.wrapped, key.keyId);
    if (!dataKey) return 'UNKNOWN';
    const keys = sealingKeys(dataKey);
    found.set(key.keyId, keys, { start });
    return keys;
  }

  /** Of the hashes. It is no customer's, so it is kept. */
  function indexKey(): Promise<Uint8Array> {
    index ??= openIndexKey(options, 'make').then((key) => key!);
    index.catch(() => (index = undefined));
    return index;
  }

  async function makeKey(customer: Uint8Array): Promise<NewCustomerKey> {
    const keyId = newKeyId();
    return { customer, keyId, wrapped: await kms.wrap(randomBytes(dataKeyBytes), keyId) };
  }

  return {
    async byId(keyIds) {
      const asked = [...new Set(keyIds)];
      const answers = new Map<string, FoundKey>(asked.map((keyId) => [keyId, found.get(keyId) ?? 'UNKNOWN']));
      const missing = asked.filter((keyId) => answers.get(keyId) === 'UNKNOWN' && isKeyId(keyId));
      if (missing.length === 0) return answers;
      const askedAt = clock();
      const rows = await metastore.customerKeys(missing);
      const keys = await eachAtOnce(concurrency, rows, (row) => unwrap(row, askedAt));
      missing.forEach((keyId, at) => answers.set(keyId, keys[at]!));
      return answers;
    },
    async ofCustomers(customerIds) {
      const asked = [...new Set(customerIds)];
      const answers = new Map<string, CustomersKey>();
      for (const customerId of asked) {
        const known = ofCustomer.get(customerId);
        if (known) answers.set(customerId, known);
      }
      const missing = asked.filter((customerId) => !answers.has(customerId));
      if (missing.length === 0) return answers;
      const key = await indexKey();
      const hashes = missing.map((customerId) => customerHash(key, customerId));
      const askedAt = clock();
      const rows = await metastore.keysOfCustomers(hashes);
      const without = hashes.filter((_, at) => !rows[at]);
      const added = (await metastore.addCustomerKeys(await eachAtOnce(concurrency, without, makeKey))).values();
      const keys = rows.map((row) => row ?? (added.next().value as CustomerKey));
      const unwrapped = await eachAtOnce(concurrency, keys, (one) => unwrap(one, askedAt));
      missing.forEach((customerId, at) => {
        const one = unwrapped[at]!;
        if (one === 'ERASED' || one === 'UNKNOWN') throw new Error(`the key of a customer is ${one}`);
        const own = { keyId: keys[at]!.keyId, keys: one };
        ofCustomer.set(customerId, own, { start: askedAt });
        answers.set(customerId, own);
      });
      return answers;
    },
  };
}

/** The key of the hashes. Where there is none: null, or the one that is made. Rejects as Keyring.byId. */
export async function openIndexKey(
  { kms, metastore }: Pick<KeyringOptions, 'kms'> & { readonly metastore: Pick<Metastore, 'indexKey'> },
  ifMissing: 'make' | 'leave',
): Promise<Uint8Array | null> {
  const held = await metastore.indexKey(null);
  if (!held && ifMissing === 'leave') return null;
  const wrapped = held ?? (await metastore.indexKey(await kms.wrap(randomBytes(dataKeyBytes), indexKeyName)));
  const key = await kms.unwrap(wrapped!, indexKeyName);
  if (!key)
    throw new KmsError(
      "the key of the customers' hashes was wrapped by another KMS: set the one that was in use before",
    );
  return key;
}
