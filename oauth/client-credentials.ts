/** A token by OAuth's client credentials (RFC 6749, 4.4): what is sent and what an answer means are oauth4webapi's. */
import {
  ClientSecretBasic,
  ClientSecretPost,
  ResponseBodyError,
  allowInsecureRequests,
  clientCredentialsGrantRequest,
  customFetch,
  processClientCredentialsResponse,
} from 'oauth4webapi';
import type { Token } from './token-source.js';

/** What is taken for a token's life where the answer says none: it is asked for anew earlier if it is refused. */
const DEFAULT_LIFETIME_MS = 300_000;
const MAX_LIFETIME_MS = 86_400_000;

/** Whose token, and where it is. */
export interface TokenEndpoint {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly scope?: string | undefined;
  readonly audience?: string | undefined;
  /** In a header unless it says so. */
  readonly clientSecretIn?: string | undefined;
}

export interface TokenAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: string;
}

export interface AskOptions {
  /** Posts to the endpoint, follows no redirect, and reads no more than is good. */
  readonly post: (headers: Record<string, string>, body: string, signal: AbortSignal) => Promise<TokenAnswer>;
  readonly timeoutMs: number;
  /** A status of HTTP as a person reads it. */
  readonly reasonOf: (status: string) => string;
}

/** What is wrong with the endpoint's answer, in a few words that hold nothing of it but RFC 6749's own codes. */
export class TokenFault extends Error {}

/** Asks for a token, within the time given. Rejects with a TokenFault, or with what `post` rejected with. May be called again. */
export async function askForToken(
  { tokenUrl, clientId, scope, audience, clientSecretIn }: TokenEndpoint,
  secret: string,
  { post, timeoutMs, reasonOf }: AskOptions,
): Promise<Token> {
  const server = { issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl };
  const authentication = (clientSecretIn === 'body' ? ClientSecretPost : ClientSecretBasic)(secret);
  let status = 0;
  const send = async (
    _url: string,
    { headers, body, signal }: { headers: object; body: URLSearchParams; signal?: AbortSignal },
  ) => {
    const answer = await post({ ...headers }, body.toString(), signal!);
    status = answer.status;
    const hasBody = ![204, 205, 304].includes(status);
    return new Response(hasBody ? answer.body : null, {
      status,
      headers: { 'content-type': answer.contentType ?? '' },
    });
  };
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await clientCredentialsGrantRequest(
      server,
      { client_id: clientId },
      authentication,
      { ...(scope && { scope }), ...(audience && { audience }) },
      // Who reads the addresses has refused http:// to other machines.
      { [customFetch]: send as never, [allowInsecureRequests]: true, signal },
    );
    const answer = await processClientCredentialsResponse(server, { client_id: clientId }, response);
    if (answer.token_type !== 'bearer' || !/^[\x21-\x7e]+$/.test(answer.access_token))
      throw new TokenFault('what it answers is no bearer token');
    return { text: answer.access_token, lifetimeMs: lifetimeOf(answer.expires_in) };
  } catch (error) {
    if (error instanceof TokenFault) throw error;
    if (signal.aborted) throw new TokenFault(`no answer within ${timeoutMs} ms`);
    if (status === 0) throw error;
    if (status === 200) throw new TokenFault('what it answers is no token');
    throw new TokenFault(`${reasonOf(String(status))}${codeIn(error)}`);
  }
}

const lifetimeOf = (seconds: number | undefined) =>
  seconds === undefined ? DEFAULT_LIFETIME_MS : Math.min(seconds * 1_000, MAX_LIFETIME_MS);

/** RFC 6749's own codes, such as invalid_client: nothing else of an answer is kept. */
const codes = /^(invalid_(request|client|grant|scope|target)|un(authorized_client|supported_grant_type))$/;
const codeIn = (error: unknown) =>
  error instanceof ResponseBodyError && codes.test(error.error) ? ` (${error.error})` : '';
