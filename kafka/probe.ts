/** What a listener of Kafka speaks, found out by speaking to it: a broker merely closes a connection that speaks otherwise. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { seedBrokers } from './seed-brokers.js';

/** For each step, in ms. */
const patienceMs = 2_000;

/** Requests of version 0, without a client's name and without a body to speak of: https://kafka.apache.org/protocol.html#protocol_messages */
function request(apiKey: number, body: number[] = []): Buffer {
  const header = Buffer.alloc(14);
  header.writeInt32BE(10 + body.length);
  header.writeInt16BE(apiKey, 4);
  header.writeInt16BE(-1, 12); // no client's name
  return Buffer.concat([header, Buffer.from(body)]);
}
const apiVersions = request(18);
/** Of no topic. */
const metadata = request(3, [0, 0, 0, 0]);

export interface Spoken {
  readonly isTls: boolean;
  /** Whether one has to log in; undefined where that does not show. */
  readonly isSasl: boolean | undefined;
}

/**
 * Tries TLS, as `tls` says and with whatever certificate the broker has, and then plain text. Undefined where nobody answers as Kafka does.
 * No secret is sent.
 */
export async function spokenAt(broker: string, tls: ConnectionOptions = {}): Promise<Spoken | undefined> {
  const secured = await connected(broker, { ...tls, rejectUnauthorized: false });
  if (secured) return { isTls: true, isSasl: await asksForLogIn(secured) };
  const plain = await connected(broker);
  const isSasl = plain && (await asksForLogIn(plain));
  return isSasl === undefined ? undefined : { isTls: false, isSasl };
}

async function connected(broker: string, tls?: ConnectionOptions): Promise<Socket | undefined> {
  const { brokers, socketFactory } = seedBrokers(broker, tls && (() => tls));
  const [host, port] = (brokers as string[])[0]!.split(':') as [string, string];
  return new Promise((resolve) => {
    const socket = socketFactory!({
      host,
      port: Number(port),
      ssl: undefined as never,
      onConnect: () => resolve(socket),
    }) as Socket;
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(undefined));
    socket.setTimeout(patienceMs, () => socket.destroy());
  });
}

/** Before a log-in a broker answers which versions it knows, and nothing else. */
async function asksForLogIn(socket: Socket): Promise<boolean | undefined> {
  try {
    if (!(await answers(socket, apiVersions))) return undefined;
    return !(await answers(socket, metadata));
  } finally {
    socket.destroy();
  }
}

async function answers(socket: Socket, bytes: Buffer): Promise<boolean> {
  const over = new AbortController();
  const { signal } = over;
  try {
    const answer = Promise.race([
      once(socket, 'data', { signal }).then(() => true),
      once(socket, 'close', { signal }).then(() => false),
    ]);
    socket.write(bytes);
    return await answer;
  } catch {
    return false;
  } finally {
    over.abort();
  }
}
