/** A request to Druid: by its address, with the user, the certificate and the authority of the settings. The one way there. */
import { request } from 'undici';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { filesFor } from '../model/principals.js';
import { readSecret } from '../model/secret-file.js';
import { tlsAgent } from '../model/tls-agent.js';
import { tlsProblem } from '../model/tls-files.js';

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

/**
 * Asks the URL, which has no credentials in it, and answers with status and text. Fails as undici does where nobody answers, and with
 * BAD_SECRET_FILE. Redirects are not followed: the password is for this address alone.
 */
export async function requestDruid(
  { druidAccess, druidTls, principal }: Config,
  url: URL,
  { method = 'GET', body, timeoutMs }: DruidRequest,
): Promise<{ status: number; text: string }> {
  const answer = await request(url, {
    method,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    signal: AbortSignal.timeout(timeoutMs),
    headers: { ...credentials(druidAccess), ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    dispatcher: tlsAgent(filesFor(druidTls, principal), 'Druid'),
  });
  return { status: answer.statusCode, text: await answer.body.text() };
}

/** The error for a person where a request failed: who does not answer, and what to do. */
export function druidUnreachable({ druidUrl }: Config, error: unknown): OperatorError {
  if (error instanceof OperatorError) return error;
  const wrong = tlsProblem(error);
  const problem = wrong
    ? `Druid at ${druidUrl}: ${wrong} (ORDERFLOW_DRUID_CA_FILE, ORDERFLOW_DRUID_CERT_FILE)`
    : `Druid does not answer at ${druidUrl}: start it with \`orderflow up --with druid\`, or set ORDERFLOW_DRUID_URL`;
  return new OperatorError('DRUID_UNREACHABLE', problem, { cause: error });
}
