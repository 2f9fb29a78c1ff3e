/** What every request has to pass before its route: the name it asks for, where it comes from, its method, and who asks. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Config, inUrl } from '../config.js';
import { accessOf, anybody, mayHave, type Person } from './access.js';
import { securityHeaders } from './document.js';
import { sendNotice } from './login/notice.js';
import { documentPaths, loginPath, queryIn } from './shared/paths.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null for nobody that is known. */
    person: Person | null;
  }
}

/** The name without the port: a page of another name that resolves to this address may not read from here (DNS rebinding). */
const hostName = (host: string) => host.replace(/:\d+$/, '').toLowerCase();

/** The names that a request says it is for: its Host, and one in the request line, which counts before it (RFC 9112, 3.2.2). */
function namesOf({ url, headers }: FastifyRequest): string[] {
  const inLine = /^\w+:\/\/([^/?#]*)/.exec(url)?.[1];
  return [headers.host ?? '', ...(inLine === undefined ? [] : [inLine])].map(hostName);
}

const isFromElsewhere = (site: FastifyRequest['headers'][string]) =>
  site !== undefined && site !== 'same-origin' && site !== 'none';

const isDocument = (pattern: string) => documentPaths.some((path) => path === pattern);

/**
 * Guards all routes, those that are not there too. `findPerson` says who asks; undefined where there is no login. A route goes by its pattern,
 * however the path is written.
 */
export function guard(
  app: FastifyInstance,
  config: Config,
  findPerson: ((request: FastifyRequest) => Person | null) | undefined,
): void {
  const { url, hosts: others } = config.cubes;
  const ours = ['localhost', '127.0.0.1', '[::1]', config.urlHost, url.replace(/^\w+:\/\//, '')];
  const hosts = new Set([...ours, ...others.map(inUrl)].map(hostName));
  app.addHook('onRoute', ({ url }) => void accessOf(url));
  app.decorateRequest('person', null);
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(securityHeaders);
    if (!namesOf(request).every((name) => hosts.has(name))) {
      return reply.code(403).send({ problem: 'this name is not served: use localhost, or set ORDERFLOW_CUBES_HOSTS' });
    }
    const pattern = request.routeOptions.url;
    if (request.is404 || pattern === undefined) {
      if (request.method === 'GET' || request.method === 'HEAD') return;
      return reply.code(405).header('allow', 'GET, HEAD').send({ problem: 'this server only reads: use GET' });
    }
    const { needs, isLinked } = accessOf(pattern);
    if (!isLinked && isFromElsewhere(request.headers['sec-fetch-site'])) {
      return reply.code(403).send({ problem: 'other sites may not read from here' });
    }
    request.person = findPerson === undefined ? anybody : findPerson(request);
    if (needs === 'nothing') return;
    if (request.person === null) return askToLogIn(request, reply, pattern, url);
    if (!mayHave(request.person, needs)) return refuse(request.person, reply, pattern);
  });
}

function askToLogIn(request: FastifyRequest, reply: FastifyReply, pattern: string, url: string) {
  if (!isDocument(pattern)) {
    return reply.code(401).send({ problem: 'you are not logged in, or no longer: load this page again to log in' });
  }
  const query = queryIn(request);
  const to = new URLSearchParams({ to: query === '' ? pattern : `${pattern}?${query}` });
  // By the page's own address, where the provider will lead back to.
  return reply.redirect(`${url}${loginPath}?${to}`);
}

function refuse({ name }: Person, reply: FastifyReply, pattern: string) {
  if (!isDocument(pattern)) return reply.code(403).send({ problem: 'your role does not show you this' });
  return sendNotice(reply, 403, {
    title: 'No role',
    sentence: `You are logged in as ${name}, who has no role here: ask for a group that makes an analyst, an operator or an auditor.`,
    offers: 'logout',
  });
}

/** The answer to a path that no route can be sought for, such as `/%zz`: hooks have not seen it. */
export function refuseBadPath(_error: Error, _request: FastifyRequest, reply: FastifyReply): void {
  void reply.headers(securityHeaders).code(400).send({ problem: 'the request is not understood' });
}
