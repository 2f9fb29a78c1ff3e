/** Certificates and keys as files: read when a connection is made, so that one that was renewed counts from then on. */
import { readSecret } from './secret-file.js';

/** PEM: the authorities that are trusted (those of the system unless given), one's own certificate with its chain, and its key. Empty: none. */
export interface TlsFiles {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Whether any is given: then one speaks TLS. */
export const hasTls = ({ caFile, certFile }: TlsFiles): boolean => caFile !== '' || certFile !== '';

/** The same, as Node's `tls` takes it. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** What the files hold now. `peer` is who they are for, as in "Flink". Throws OperatorError BAD_SECRET_FILE. */
export const readTls = ({ caFile, certFile, keyFile }: TlsFiles, peer: string): TlsMaterial => ({
  ...(caFile && { ca: readSecret(caFile, `the authority's certificate for ${peer}`) }),
  ...(certFile && {
    cert: readSecret(certFile, `the certificate for ${peer}`),
    key: readSecret(keyFile, `the key for ${peer}`),
  }),
});

/**
 * What is wrong with a certificate, in half a sentence about the other side; undefined for an error that has another reason. OpenSSL's and Node's codes;
 * gRPC hands on their texts alone.
 */
export function tlsProblem(error: unknown): string | undefined {
  const { code = '', message = '', cause } = error as { code?: unknown; message?: string; cause?: unknown };
  const said = `${String(code)} ${message}`;
  const found = problems.find(([pattern]) => pattern.test(said));
  return found?.[1] ?? (cause === undefined ? undefined : tlsProblem(cause));
}

const problems: readonly (readonly [RegExp, string])[] = [
  [/CERT_HAS_EXPIRED|certificate has expired/, 'its certificate has run out'],
  [/CERT_NOT_YET_VALID|certificate is not yet valid/, 'its certificate is not valid yet'],
  [/ERR_TLS_CERT_ALTNAME_INVALID|does not match certificate's altnames/, 'its certificate is for another host'],
  [
    /UNABLE_TO_|SELF_SIGNED_CERT|SIGNATURE_FAILURE|unable to (get|verify)|self[- ]signed certificate|certificate signature failure/,
    'its certificate is from an authority that is not trusted',
  ],
  [/ALERT_CERTIFICATE_EXPIRED|alert certificate expired/, 'it says that our certificate has run out'],
  [
    /_ALERT_(BAD_CERTIFICATE|CERTIFICATE_|UNKNOWN_CA|HANDSHAKE_FAILURE|INTERNAL_ERROR)|alert (bad certificate|certificate|unknown ca|handshake|internal error)/i,
    'it does not take our certificate',
  ],
  [/WRONG_VERSION_NUMBER|wrong version number/, 'it speaks plain text, and no TLS'],
];
