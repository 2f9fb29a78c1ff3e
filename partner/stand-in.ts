/**
 * The stand-in for a fulfilment partner: an HTTP server that takes each order once, forgives nothing, and journals every
 * request, so that a reader of the journal can tell what the pipeline has really done.
 */
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inUrl } from '../config.js';
import { limits } from '../model/limits.js';
import { createAccess, type RequiredAuth } from './access.js';
import { behaviourSchema, isInShare, isMeant, type Behaviour, type RequestOf } from './behaviour.js';
import { openJournal, type JournalEntry, type JournalOutcome } from './journal.js';
import { createListener, type ListenerTls } from './listener.js';
import { loadOrders } from './orders.js';

export interface PartnerOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** NDJSON; made with its folder where it is missing, continued where it is there. */
  readonly journalPath: string;
  /** What a request has to have, but for `/_health` and `/token`; nothing unless given. */
  readonly auth?: RequiredAuth;
  /** Served over TLS with these; in plain text without. */
  readonly tls?: ListenerTls;
}

export interface Partner {
  /** Without a path: `http://host:port`, or `https:`. Orders go to `/orders`. */
  readonly url: string;
  /** The tokens that its endpoint has given are good no longer. */
  revokeTokens(): void;
  /** Answers what is under way, then stops. */
  close(): Promise<void>;
}

/** An answer; status 0 cuts the connection instead. */
interface Answer {
  readonly outcome: JournalOutcome;
  readonly status: number;
  readonly body?: object;
  readonly headers?: Record<string, string>;
}

async function readBody(request: IncomingMessage): Promise<{ bytes: Buffer; isWhole: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Not destroyed on return, so that a body that is too large still gets its answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limits.requestBytes)
      return { bytes: Buffer.concat(chunks).subarray(0, limits.requestBytes), isWhole: false };
  }
  return { bytes: Buffer.concat(chunks), isWhole: true };
}

function readOrder(body: Buffer): RequestOf {
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  try {
    const { orderId, partnerId } = JSON.parse(body.toString()) as Record<string, unknown>;
    return { orderId: text(orderId), partnerId: text(partnerId) };
  } catch {
    return { orderId: '', partnerId: '' };
  }
}

function sendJson(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(`${JSON.stringify(body)}\n`);
}

/**
 * Starts the partner. Rejects when the port is taken or the journal cannot be opened.
 *
 * - `POST /orders` with an `Idempotency-Key`: 201 for an effect, and the same again for a repeat; 422 for the key with
 *   other bytes; 400 without a key or an order id; 401 without good credentials; 413 beyond 2 MiB. Answered after its journal line is on
 *   disk, which holds no credentials.
 * - `GET /_health`, `GET /_summary` (counts), `POST /_behaviour` (see behaviour.ts), `POST /token` (see access.ts). Not journaled.
 */
