/** Whose failure an error is: the metastore's, or of what else was done while it was open. */
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { isSystemError } from '../../errors.js';
import { withPool } from '../../metastore/connection.js';
import type { Database } from '../../metastore/database.js';

const nobody = { url: 'postgres://user:secret@127.0.0.1:1/orders' };
const ask = (database: Database) => withPool(database, (pool) => pool.query('SELECT 1'));

/** Errors of Node's own making. */
const mistakes: Readonly<Record<string, () => Promise<unknown>>> = {
  ERR_INVALID_ARG_TYPE: async () => Buffer.from(null as never),

  ERR_INVALID_URL: async () => new URL('nowhere'),
  ENOENT: () => readFile('/nowhere/at/all'),
  EISDIR: () => readFile('/'),
  ENOSPC: () => writeFile('/dev/full', 'x'),
};

describe('withPool', () => {
  it('says where PostgreSQL was looked for, without the password, when nobody listens there', async () => {
    await expect(ask(nobody)).rejects.toMatchObject({
      code: 'METASTORE_UNREACHABLE',
      message: expect.stringMatching(/^PostgreSQL at 127\.0\.0\.1:1\/orders cannot be reached \(ECONNREFUSED\)/),
    });
  });

  it('says so of a socket that is not there', async () => {
    await expect(ask({ url: 'postgres://user@%2Fnowhere/orders' })).rejects.toMatchObject({
      code: 'METASTORE_UNREACHABLE',
    });
  });

  it.each(Object.entries(mistakes))('leaves %s of the work to whoever made it', async (code, work) => {
    await expect(withPool(nobody, work)).rejects.toMatchObject({ code, name: expect.not.stringMatching('Operator') });
  });
});

describe('isSystemError', () => {
  it.each(Object.entries(mistakes))('tells whether the system refused something: %s', async (code, work) => {
    expect(isSystemError(await work().catch((error: unknown) => error))).toBe(!code.startsWith('ERR_'));
  });
});
