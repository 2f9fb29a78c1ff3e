/** What keeps the key by which data keys are wrapped: a key management service. It knows nothing of orders and customers. */
import { OperatorError } from '../errors.js';

/** A data key that only the KMS opens. */
export interface WrappedKey {
  readonly bytes: Uint8Array;
  /** The id of the KMS's key that it is wrapped with. */
  readonly kmsKey: string;
}

/**
 * `name` says what a key is for, and belongs to the wrapped form: under another name it does not open. It may be seen by the KMS and in its
 * logs. Each call rejects with a KmsError within seconds where the KMS cannot be reached or refuses, and may be called again.
 */
export interface Kms {
  /** Wraps a data key with the newest key. */
  wrap(key: Uint8Array, name: string): Promise<WrappedKey>;
  /** The data key; null where these bytes are none that was wrapped under this name. */
  unwrap(wrapped: WrappedKey, name: string): Promise<Uint8Array | null>;
  /** The same data key, wrapped with the newest key; null as of `unwrap`. What is wrapped with that already, may stay as it is. */
  rewrap(wrapped: WrappedKey, name: string): Promise<WrappedKey | null>;
  close(): void;
}

/** The KMS is not there, or refuses: what is asked for can wait until somebody has mended that. One sentence that says what to do. */
export class KmsError extends OperatorError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('KMS_REFUSED', message, options);
  }
}
