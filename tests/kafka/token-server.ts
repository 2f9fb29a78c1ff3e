/** A small OAuth server over TLS: tokens by client credentials (RFC 6749, 4.4), signed JWTs (RFC 9068), and its keys (RFC 7517). */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { anAuthority } from '../certificates.js';
import { freePorts } from '../free-ports.js';

export interface TokenServer {
  readonly issuer: string;
  readonly tokenUrl: string;
  readonly keysUrl: string;
  /** How many tokens a client has had. */
  tokensOf(clientId: string): number;
  /** From now on. Tokens are good for so many seconds: before now, they are handed out all the same. */
  change(to: Partial<typeof usual>): void;
  stop(): Promise<void>;
}

const usual = { seconds: 300, audience: 'orders', isOwnKey: true };

/** Its clients' secrets are `secret of ID`. */
export async function startTokenServer(authority: ReturnType<typeof anAuthority>): Promise<TokenServer> {
  const [own, foreign] = [await generateKeyPair('RS256'), await generateKeyPair('RS256')];
  const keys = JSON.stringify({
    keys: [{ ...(await exportJWK(own.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }],
  });
  const [port] = await freePorts(1);
  const issuer = `https://localhost:${port}`;
  const given = new Map<string, number>();
  let now = usual;

  async function answerTo(authorization: string, form: URLSearchParams): Promise<{ status: number; body: object }> {
    const [id = '', secret] = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString().split(':');
    const isClient = decodeURIComponent(secret ?? '').replaceAll('+', ' ') === `secret of ${id}`;
    if (!isClient) return { status: 401, body: { error: 'invalid_client' } };
    if (form.get('grant_type') !== 'client_credentials') return { status: 400, body: { error: 'invalid_grant' } };
    given.set(id, (given.get(id) ?? 0) + 1);
    const second = Math.floor(Date.now() / 1_000);
    const token = await new SignJWT({ scope: form.get('scope') ?? '' })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setIssuer(issuer)
      .setAudience(now.audience)
      .setSubject(id)
      .setIssuedAt(second + Math.min(0, now.seconds))
      .setExpirationTime(second + now.seconds)
      .sign((now.isOwnKey ? own : foreign).privateKey);
    const expires = now.seconds > 0 ? now.seconds : usual.seconds;
    return { status: 200, body: { access_token: token, token_type: 'Bearer', expires_in: expires } };
  }

  const { certFile, keyFile } = authority.write('login');
  const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (request, response) => {
    const isKeys = request.url === '/keys';
    void text(request)
      .then((form) => answerTo(request.headers.authorization ?? '', new URLSearchParams(form)))
      .then(({ status, body }) => {
        response.writeHead(isKeys ? 200 : status, { 'content-type': 'application/json' });
        response.end(isKeys ? keys : JSON.stringify(body));
      });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    issuer,
    tokenUrl: `${issuer}/token`,
    keysUrl: `${issuer}/keys`,
    tokensOf: (clientId) => given.get(clientId) ?? 0,
    change: (to) => (now = { ...usual, ...to }),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
