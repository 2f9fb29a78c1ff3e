/**
 * A log-in by a token (SASL's OAUTHBEARER, RFC 7628). kafkajs' own takes a refusal, which is an answer like any other, for a log-in, and is then
 * hung up on.
 */
import type { Mechanism } from 'kafkajs';
import { Agent, request } from 'undici';
import { codeOf, OperatorError } from '../errors.js';
import { limits } from '../model/limits.js';
import { readSecret } from '../model/secret-file.js';
import { type AskOptions, askForToken, type TokenEndpoint, TokenFault } from '../oauth/client-credentials.js';
import { createTokenSource, type TokenSource } from '../oauth/token-source.js';
import { isRefusal, saslMechanism } from './sasl.js';

export interface TokenLogIn extends TokenEndpoint {
  readonly secretFile: string;
  /** PEM of the authorities that the endpoint is trusted by; '' for those of the system. */
  readonly caFile: string;
}

/** For one token, in ms; kafkajs gives a log-in ten seconds. */
const timeoutMs = 5_000;

/** For kafkajs' `sasl`. Fails with OperatorErrors that say what to do. */
export const oauthBearer = (as: TokenLogIn): Mechanism =>
  saslMechanism('OAUTHBEARER', async ({ host, port, send }) => {
    const tokens = tokensOf(as);
    const token = await tokens.get();
    const refused = (why: string) => {
      tokens.refuse(token);
      return new OperatorError(
        'KAFKA_REFUSED',
        `Kafka at ${host}:${port} refuses the token of ${as.clientId}${why}: its keys, issuer and audience have to be those of ${as.tokenUrl}`,
      );
    };
    let answer: Buffer;
    try {
      answer = await send(Buffer.from(`n,,\u0001auth=Bearer ${token}\u0001\u0001`));
    } catch (error) {
      throw isRefusal(error) ? refused('') : error;
    }
    // RFC 7628, 3.2.2 and 3.2.3: what is wrong, as JSON; the client says that it has heard it, and the server ends the log-in.
    if (answer.length === 0) return;
    await send(Buffer.from([1])).catch(() => undefined);
    throw refused(statusIn(answer));
  });

/** Its own word for what is wrong, such as `invalid_token`. */
const statusIn = (answer: Buffer) => {
  const status = /"status"\s*:\s*"(\w{1,40})"/.exec(answer.toString())?.[1];
  return status === undefined ? '' : ` (${status})`;
};

/** One for each who logs in: there is a log-in for each connection. */
const sources = new Map<string, TokenSource>();

function tokensOf(as: TokenLogIn): TokenSource {
  const key = JSON.stringify(as);
  const source = sources.get(key) ?? createTokenSource(() => ask(as));
  sources.set(key, source);
  return source;
}

async function ask(as: TokenLogIn) {
  const secret = readSecret(as.secretFile, "the client's secret for Kafka's tokens");
  const ca = as.caFile === '' ? undefined : readSecret(as.caFile, "the authority's certificate for Kafka's tokens");
  const agent = new Agent({ connect: { ...(ca && { ca }) }, maxResponseSize: limits.answerBytes });
  const post: AskOptions['post'] = async (headers, body, signal) => {
    const answer = await request(as.tokenUrl, { method: 'POST', headers, body, signal, dispatcher: agent });
    const { 'content-type': contentType } = answer.headers;
    return { status: answer.statusCode, contentType: contentType?.toString(), body: await answer.body.text() };
  };
  try {
    return await askForToken(as, secret, { post, timeoutMs, reasonOf: (status) => `HTTP ${status}` });
  } catch (error) {
    const why = error instanceof TokenFault ? error.message : (codeOf(error) ?? 'the connection failed');
    throw new OperatorError(
      'NO_TOKEN',
      `${as.tokenUrl} gives ${as.clientId} no token for Kafka: ${why}; ORDERFLOW_KAFKA_TOKEN_URL, the client's id and the secret in ${as.secretFile} have to go together`,
      { cause: error },
    );
  } finally {
    await agent.destroy();
  }
}
