/** A request to Druid: by its address, with the user and the authority of the settings. The one way there. */
import { Agent, type Dispatcher, request } from 'undici';
import type { Config } from '../config.js';
import { codeOf, OperatorError } from '../errors.js';
import { readSecret } from '../model/secret-file.js';

export interface DruidRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Sent as JSON. */
  readonly body?: unknown;
  /** How long an answer may take, in ms. */
  readonly timeoutMs: number;
}

/** Basic authentication (RFC 7617), which Druid's extension druid-basic-security asks for. */
function credentials({ user, passwordFile }: Config['druidAccess']): { authorization: string } | undefined {
  if (user === '') return undefined;
  const password = readSecret(passwordFile, 'the password for Druid');
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

/** The connections of each authority: a file that changes makes others. */
let trusting: { readonly ca: string; readonly agent: Agent } | undefined;

function dispatcher({ caFile }: Config['druidAccess']): Dispatcher | undefined {
  if (caFile === '') return undefined;
  const ca = readSecret(caFile, "the authority's certificate for Druid");
  if (trusting?.ca !== ca) {
    void trusting?.agent.close();
    trusting = { ca, agent: new Agent({ connect: { ca } }) };
  }
  return trusting.agent;
}

/**
 * Asks the URL, which has no credentials in it, and answers with status and text. Fails as undici does where nobody answers, and with
 * BAD_SECRET_FILE. Redirects are not followed: the password is for this address alone.
 */
export async function requestDruid(
  { druidAccess }: Config,
  url: URL,
  { method = 'GET', body, timeoutMs }: DruidRequest,
): Promise<{ status: number; text: string }> {
  const agent = dispatcher(druidAccess);
  const answer = await request(url, {
    method,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    signal: AbortSignal.timeout(timeoutMs),
    headers: { ...credentials(druidAccess), ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(agent && { dispatcher: agent }),
  });
  return { status: answer.statusCode, text: await answer.body.text() };
}

/** What OpenSSL and Node say of a certificate that they do not trust. Source: Node's documentation of node:tls, "X509 certificate error codes". */
const isUntrusted = (code: string) => /CERT|SIGNATURE|ISSUER|ALTNAME/.test(code);

/** The error for a person where a request failed: who does not answer, and what to do. */
export function druidUnreachable({ druidUrl }: Config, error: unknown): OperatorError {
  if (error instanceof OperatorError) return error;
  const code = codeOf(error) ?? '';
  const problem = isUntrusted(code)
    ? `Druid at ${druidUrl} has a certificate that is not trusted (${code}): set ORDERFLOW_DRUID_CA_FILE to its authority's`
    : `Druid does not answer at ${druidUrl}: start it with \`orderflow up --with druid\`, or set ORDERFLOW_DRUID_URL`;
  return new OperatorError('DRUID_UNREACHABLE', problem, { cause: error });
}
