/** How a partner is told who we are, by the `auth` of its entry: the header that goes with each order. */
import { createFreshFile, readSecret } from './fresh-file.js';
import { PartnerFault } from './partner-answer.js';
import type { AuthEntry, OAuthEntry } from './partners-file.js';
import { createTokenSource, type Token } from '../../oauth/token-source.js';

export interface Header {
  /** The header's value; undefined where none is sent. */
  readonly authorization: string | undefined;
  /** What an answer that repeats it must not be quoted with. */
  readonly secrets: readonly string[];
}

export interface Credentials {
  /** Rejects with a PartnerFault that says in a sentence why there is none. */
  header(): Promise<Header>;
  /** The partner answered 401 to it: the next one is made anew from its source, as far as it can. */
  refuse(header: Header): void;
}

const nothing: Header = { authorization: undefined, secrets: [] };

/** For OAuth, which needs more than files, `askForToken` gets a token. */
export function createCredentials(auth: Exclude<AuthEntry, OAuthEntry>): Credentials;
export function createCredentials(auth: OAuthEntry, askForToken: () => Promise<Token>): Credentials;
export function createCredentials(auth: AuthEntry, askForToken?: () => Promise<Token>): Credentials {
  switch (auth.kind) {
    case 'none':
      return { header: async () => nothing, refuse: () => undefined };
    case 'bearer': {
      const file = createFreshFile(auth.tokenFile, 'auth.tokenFile');
      return { header: async () => bearer(await readToken(file)), refuse: () => file.forget() };
    }
    case 'basic': {
      const file = createFreshFile(auth.passwordFile, 'auth.passwordFile');
      return { header: async () => basic(auth.user, await readSecret(file)), refuse: () => file.forget() };
    }
    case 'oauth': {
      const tokens = createTokenSource(askForToken!);
      return {
        header: async () => bearer(await tokens.get()),
        refuse: ({ secrets: [token] }) => tokens.refuse(token!),
      };
    }
  }
}

/** RFC 6750, 2.1. */
const bearer = (token: string): Header => ({ authorization: `Bearer ${token}`, secrets: [token] });

/** RFC 7617, in UTF-8. */
function basic(user: string, password: string): Header {
  const pair = Buffer.from(`${user}:${password}`).toString('base64');
  return { authorization: `Basic ${pair}`, secrets: [pair, password] };
}

/** A header takes visible ASCII alone. */
async function readToken(file: ReturnType<typeof createFreshFile>): Promise<string> {
  const token = await readSecret(file);
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new PartnerFault(`${file.name} holds no token: it has characters that no header takes`, 'PARTNER');
}
