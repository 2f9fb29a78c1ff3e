/** A partner's token by OAuth's client credentials. */
import { askForToken, TokenFault } from '../../oauth/client-credentials.js';
import type { Token } from '../../oauth/token-source.js';
import { createFreshFile, readSecret } from './fresh-file.js';
import type { Poster } from './http-post.js';
import { PartnerFault, faultOfError, reasonOf } from './partner-answer.js';
import type { OAuthEntry } from './partners-file.js';

/**
 * Makes the function that asks an entry's token endpoint for a token, through the poster, within the time given. It rejects with a
 * PartnerFault that says in a sentence what is wrong: whatever the endpoint says, it is no order's fault.
 */
export function createTokenRequest(
  entry: OAuthEntry,
  poster: Pick<Poster, 'post'>,
  timeoutMs: number,
): () => Promise<Token> {
  const secretFile = createFreshFile(entry.clientSecretFile, 'auth.clientSecretFile', 0);
  return async () => {
    const secret = await readSecret(secretFile);
    try {
      return await askForToken(entry, secret, { post: (...request) => poster.post(...request), timeoutMs, reasonOf });
    } catch (error) {
      if (error instanceof PartnerFault) throw error;
      const { message } = error instanceof TokenFault ? error : faultOfError(error);
      throw new PartnerFault(`the token endpoint: ${message}`, 'PARTNER');
    }
  };
}
