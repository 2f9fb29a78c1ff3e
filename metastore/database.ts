/** The metastore as a principal: where it is, as whom one logs in, and how both sides show who they are. */
import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { parse } from 'pg-connection-string';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { forPrincipal, type Principal } from '../model/principals.js';

/** Files are read when a connection is made: one that has changed counts from then on. */
export interface Database {
  /** postgres://host:port/database, which may hold user and password. Never to be shown whole. */
  readonly url: string;
  /** Instead of the URL's. */
  readonly user?: string;
  /** Holds the password, and no more; instead of the URL's. */
  readonly passwordFile?: string;
  /** `verify-full`: the server's certificate has to be good, and of this host. Where absent, as the URL says (`sslmode`). */
  readonly tls?: 'disable' | 'verify-full';
  /** Whose certificates are good, PEM; those that Node.js knows where absent. */
  readonly caFile?: string;
  /** Our own certificate and its key, PEM. */
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** How the principal reaches the metastore. */
export function databaseOf(
  { postgresUrl, postgres }: Pick<Config, 'postgresUrl' | 'postgres'>,
  principal: Principal,
): Database {
  const { tls, caFile } = postgres;
  const [user, passwordFile, certFile, keyFile] = [
    postgres.user,
    postgres.passwordFile,
    postgres.certFile,
    postgres.keyFile,
  ].map((template) => forPrincipal(template, principal));
  const isVerified = tls || (caFile && 'verify-full');
  return {
    url: postgresUrl,
    ...(user && { user }),
    ...(passwordFile && { passwordFile }),
    ...(isVerified && { tls: isVerified }),
    ...(caFile && { caFile }),
    ...(certFile && { certFile }),
    ...(keyFile && { keyFile }),
  };
}

/** Whether each principal has a role of its own. */
export const hasRoles = ({ postgres }: Pick<Config, 'postgres'>) => postgres.user.includes('{principal}');

/** Who logs in there; empty where the URL does not say. */
export function userOf({ url, user }: Database): string {
  return user ?? (URL.canParse(url) ? decodeURIComponent(new URL(url).username) : '');
}

/** Where it is, and as whom one comes, for people: without the password. */
export function placeOf(database: Database): string {
  const { url, user } = database;
  const where = URL.canParse(url) ? `${new URL(url).host}${new URL(url).pathname}` : 'the address in use';
  return user === undefined ? where : `${where} (as ${user})`;
}

async function read(what: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new OperatorError(
      'SECRET_UNREADABLE',
      `${what} cannot be read from ${file} (${code}): make the file, or let the setting name another`,
      {
        cause: error,
      },
    );
  }
}

/** The password in a file; a line's end after it is none of it. Fails with SECRET_UNREADABLE. */
export const readPassword = async (file: string) =>
  (await read('the password for PostgreSQL', file)).replace(/\r?\n$/, '');

/** What node-postgres makes a new connection with. Fails with SECRET_UNREADABLE, or as the URL's form does. */
export async function connectionOptions(database: Database): Promise<pg.ClientConfig> {
  const { url, user, passwordFile, tls } = database;
  const parsed = parse(url) as pg.ClientConfig;
  return {
    ...parsed,
    ...(user !== undefined && { user }),
    // Asked at each connection that a pool makes by itself, too.
    ...(passwordFile !== undefined && { password: () => readPassword(passwordFile) }),
    ...(tls !== undefined && { ssl: tls === 'verify-full' && (await tlsOptions(database)) }),
  };
}

async function tlsOptions({ caFile, certFile, keyFile }: Database) {
  return {
    minVersion: 'TLSv1.2' as const,
    ...(caFile && { ca: await read("the authority's certificate", caFile) }),
    ...(certFile && { cert: await read('our certificate for PostgreSQL', certFile) }),
    ...(keyFile && { key: await read("our certificate's key for PostgreSQL", keyFile) }),
  };
}
