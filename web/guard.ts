/** What every request has to pass before its route: the name it asks for, where it comes from, its method. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Config, inUrl } from '../config.js';
import { securityHeaders } from './document.js';

/** The name without the port: a page of another name that resolves to this address may not read from here (DNS rebinding). */
const hostName = (host: string) => host.replace(/:\d+$/, '').toLowerCase();

/** The names that a request says it is for: its Host, and one in the request line, which counts before it (RFC 9112, 3.2.2). */
function namesOf({ url, headers }: FastifyRequest): string[] {
  const inLine = /^\w+:\/\/([^/?#]*)/.exec(url)?.[1];
  return [headers.host ?? '', ...(inLine === undefined ? [] : [inLine])].map(hostName);
}

/** Routes that other sites may link to: the documents. By the pattern that was matched, however the path is written. */
const linkedRoutes: ReadonlySet<string | undefined> = new Set(['/', '/flow']);

const isFromElsewhere = (site: FastifyRequest['headers'][string]) =>
  site !== undefined && site !== 'same-origin' && site !== 'none';

/** Guards all routes, those that are not there too. */
export function guard(app: FastifyInstance, config: Config): void {
  const hosts = new Set(['localhost', '127.0.0.1', '[::1]', config.host, inUrl(config.host)].map(hostName));
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(securityHeaders);
    if (!namesOf(request).every((name) => hosts.has(name))) {
      return reply.code(403).send({ problem: 'this address is not served: use localhost' });
    }
    const route = request.routeOptions.url;
    if (isFromElsewhere(request.headers['sec-fetch-site']) && !request.is404 && !linkedRoutes.has(route)) {
      return reply.code(403).send({ problem: 'other sites may not read from here' });
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return reply.code(405).header('allow', 'GET, HEAD').send({ problem: 'this server only reads: use GET' });
    }
  });
}

/** The answer to a path that no route can be sought for, such as `/%zz`: hooks have not seen it. */
export function refuseBadPath(_error: Error, _request: FastifyRequest, reply: FastifyReply): void {
  void reply.headers(securityHeaders).code(400).send({ problem: 'the request is not understood' });
}
