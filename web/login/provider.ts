/**
 * The provider that people log in with: OpenID Connect, authorization code with PKCE, state and nonce.
 * Sources: OpenID Connect Core 1.0, RFC 7636 (PKCE), RFC 9207 (issuer of the answer), OpenID Connect RP-Initiated Logout 1.0.
 */
import * as oidc from 'openid-client';
import { Agent, fetch as fetchBy } from 'undici';
import type { Config } from '../../config.js';
import { codeOf, OperatorError } from '../../errors.js';
import { readSecret } from '../../model/secret-file.js';
import { callbackPath, loggedOutPath } from '../shared/paths.js';
import { claimOf, rolesOf } from './roles.js';
import type { Session } from './sessions.js';

/** What has to be the same in the provider's answer as when the login began. */
export interface Pending {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export interface Provider {
  /** A login's begin: where the browser goes. Fails with LOGIN_UNREACHABLE. */
  begin(): Promise<{ url: string; pending: Pending }>;
  /** Its end: who came back. Fails with LOGIN_UNREACHABLE, LOGIN_MISCONFIGURED, LOGIN_REFUSED and LOGIN_INVALID. */
  finish(query: string, pending: Pending): Promise<Session>;
  /** Where the browser goes to log out there, too; undefined where the provider has no such place, or does not answer. */
  logoutUrl(idToken: string): Promise<string | undefined>;
}

/** How long the provider may take to answer, in s. */
const patienceSeconds = 5;
/** How long what the provider says of itself is taken for true, in ms. */
const knownMs = 3_600_000;

export function createProvider(cubes: Config['cubes']): Provider {
  let known: { readonly until: number; readonly configuration: Promise<oidc.Configuration> } | undefined;

  /** Asked for once at a time, and again after an hour, or when it failed. */
  function discovered(): Promise<oidc.Configuration> {
    if (known && performance.now() < known.until) return known.configuration;
    const configuration = discover(cubes);
    known = { until: performance.now() + knownMs, configuration };
    configuration.catch(() => (known = undefined));
    return configuration;
  }

  return {
    begin: async () => {
      const configuration = await discovered();
      const pending = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
      };
      const url = oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: `${cubes.url}${callbackPath}`,
        scope: cubes.scope,
        state: pending.state,
        nonce: pending.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(pending.verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, pending };
    },
    finish: async (query, pending) => {
      const configuration = await discovered();
      try {
        return await redeem(configuration, cubes, new URL(`${cubes.url}${callbackPath}?${query}`), pending);
      } catch (error) {
        throw loginError(cubes, error);
      }
    },
    logoutUrl: async (idToken) => {
      const configuration = await discovered().catch(() => undefined);
      if (!configuration?.serverMetadata().end_session_endpoint) return undefined;
      const parameters = { id_token_hint: idToken, post_logout_redirect_uri: `${cubes.url}${loggedOutPath}` };
      return oidc.buildEndSessionUrl(configuration, parameters).href;
    },
  };
}

async function discover(cubes: Config['cubes']): Promise<oidc.Configuration> {
  const issuer = new URL(cubes.issuer);
  try {
    return await oidc.discovery(issuer, cubes.clientId, undefined, clientOf(cubes), {
      timeout: patienceSeconds,
      // The settings take http:// for loopback addresses alone.
      execute: [oidc.enableNonRepudiationChecks, ...(issuer.protocol === 'http:' ? [oidc.allowInsecureRequests] : [])],
      ...(cubes.issuerCaFile !== '' && { [oidc.customFetch]: trusting(cubes.issuerCaFile) }),
    });
  } catch (error) {
    throw unreachable(cubes, error);
  }
}

/** What the page proves itself with at the provider. Throws BAD_SECRET_FILE. */
export const readClientSecret = ({ clientSecretFile }: Config['cubes']): string =>
  readSecret(clientSecretFile, "the client's secret for the login's provider");

/** The client's secret is read at each use. A client without one is known by PKCE alone. */
function clientOf(cubes: Config['cubes']): oidc.ClientAuth {
  if (cubes.clientSecretFile === '') return oidc.None();
  return (server, client, body, headers) => {
    const secret = readClientSecret(cubes);
    // What is not said is client_secret_basic (OpenID Connect Discovery 1.0, 3).
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const method = methods.includes('client_secret_basic') ? oidc.ClientSecretBasic : oidc.ClientSecretPost;
    return method(secret)(server, client, body, headers);
  };
}