export async function startPartner({ host, port, journalPath, auth, tls }: PartnerOptions): Promise<Partner> {
  await mkdir(dirname(journalPath), { recursive: true });
  const orders = await loadOrders(journalPath);
  const journal = await openJournal(journalPath);
  const access = createAccess(auth);
  let behaviour: Behaviour = behaviourSchema.parse({});
  let sinceBehaviour = 0;

  /** Whether the behaviour is for this request: of those that it is meant for, its share. */
  const isChosen = (request: RequestOf) => isMeant(behaviour, request) && isInShare(++sinceBehaviour, behaviour.share);

  function misbehave(): Answer | null {
    if (behaviour.drop === 'before') return { outcome: 'dropped', status: 0 };
    const { status, retryAfterSeconds } = behaviour;
    if (status === undefined) return null;
    const headers: Record<string, string> =
      retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
    const outcome = status < 500 && ![408, 425, 429].includes(status) ? 'refused' : 'failed';
    return { outcome, status, body: { code: 'AS_TOLD' }, headers };
  }

  function takeOrder(key: string, orderId: string, bytes: Buffer, isCut: boolean): Answer {
    if (key === '') return { outcome: 'refused', status: 400, body: { code: 'NO_IDEMPOTENCY_KEY' } };
    if (orderId === '') return { outcome: 'refused', status: 400, body: { code: 'NO_ORDER_ID' } };
    const outcome = orders.take(key, bytes);
    if (outcome === 'conflict') return { outcome, status: 422, body: { code: 'KEY_USED_FOR_OTHER_BYTES' } };
    return { outcome, status: isCut ? 0 : 201, body: { orderId } };
  }

  function answerTo(key: string, bytes: Buffer, of: RequestOf): Answer {
    const isMisbehaving = isChosen(of);
    const isCut = isMisbehaving && behaviour.drop === 'after';
    return (isMisbehaving ? misbehave() : null) ?? takeOrder(key, of.orderId, bytes, isCut);
  }

  async function handleOrder(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (behaviour.down) {
      request.socket.destroy();
      return;
    }
    const { bytes, isWhole } = await readBody(request);
    if (behaviour.delayMs > 0) await sleep(behaviour.delayMs);
    const idempotencyKey = [request.headers['idempotency-key']].flat()[0] ?? '';
    const of = isWhole ? readOrder(bytes) : { orderId: '', partnerId: '' };
    const { orderId } = of;
    const answer: Answer = !(await access.allows(request.headers))
      ? { outcome: 'refused', status: 401, ...unauthorized() }
      : isWhole
        ? answerTo(idempotencyKey, bytes, of)
        : { outcome: 'refused', status: 413, body: { code: 'TOO_LARGE' }, headers: { connection: 'close' } };
    const entry: JournalEntry = {
      time: new Date().toISOString(),
      sequence: orders.count(orderId, answer.outcome),
      method: request.method ?? '',
      path: request.url ?? '',
      idempotencyKey,
      orderId,
      body: bytes.toString('base64'),
      outcome: answer.outcome,
      status: answer.status,
    };
    await journal.append(entry);
    if (answer.status === 0) request.socket.destroy();
    else sendJson(response, answer.status, answer.body ?? {}, answer.headers);
  }

  const unauthorized = () => ({ body: { code: 'UNAUTHORIZED' }, headers: { 'www-authenticate': access.challenge } });

  async function giveToken(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { bytes } = await readBody(request);
    const answer = await access.giveToken(request.headers, bytes.toString());
    sendJson(response, answer?.status ?? 404, answer?.body ?? { code: 'NO_TOKENS' }, { 'cache-control': 'no-store' });
  }

  async function setBehaviour(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { bytes } = await readBody(request);
    try {
      behaviour = behaviourSchema.parse(JSON.parse(bytes.toString()));
    } catch (error) {
      sendJson(response, 400, { error: String(error) });
      return;
    }
    sinceBehaviour = 0;
    sendJson(response, 200, behaviour);
  }

  type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;
  const withAccess =
    (route: Route): Route =>
    async (request, response) => {
      if (await access.allows(request.headers)) return route(request, response);
      const { body, headers } = unauthorized();
      sendJson(response, 401, body, headers);
    };
  const routes: Record<string, Route> = {
    'POST /orders': handleOrder,
    'POST /token': giveToken,
    'POST /_behaviour': withAccess(setBehaviour),
    'GET /_health': (_request, response) => sendJson(response, 200, { status: 'up' }),
    'GET /_summary': withAccess((_request, response) => sendJson(response, 200, orders.summary())),
  };
  const underWay = new Set<Promise<void>>();
  const server = createListener((request, response) => {
    const route = routes[`${request.method} ${request.url}`];
    if (!route) {
      sendJson(response, 404, { code: 'NOT_FOUND', routes: Object.keys(routes) });
      return;
    }
    // A client that hangs up in the middle of its request is its own affair; a journal that fails is not survivable.
    const handling = Promise.resolve(route(request, response)).catch((error: unknown) => {
      request.socket.destroy();
      if (request.complete) server.emit('error', error);
    });
    underWay.add(handling);
    void handling.finally(() => underWay.delete(handling));
  }, tls);
  server.listen(port, host);
  await once(server, 'listening');

  return {
    url: `${tls ? 'https' : 'http'}://${inUrl(host)}:${(server.address() as AddressInfo).port}`,
    revokeTokens: access.revokeTokens,
    async close() {
      const isClosed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      await Promise.all(underWay);
      server.closeAllConnections();
      await isClosed;
      await journal.close();
    },
  };
}
