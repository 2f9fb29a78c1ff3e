/** A provider that says whatever a test wants it to say, signed with a key of its own. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export interface LyingProvider {
  readonly issuer: string;
  /** What the next ID token says instead of the truth; undefined leaves a claim out. */
  claims: Record<string, unknown>;
  /** Signs with a key that it has not published. */
  isForging: boolean;
  /** Answers a question for a token with this, instead of tokens. */
  refusal: { status: number; body: unknown } | undefined;
  /** Says of itself that it is somebody else. */
  saysIssuer: string | undefined;
  /** The nonce of the login under way. */
  nonce: string;
  /** How often a code was redeemed. */
  redeemed: number;
  stop(): Promise<void>;
}

export async function startLyingProvider(): Promise<LyingProvider> {
  const published = await generateKeyPair('ES256');
  const forged = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(published.publicKey)), kid: 'k', alg: 'ES256', use: 'sig' };

  async function tokens(): Promise<object> {
    const now = Math.floor(Date.now() / 1_000);
    const truth = { iss: liar.issuer, aud: 'cubes', sub: 'olaf', nonce: liar.nonce, iat: now, exp: now + 300 };
    const claims = JSON.parse(JSON.stringify({ ...truth, roles: ['operator'], ...liar.claims })) as object;
    const key = liar.isForging ? forged.privateKey : published.privateKey;
    const idToken = await new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'k' }).sign(key);
    return { access_token: 'token-hush', token_type: 'Bearer', expires_in: 60, id_token: idToken };
  }

  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (request.url === '/.well-known/openid-configuration') {
      return answer(200, {
        issuer: liar.saysIssuer ?? liar.issuer,
        authorization_endpoint: `${liar.issuer}/auth`,
        token_endpoint: `${liar.issuer}/token`,
        jwks_uri: `${liar.issuer}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['ES256'],
        token_endpoint_auth_methods_supported: ['client_secret_post'],
      });
    }
    if (request.url === '/jwks') return answer(200, { keys: [jwk] });
    liar.redeemed += 1;
    if (liar.refusal) return answer(liar.refusal.status, liar.refusal.body);
    void tokens().then((body) => answer(200, body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const liar: LyingProvider = {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    claims: {},
    isForging: false,
    refusal: undefined,
    saysIssuer: undefined,
    nonce: '',
    redeemed: 0,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return liar;
}
