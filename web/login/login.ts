/** The way of a login: to the provider, back from it, and out again. */
import type { CookieSerializeOptions } from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Config } from '../../config.js';
import { OperatorError } from '../../errors.js';
import { callbackPath, documentPaths, loggedOutPath, loginPath, logoutPath, queryIn } from '../shared/paths.js';
import { sendNotice } from './notice.js';
import { createProvider, readClientSecret } from './provider.js';
import { createSessions, type Session } from './sessions.js';

export interface Login {
  /** Who asks; undefined for nobody that is known. */
  find(request: FastifyRequest): Session | undefined;
  /** Adds the routes of the login. */
  addTo(app: FastifyInstance): Promise<void>;
}

/** How long one may take to log in at the provider, in seconds. */
const pendingSeconds = 600;
/** What is longer begins without its query: browsers keep no cookie of more than 4 KiB. */
const longestQuery = 1_500;
/** Requests of a way of a login, a minute and address. */
const mostPerMinute = 300;

/** What is held of a login that has begun: by the browser, signed, so that nothing piles up here. */
const pendingSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  to: z.string(),
  until: z.number(),
});

const notLoggedIn = (reply: FastifyReply, status: number, sentence: string) =>
  sendNotice(reply, status, { title: 'Not logged in', sentence, offers: 'login' });

const statusOf: Readonly<Record<string, number>> = { LOGIN_REFUSED: 403, LOGIN_INVALID: 400 };

/**
 * A login by the provider of the settings, for an app that reads cookies. `now` is a clock that only goes on, in ms. Throws BAD_SECRET_FILE where
 * the client's secret cannot be read.
 */
export function createLogin(cubes: Config['cubes'], now: () => number): Login {
  // Now, while somebody is looking.
  if (cubes.clientSecretFile !== '') readClientSecret(cubes);
  const provider = createProvider(cubes);
  const sessions = createSessions(cubes.sessionMs, now);
  const isHttps = cubes.url.startsWith('https:');
  // A name with __Host- is taken from this very host alone, and by HTTPS (RFC 6265bis, 4.1.3.2).
  const prefix = isHttps ? '__Host-' : '';
  const names = { session: `${prefix}orderflow`, pending: `${prefix}orderflow-login` };
  const attributes: CookieSerializeOptions = { path: '/', httpOnly: true, sameSite: 'lax', secure: isHttps };
  const find = (request: FastifyRequest) => sessions.find(request.cookies[names.session]);

  const pendingIn = (request: FastifyRequest) => {
    const { valid, value } = request.unsignCookie(request.cookies[names.pending] ?? '');
    if (!valid) return undefined;
    const pending = pendingSchema.parse(JSON.parse(Buffer.from(value, 'base64url').toString('utf8')));
    return now() < pending.until ? pending : undefined;
  };

  function sayProblem(reply: FastifyReply, error: unknown): FastifyReply {
    if (!(error instanceof OperatorError)) throw error;
    const status = statusOf[error.code];
    // What the operator has to mend is said at the terminal, too: there alone, where it names a file.
    if (status === undefined) console.error(`orderflow: ${error.message}`);
    const isOfFile = error.code === 'BAD_SECRET_FILE';
    const sentence = isOfFile ? 'the login is not configured as it should be: the terminal says why' : error.message;
    return notLoggedIn(reply, status ?? 503, sentence);
  }

  async function addTo(app: FastifyInstance): Promise<void> {
    await app.register(rateLimit, {
      global: false,
      max: mostPerMinute,
      timeWindow: 60_000,
      errorResponseBuilder: () =>
        Object.assign(new OperatorError('LOGIN_BUSY', 'too many logins at once: try again in a minute'), {
          statusCode: 429,
        }),
    });
    const limited = { config: { rateLimit: {} }, exposeHeadRoute: false };

    app.get<{ Querystring: { to?: unknown } }>(loginPath, limited, async ({ query: { to } }, reply) => {
      try {
        const { url, pending } = await provider.begin();
        const until = now() + pendingSeconds * 1_000;
        const held = { ...pending, to: placeOf(to, cubes.url), until };
        const value = Buffer.from(JSON.stringify(held)).toString('base64url');
        return await reply
          .setCookie(names.pending, value, { ...attributes, signed: true, maxAge: pendingSeconds })
          .redirect(url);
      } catch (error) {
        return sayProblem(reply, error);
      }
    });

    app.get(callbackPath, limited, async (request, reply) => {
      const pending = pendingIn(request);
      void reply.clearCookie(names.pending, attributes);
      // Two tabs have begun: the later one is done already, or will be.
      if (pending === undefined && find(request)) return reply.redirect(`${cubes.url}/`);
      if (pending === undefined) {
        return notLoggedIn(reply, 400, 'this login was not begun here, or took too long: begin it anew');
      }
      try {
        const session = await provider.finish(queryIn(request), pending);
        sessions.end(request.cookies[names.session]);
        const maxAge = cubes.sessionMs / 1_000;
        return await reply
          .setCookie(names.session, sessions.begin(session), { ...attributes, maxAge })
          .redirect(`${cubes.url}${pending.to}`);
      } catch (error) {
        return sayProblem(reply, error);
      }
    });

    app.post(logoutPath, { config: limited.config }, async (request, reply) => {
      const session = find(request);
      sessions.end(request.cookies[names.session]);
      void reply.clearCookie(names.session, attributes);
      const url = session && (await provider.logoutUrl(session.idToken));
      return { url: url ?? loggedOutPath };
    });

    app.get(loggedOutPath, (_request, reply) =>
      sendNotice(reply, 200, { title: 'Logged out', sentence: 'You are logged out of Orderflow.', offers: 'login' }),
    );
  }

  return { find, addTo };
}

/** Where the login leads: to a document of this page, and nowhere else. */
function placeOf(to: unknown, here: string): string {
  const [first] = documentPaths;
  if (typeof to !== 'string' || !URL.canParse(to, here)) return first;
  const { origin, pathname, search } = new URL(to, here);
  if (origin !== here || !documentPaths.some((path) => path === pathname)) return first;
  return search.length > longestQuery ? pathname : `${pathname}${search}`;
}
