/** What PostgreSQL keeps of a password: who sends it that in place of the password shows it to no log and no statement's statistics. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/** As many as PostgreSQL makes by default (scram_iterations). */
const iterations = 4096;
const keyBytes = 32;

/**
 * The SCRAM-SHA-256 verifier of a password of printable ASCII, which SASLprep leaves as it is. Sources: RFC 5802, section 3, RFC 7677, and
 * https://www.postgresql.org/docs/18/catalog-pg-authid.html.
 */
export function scramVerifier(password: string, salt = randomBytes(16)): string {
  const salted = pbkdf2Sync(password, salt, iterations, keyBytes, 'sha256');
  const keyOf = (name: string) => createHmac('sha256', salted).update(name).digest();
  const stored = createHash('sha256').update(keyOf('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${keyOf('Server Key').toString('base64')}`;
}
