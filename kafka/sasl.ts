/** Log-ins that kafkajs has none of its own for, or one that does not hear the answer: bytes to and fro, by Kafka's SaslAuthenticate. */
import type { Mechanism } from 'kafkajs';
import type { KafkaMechanism } from '../model/kafka-security.js';

export interface Exchange {
  /** The broker's, as the client reaches it. */
  readonly host: string;
  readonly port: number;
  /** The broker's answer. Rejects with kafkajs' error where it refuses. */
  send(bytes: Uint8Array): Promise<Buffer>;
}

/** For kafkajs' `sasl`: `logIn` says what is to be said, on each connection. What it throws goes through kafkajs as it is. */
export const saslMechanism = (mechanism: KafkaMechanism, logIn: (exchange: Exchange) => Promise<void>): Mechanism => ({
  mechanism,
  authenticationProvider: ({ host, port, saslAuthenticate }) => ({
    authenticate: () =>
      logIn({
        host,
        port,
        async send(bytes) {
          const request = { encode: () => sized(bytes) };
          const response = { decode: (answer: Buffer) => answer.subarray(4), parse: (answer: Buffer) => answer };
          return (await saslAuthenticate({ request, response } as never)) as Buffer;
        },
      }),
  }),
});

/** kafkajs takes and gives bytes with their length in front (broker/saslAuthenticator/index.js). */
function sized(bytes: Uint8Array): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
}

/** Whether the broker refused what was said in the log-in, rather than the connection broke. */
export const isRefusal = (error: unknown): boolean =>
  (error as { type?: unknown } | null)?.type === 'SASL_AUTHENTICATION_FAILED';
