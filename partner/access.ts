/** Whom the stand-in partner lets in, by files that are read at each request: what is put there counts from then on. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';

export type RequiredAuth =
  | { readonly kind: 'bearer'; readonly tokenFile: string }
  | { readonly kind: 'basic'; readonly user: string; readonly passwordFile: string }
  /** With a token of its own endpoint, `POST /token`, by client credentials (RFC 6749, 4.4). */
  | {
      readonly kind: 'oauth';
      readonly clientId: string;
      readonly clientSecretFile: string;
      /** How long a token is good. */
      readonly lifetimeSeconds: number;
    };

export interface TokenAnswer {
  readonly status: number;
  readonly body: object;
}

export interface Access {
  /** Whether a request with these headers is let in. */
  allows(headers: IncomingHttpHeaders): Promise<boolean>;
  /** What is answered to one that is not. */
  readonly challenge: string;
  /** The answer of the token endpoint to a form; null where there is none. */
  giveToken(headers: IncomingHttpHeaders, form: string): Promise<TokenAnswer | null>;
  /** None of the tokens that were given is good any longer. */
  revokeTokens(): void;
}

const hash = (text: string) => createHash('sha256').update(text).digest();
/** As long for a wrong one as for the right one. */
const isSame = (one: string, other: string) => timingSafeEqual(hash(one), hash(other));
const secretIn = async (path: string) => (await readFile(path, 'utf8')).trimEnd();
const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** Lets everybody in where nothing is required. */
export function createAccess(required?: RequiredAuth): Access {
  const givenUntil = new Map<string, number>();

  async function expected(): Promise<string | undefined> {
    if (required?.kind === 'bearer') return `Bearer ${await secretIn(required.tokenFile)}`;
    if (required?.kind === 'basic') return basic(required.user, await secretIn(required.passwordFile));
    return undefined;
  }

  return {
    challenge: required?.kind === 'basic' ? 'Basic realm="orders"' : 'Bearer realm="orders"',
    async allows({ authorization = '' }) {
      if (!required) return true;
      if (required.kind !== 'oauth') return isSame(authorization, (await expected())!);
      const until = givenUntil.get(authorization.replace(/^Bearer /, ''));
      return until !== undefined && performance.now() < until;
    },
    async giveToken({ authorization }, form) {
      if (required?.kind !== 'oauth') return null;
      const { clientId, clientSecretFile, lifetimeSeconds } = required;
      const fields = new URLSearchParams(form);
      if (fields.get('grant_type') !== 'client_credentials')
        return { status: 400, body: { error: 'unsupported_grant_type' } };
      const client = authorization === undefined ? fields : clientIn(authorization);
      const named = `${client.get('client_id')}:${client.get('client_secret')}`;
      if (!isSame(named, `${clientId}:${await secretIn(clientSecretFile)}`))
        return { status: 401, body: { error: 'invalid_client' } };
      const token = randomBytes(24).toString('base64url');
      givenUntil.set(token, performance.now() + lifetimeSeconds * 1_000);
      return { status: 200, body: { access_token: token, token_type: 'Bearer', expires_in: lifetimeSeconds } };
    },
    revokeTokens: () => givenUntil.clear(),
  };
}

/** In the header both are encoded as in a form (RFC 6749, 2.3.1). */
function clientIn(authorization: string): URLSearchParams {
  const [id = '', secret = ''] = Buffer.from(authorization.replace(/^Basic /, ''), 'base64')
    .toString()
    .split(':');
  return new URLSearchParams(`client_id=${id}&client_secret=${secret}`);
}
