/** One partner's endpoint: its connections, and our credentials there. */
import { codeOf } from '../../errors.js';
import { createCredentials, type Header } from './credentials.js';
import { createPoster, type PostAnswer, type Poster } from './http-post.js';
import { createTokenRequest } from './oauth.js';
import { PartnerFault, verdictOf } from './partner-answer.js';
import type { PartnerEntry } from './partners-file.js';
import type { PartnerRequest } from './partner-request.js';
import { createTlsFiles } from './tls-files.js';

export interface EndpointOptions {
  /** Milliseconds for one request, connecting included. */
  readonly timeoutMs: number;
  /** How long a connection is used for, in ms. */
  readonly connectionMs: number;
}

export interface Endpoint {
  /**
   * The credentials for the next order. Rejects with a PartnerFault that says in a sentence why there are none; ends within a request's
   * time.
   */
  prepare(): Promise<Header>;
  /** Posts an order with them. After a 401 it is posted again, once, if there are other ones by now. Rejects as a Poster does. */
  post(request: PartnerRequest, header: Header, signal: AbortSignal): Promise<EndpointAnswer>;
  /** Breaks off what is under way. */
  close(): void;
}

export type EndpointAnswer = PostAnswer & {
  /** What must not be told of the answer: a partner may repeat it. */
  readonly secrets: Header['secrets'];
};

/** What is reached by its entry. Nothing is read and nobody is asked before the first order. */
export function createEndpoint(entry: PartnerEntry, { timeoutMs, connectionMs }: EndpointOptions): Endpoint {
  const { url, auth, privateNetworks } = entry;
  const posters: Poster[] = [];
  function posterTo(address: string, tls: PartnerEntry['tls']): Poster {
    const poster = createPoster(address, {
      // Before the request's own time is over: a host that answers nothing at all is not there, whatever the order.
      connectMs: Math.ceil((timeoutMs * 2) / 3),
      connectionMs,
      privateNetworks,
      ...(tls && { tls: createTlsFiles(tls) }),
    });
    posters.push(poster);
    return poster;
  }
  const poster = posterTo(url, entry.tls);
  const credentials =
    auth.kind === 'oauth'
      ? createCredentials(auth, createTokenRequest(auth, posterTo(auth.tokenUrl, auth.tls), timeoutMs))
      : createCredentials(auth);

  async function send({ idempotencyKey, body }: PartnerRequest, { authorization }: Header, signal: AbortSignal) {
    const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
    try {
      return await poster.post(authorization === undefined ? headers : { ...headers, authorization }, body, signal);
    } catch (error) {
      const code = codeOf(error) ?? '';
      // Some servers, Node's among them, say nothing to a certificate that they do not know: they hang up.
      if (entry.tls?.certFile === undefined || !['ECONNRESET', 'EPIPE'].includes(code)) throw error;
      throw new PartnerFault(
        `${code}: it hung up: if at all orders, it does not accept our certificate, tls.certFile`,
        verdictOf(code),
      );
    }
  }

  return {
    prepare: () => credentials.header(),
    async post(request, header, signal) {
      const answer = await send(request, header, signal);
      const { secrets } = header;
      if (answer.status !== 401) return { ...answer, secrets };
      credentials.refuse(header);
      const other = await credentials.header();
      if (other.authorization === header.authorization) return { ...answer, secrets };
      return { ...(await send(request, other, signal)), secrets: other.secrets };
    },
    close: () => posters.forEach((each) => each.close()),
  };
}
