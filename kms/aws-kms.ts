/**
 * The KMS of AWS, and of whatever speaks its protocol: Encrypt, Decrypt and ReEncrypt of
 * https://docs.aws.amazon.com/kms/latest/APIReference/. Credentials come as for all of AWS's clients: from the environment, files, or the machine.
 */
import {
  DecryptCommand,
  EncryptCommand,
  IncorrectKeyException,
  InvalidCiphertextException,
  KMSClient,
  ReEncryptCommand,
} from '@aws-sdk/client-kms';
import { codeOf } from '../errors.js';
import { millisLeft } from '../model/deadline.js';
import { KmsError, type Kms } from './kms.js';

export interface AwsKmsOptions {
  /** What wraps: an id, an alias, or an ARN, whose region is asked then. */
  readonly keyId: string;
  /** Empty: AWS's own of the region. */
  readonly endpoint: string;
  /** Milliseconds for a call, its second try included. */
  readonly timeoutMs?: number;
}

/** `arn:aws:kms:REGION:ACCOUNT:key/ID`. */
const regionIn = (keyId: string) => /^arn:[^:]+:kms:([^:]+):/.exec(keyId)?.[1];

/** The name as AWS has it, which authenticates it with the key, and writes it into its log. */
const contextOf = (name: string) => ({ 'orderflow-key': name });

/** What a call was refused for, or why there was no answer: never more than a name. */
function whyOf(error: unknown): string {
  const { name } = error as { name?: unknown };
  return codeOf(error) ?? (typeof name === 'string' && /^\w{1,60}$/.test(name) ? name : 'no answer');
}

export function createAwsKms({ keyId, endpoint, timeoutMs = 3_000 }: AwsKmsOptions): Kms {
  const region = regionIn(keyId);
  const client = new KMSClient({
    ...(region && { region }),
    ...(endpoint && { endpoint }),
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: timeoutMs },
  });

  /** The answer; null where the bytes are none that it has wrapped so. */
  async function asking<Answer>(
    ask: (options: { abortSignal: AbortSignal }) => Promise<Answer>,
  ): Promise<Answer | null> {
    const millis = Math.max(1, Math.min(timeoutMs, millisLeft()));
    try {
      return await ask({ abortSignal: AbortSignal.timeout(millis) });
    } catch (error) {
      if (error instanceof InvalidCiphertextException || error instanceof IncorrectKeyException) return null;
      const where = endpoint || `AWS${region ? ` in ${region}` : ''}`;
      throw new KmsError(
        `the KMS at ${where} did not answer or refused (${whyOf(error)}): see that it runs, and that these credentials may use ${keyId}`,
        { cause: error },
      );
    }
  }

  return {
    async wrap(key, name) {
      const command = new EncryptCommand({ KeyId: keyId, Plaintext: key, EncryptionContext: contextOf(name) });
      const answer = await asking((options) => client.send(command, options));
      return { bytes: answer!.CiphertextBlob!, kmsKey: answer!.KeyId! };
    },
    async unwrap({ bytes, kmsKey }, name) {
      const command = new DecryptCommand({ CiphertextBlob: bytes, KeyId: kmsKey, EncryptionContext: contextOf(name) });
      return (await asking((options) => client.send(command, options)))?.Plaintext ?? null;
    },
    /** Within the KMS: the data key is not seen here. */
    async rewrap({ bytes, kmsKey }, name) {
      const command = new ReEncryptCommand({
        CiphertextBlob: bytes,
        SourceKeyId: kmsKey,
        SourceEncryptionContext: contextOf(name),
        DestinationKeyId: keyId,
        DestinationEncryptionContext: contextOf(name),
      });
      const answer = await asking((options) => client.send(command, options));
      return answer && { bytes: answer.CiphertextBlob!, kmsKey: answer.KeyId! };
    },
    close: () => client.destroy(),
  };
}
