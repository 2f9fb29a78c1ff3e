/** What a stranger says to a port in plain text, in each language that a part of the stack could speak, and what the port answers. */
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

const int32 = (...values: number[]) => {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeInt32BE(value, index * 4));
  return bytes;
};
const withLength = (body: Buffer, own = 0) => Buffer.concat([int32(body.length + own), body]);

/** ApiVersions, version 0, with no client id: https://kafka.apache.org/protocol.html */
const kafka = withLength(Buffer.from([0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]));
/** A StartupMessage of protocol 3.0; its length counts itself. https://www.postgresql.org/docs/18/protocol-message-formats.html */
const postgres = withLength(
  Buffer.concat([int32(196_608), Buffer.from('user\0orderflow_operator\0database\0orderflow\0\0')]),
  4,
);
/** The preface of HTTP/2 with an empty SETTINGS frame (RFC 9113, 3.4), which gRPC begins with. */
const http2 = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

export const plainWords = {
  http: Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  http2,
  kafka,
  postgres,
  zookeeper: Buffer.from('ruok'),
} as const;
export type Language = keyof typeof plainWords;

/** How long a server may leave a stranger without an answer, in ms: whoever waits for more bytes has answered nothing. */
const silenceMs = 5_000;

/** What comes back until the other side ends the connection, has answered, or stays silent. */
function answerOf(socket: Socket, readyEvent: string, words: Buffer): Promise<Buffer> {
  return new Promise((resolve) => {
    const end = (said: Buffer = Buffer.alloc(0)) => resolve(said) ?? socket.destroy();
    socket.once(readyEvent, () => socket.write(words));
    socket.once('data', end);
    socket.once('error', () => end());
    socket.once('close', () => end());
    socket.setTimeout(silenceMs, () => end());
  });
}

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** The answer in plain text; empty where there is none. */
export const answerTo = (place: Place, words: Buffer): Promise<Buffer> =>
  answerOf(connectPlain(place), 'connect', words);

/** PostgreSQL wants to be asked for TLS: https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-SSL */
const sslRequest = withLength(int32(80_877_103), 4);

function askForTls(place: Place): Promise<Socket> {
  const socket = connectPlain(place);
  return new Promise((resolve, reject) => {
    socket.once('connect', () => socket.write(sslRequest));
    socket.once('data', () => resolve(socket));
    socket.once('error', reject);
  });
}

async function startTls(place: Place, files: ConnectionOptions, isPostgres: boolean) {
  const options = { ...files, rejectUnauthorized: false };
  return isPostgres ? connectTls({ socket: await askForTls(place), ...options }) : connectTls({ ...place, ...options });
}

/** The answer within TLS, with these keys or none; empty where there is none. */
export const answerWithin = async (place: Place, words: Buffer, files: ConnectionOptions, isPostgres = false) =>
  answerOf(await startTls(place, files, isPostgres), 'secureConnect', words);

/** Who signed the certificate that the port shows; undefined where it speaks no TLS. */
export async function authorityAt(place: Place, files: ConnectionOptions, isPostgres = false) {
  const socket = await startTls(place, files, isPostgres);
  return new Promise<string | undefined>((resolve) => {
    const end = (name?: string) => resolve(name) ?? socket.destroy();
    socket.once('secureConnect', () => end(String(socket.getPeerCertificate().issuer?.CN)));
    socket.once('error', () => end());
    socket.once('close', () => end());
    socket.setTimeout(silenceMs, () => end());
  });
}

const tlsAlert = Buffer.from([0x15, 0x03]);

/** Whether an answer in plain text is a refusal: none at all, an alert of TLS, an error of PostgreSQL's that this is no protocol or no TLS, or an HTTP redirect to https. */
export function isRefusal(answer: Buffer): boolean {
  const text = answer.toString('latin1');
  return (
    answer.length === 0 ||
    answer.subarray(0, 2).equals(tlsAlert) ||
    /^E.*SFATAL\0.*(C28000\0.*no pg_hba\.conf entry .*no encryption|C0A000\0.*unsupported frontend protocol)/s.test(
      text,
    ) ||
    /^HTTP\/1\.1 301 [^]*\r\nlocation: https:[^]*\r\n\r\n$/i.test(text)
  );
}
