/** How a gRPC client shows who it is, and whom it trusts. */
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';

/** PEM: the authorities that are trusted (those of the system unless given), one's own certificate with its chain, and its key. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Credentials for host:port, and the options that go with them; plain text without material. By an address as by a name: TLS has names alone for
 * what a client asks for (RFC 6066), so grpc-js is given one, and the certificate is held against the address all the same.
 */
export function channelSecurity(
  hostAndPort: string,
  tls: TlsMaterial | undefined,
): { channelCredentials: ChannelCredentials; clientOptions: ChannelOptions } {
  if (!tls) return { channelCredentials: ChannelCredentials.createInsecure(), clientOptions: {} };
  const bytes = (text: string | undefined) => (text === undefined ? null : Buffer.from(text));
  const host = hostAndPort.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  return {
    channelCredentials: ChannelCredentials.createSsl(bytes(tls.ca), bytes(tls.key), bytes(tls.cert), {
      checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
    }),
    clientOptions: isIP(host) === 0 ? {} : { 'grpc.ssl_target_name_override': 'localhost' },
  };
}
