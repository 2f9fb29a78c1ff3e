/** A KMS whose key goes with the process: for the simulator and for tests. */
import { randomBytes } from 'node:crypto';
import type { Kms } from './kms.js';
import { unwrapWith, wrapWith } from './wrapping.js';

export function createInMemoryKms(): Kms {
  const key = randomBytes(32);
  return {
    wrap: async (data, name) => ({ bytes: wrapWith(key, data, name), kmsKey: 'memory' }),
    unwrap: async ({ bytes }, name) => unwrapWith(key, bytes, name),
    rewrap: async (wrapped) => wrapped,
    close: () => undefined,
  };
}
