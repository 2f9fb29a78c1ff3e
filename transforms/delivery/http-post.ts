/**
 * One POST, by Node's own client: undici takes a `100 Continue` that nobody asked for for a broken connection (7.30, dispatcher/client-h1.js),
 * and a client has to understand any informational answer before the one that counts (RFC 9110, 15.2).
 */
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { limits } from '../../model/limits.js';
import { isSpecialHost, lookupPublic, privateAddressError } from './special-addresses.js';
import type { TlsMaterial } from '../../model/tls-files.js';

export interface PostAnswer {
  /** 200 or more. */
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly contentType: string | undefined;
  /** The body, or its beginning where it breaks off or is too long: the status has said it all. */
  readonly body: string;
}

export interface Poster {
  /**
   * Rejects with Node's error when there is no answer, and with ETIMEDOUT when nobody takes the connection in its time; the signal breaks
   * off the request, or the rest of the body. A redirect is an answer like any other: nobody goes there.
   */
  post(headers: Readonly<Record<string, string>>, body: string, signal: AbortSignal): Promise<PostAnswer>;
  /** Breaks off what is under way. */
  close(): void;
}

/** Connections that nobody uses are closed before most servers would: one that a server closes meanwhile costs a try. */
const idleMs = 4_000;

export interface PosterOptions {
  /** The longest that connecting may take, in ms. */
  readonly connectMs: number;
  /** How long a connection is used for, in ms: one that is always in use is never idle, and a name is looked up when connecting. */
  readonly connectionMs: number;
  /** Whether connections to private and special addresses are made. */
  readonly privateNetworks: boolean;
  /** Whom to trust and who we are, asked for with each request: connections of another material are not used. Node's without it. */
  readonly tls?: () => Promise<TlsMaterial>;
}

/** Posts to one http: or https: URL, and keeps the connections. */
export function createPoster(address: string, options: PosterOptions): Poster {
  const { connectMs, connectionMs, privateNetworks, tls } = options;
  const url = new URL(address);
  const { request: send, Agent } = url.protocol === 'https:' ? https : http;
  const connected = url.protocol === 'https:' ? 'secureConnect' : 'connect';
  const agent = new Agent({
    keepAlive: true,
    timeout: idleMs,
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    rejectUnauthorized: true,
    ...(!privateNetworks && { lookup: lookupPublic }),
  });
  const closing = new AbortController();
  const openedAt = new WeakMap<Duplex, number>();
  const keep = agent.keepSocketAlive.bind(agent);
  agent.keepSocketAlive = (socket) => performance.now() - (openedAt.get(socket) ?? 0) < connectionMs && keep(socket);

  function watchConnecting(socket: Socket, request: http.ClientRequest): void {
    if (!socket.connecting) return;
    openedAt.set(socket, performance.now());
    const late = () => request.destroy(Object.assign(new Error('nobody took the connection'), { code: 'ETIMEDOUT' }));
    const timer = setTimeout(late, connectMs);
    const end = () => clearTimeout(timer);
    socket.once(connected, end).once('close', end);
  }

  return {
    async post(headers, body, signal) {
      if (!privateNetworks && isSpecialHost(url)) throw privateAddressError();
      const material = await tls?.();
      return new Promise((resolve, reject) => {
        const request = send(url, {
          ...material,
          method: 'POST',
          agent,
          headers: { ...headers, 'content-length': Buffer.byteLength(body) },
          maxHeaderSize: limits.answerHeaderBytes,
          signal: AbortSignal.any([signal, closing.signal]),
        });
        let isAnswered = false;
        // A connection that breaks within the body is an error of the request, too.
        request.on('error', (error) => isAnswered || reject(error));
        // Without an error where the server changes to another protocol (101).
        request.once('close', () => isAnswered || reject(new Error('the connection ended without an answer')));
        request.once('socket', (socket) => watchConnecting(socket, request));
        request.once('response', (response) => {
          isAnswered = true;
          const { statusCode: status = 0, headers: answered } = response;
          const { 'retry-after': retryAfter, 'content-type': contentType } = answered;
          void beginOf(response).then((text) => resolve({ status, retryAfter, contentType, body: text }));
        });
        request.end(body);
      });
    },
    close() {
      closing.abort();
      agent.destroy();
    },
  };
}

/** Ends the connection where it does not read on. */
async function beginOf(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= limits.answerBytes) break;
    }
  } catch {
    // What has come is enough.
  }
  return Buffer.concat(chunks).toString('utf8', 0, Math.min(size, limits.answerBytes));
}
