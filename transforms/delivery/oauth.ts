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
import { createFreshFile, readSecret } from './fresh-file.js';
import type { Poster } from './http-post.js';
import { PartnerFault, faultOfError, reasonOf } from './partner-answer.js';
import type { OAuthEntry } from './partners-file.js';
import type { Token } from './token-source.js';

/** What is taken for a token's life where the answer says none: it is asked for anew earlier if it is refused. */
const DEFAULT_LIFETIME_MS = 300_000;
const MAX_LIFETIME_MS = 86_400_000;

const fault = (why: string) => new PartnerFault(`the token endpoint: ${why}`, 'PARTNER');

/**
 * Makes the function that asks an entry's token endpoint for a token, through the poster, within the time given. It rejects with a
 * PartnerFault that says in a sentence what is wrong: whatever the endpoint says, it is no order's fault.
 */
export function createTokenRequest(
  entry: OAuthEntry,
  poster: Pick<Poster, 'post'>,
  timeoutMs: number,
): () => Promise<Token> {
  const { tokenUrl, clientId, scope, audience } = entry;
  const secretFile = createFreshFile(entry.clientSecretFile, 'auth.clientSecretFile', 0);
  const server = { issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl };
  const client = { client_id: clientId };

  return async () => {
    const secret = await readSecret(secretFile);
    const authentication = (entry.clientSecretIn === 'body' ? ClientSecretPost : ClientSecretBasic)(secret);
    let status = 0;
    const send = async (
      _url: string,
      { headers, body, signal }: { headers: object; body: URLSearchParams; signal?: AbortSignal },
    ) => {
      const answer = await poster.post({ ...headers }, body.toString(), signal!);
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
        client,
        authentication,
        { ...(scope && { scope }), ...(audience && { audience }) },
        // The partners file has refused http:// to other machines.
        { [customFetch]: send as never, [allowInsecureRequests]: true, signal },
      );
      const answer = await processClientCredentialsResponse(server, client, response);
      if (answer.token_type !== 'bearer' || !/^[\x21-\x7e]+$/.test(answer.access_token))
        throw fault('what it answers is no bearer token');
      return { text: answer.access_token, lifetimeMs: lifetimeOf(answer.expires_in) };
    } catch (error) {
      if (error instanceof PartnerFault) throw error;
      if (signal.aborted) throw fault(`no answer within ${timeoutMs} ms`);
      if (status === 0) throw fault(faultOfError(error).message);
      if (status === 200) throw fault('what it answers is no token');
      throw fault(`${reasonOf(String(status))}${codeIn(error)}`);
    }
  };
}

const lifetimeOf = (seconds: number | undefined) =>
  seconds === undefined ? DEFAULT_LIFETIME_MS : Math.min(seconds * 1_000, MAX_LIFETIME_MS);

/** RFC 6749's own codes, such as invalid_client: nothing else of an answer is kept. */
const codes = /^(invalid_(request|client|grant|scope|target)|un(authorized_client|supported_grant_type))$/;
const codeIn = (error: unknown) =>
  error instanceof ResponseBodyError && codes.test(error.error) ? ` (${error.error})` : '';
