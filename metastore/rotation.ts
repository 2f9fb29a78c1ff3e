/** Another password for a principal, while others of it are connected. */
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import pg from 'pg';
import { isSystemError, OperatorError } from '../errors.js';
import type { Principal } from '../model/principals.js';
import type { PostgresConfig } from './accounts.js';
import { checkServer, withPool } from './connection.js';
import { type Database, databaseOf, userOf } from './database.js';
import { scramVerifier } from './scram.js';

/** Of random bytes: as many as SHA-256 makes of it, and more than anybody can try. */
const passwordBytes = 32;
/** How long the question takes whether a password is the right one, in ms. */
const loginMs = 5_000;

/**
 * Gives the principal's role a new password, as that role itself, and puts it into its file. Connections that are open stay; who connects in the
 * moment between the two tries once more (limited-pool.ts). The new password is on disk before the server knows it: where this was cut off,
 * calling it again goes on. Fails with NO_PASSWORD_FILE or FILE_NOT_WRITABLE before anything is changed, or as the connection does.
 */
export async function rotatePassword(config: PostgresConfig, principal: Principal): Promise<void> {
  const database = databaseOf(config, principal);
  const { passwordFile } = database;
  if (passwordFile === undefined || !config.postgres.passwordFile.includes('{principal}'))
    throw new OperatorError(
      'NO_PASSWORD_FILE',
      'there is no file to put a password of this role into: let ORDERFLOW_POSTGRES_PASSWORD_FILE name one, with {principal} in it',
    );
  const next = `${passwordFile}.new`;
  // Of a rotation that was cut off after the server had taken it.
  if (await letsIn({ ...database, passwordFile: next })) await rename(next, passwordFile);
  const password = randomBytes(passwordBytes).toString('base64url');
  try {
    await writeSafely(next, password);
    const role = pg.escapeIdentifier(userOf(database));
    const verifier = pg.escapeLiteral(scramVerifier(password));
    await withPool(database, (pool) => pool.query(`ALTER ROLE ${role} PASSWORD ${verifier}`));
    await rename(next, passwordFile);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const message = `the password cannot be put into ${passwordFile} (${error.code}): run this where the file can be written`;
    throw new OperatorError('FILE_NOT_WRITABLE', message, { cause: error });
  }
}

const letsIn = (database: Database) =>
  checkServer(database, loginMs).then(
    () => true,
    () => false,
  );

/** It is on the disk when this returns: the server's copy of it is, too, when it has answered. */
async function writeSafely(path: string, text: string): Promise<void> {
  await rm(path, { force: true });
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