/** `fetch` that trusts this authority, and no other. */
function trusting(caFile: string): oidc.CustomFetch {
  const ca = readSecret(caFile, "the authority's certificate for the login's provider");
  const dispatcher = new Agent({ connect: { ca } });
  return ((url: string, options: object) => fetchBy(url, { ...options, dispatcher })) as never;
}

/** Redeems the code; the person's claims come from the ID token, and from UserInfo where that lacks the roles. */
async function redeem(
  configuration: oidc.Configuration,
  cubes: Config['cubes'],
  answer: URL,
  { state, nonce, verifier }: Pending,
): Promise<Session> {
  const tokens = await oidc.authorizationCodeGrant(configuration, answer, {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: verifier,
    idTokenExpected: true,
  });
  const inToken = tokens.claims()!;
  const isEnough = claimOf(inToken, cubes.rolesClaim) !== undefined;
  const hasMore = configuration.serverMetadata().userinfo_endpoint !== undefined;
  const more = !isEnough && hasMore ? await oidc.fetchUserInfo(configuration, tokens.access_token, inToken.sub) : {};
  const claims: Readonly<Record<string, unknown>> = { ...more, ...inToken };
  const names = [claims.name, claims.preferred_username, claims.email, claims.sub];
  const name = names.find((each): each is string => typeof each === 'string' && each !== '') ?? '';
  return { name: name.slice(0, 100), roles: rolesOf(claims, cubes), idToken: tokens.id_token! };
}

/** A code of OAuth (`access_denied`): words that came by the browser, and are shown. */
const codeIn = (text: unknown) => (typeof text === 'string' && /^\w{1,40}$/.test(text) ? text : 'no code');

const causeOf = (error: unknown): unknown => (error as { cause?: unknown } | null)?.cause;

/** Ours as it was thrown, which the client may have packed into one of its own. */
const ownError = (error: unknown): OperatorError | undefined =>
  [error, causeOf(error)].find((each) => each instanceof OperatorError);

function unreachable({ issuer }: Config['cubes'], error: unknown): OperatorError {
  const own = ownError(error);
  if (own) return own;
  const code = codeOf(causeOf(error)) ?? codeOf(error) ?? 'no answer';
  return new OperatorError(
    'LOGIN_UNREACHABLE',
    `the login's provider does not answer at ${issuer} as one does (${code}): try again in a while, or correct ORDERFLOW_CUBES_OIDC_ISSUER`,
    { cause: error },
  );
}

/** What went wrong at the end of a login, as a sentence that holds nothing of tokens and codes. */
function loginError(cubes: Config['cubes'], error: unknown): OperatorError {
  const own = ownError(error);
  if (own) return own;
  if (error instanceof oidc.AuthorizationResponseError) {
    const problem = `the login's provider refused the login (${codeIn(error.error)}): ask whoever runs it`;
    return new OperatorError('LOGIN_REFUSED', problem, { cause: error });
  }
  const isBodyError = error instanceof oidc.ResponseBodyError;
  if ((isBodyError && error.error !== 'invalid_grant') || error instanceof oidc.WWWAuthenticateChallengeError) {
    const code = codeIn(isBodyError ? error.error : error.cause[0]?.parameters.error);
    const settings = 'ORDERFLOW_CUBES_OIDC_CLIENT_ID and ORDERFLOW_CUBES_OIDC_CLIENT_SECRET_FILE';
    const problem = `the login's provider refused this page (${code}): check ${settings}, and ORDERFLOW_CUBES_URL there`;
    return new OperatorError('LOGIN_MISCONFIGURED', problem, { cause: error });
  }
  const isAnswer = isBodyError || /^OAUTH_(?!TIMEOUT|ABORT)/.test(codeOf(error) ?? '');
  if (!isAnswer) return unreachable(cubes, error);
  const problem = `the login is not valid (${codeOf(error)}): begin it anew`;
  return new OperatorError('LOGIN_INVALID', problem, { cause: error });
}
