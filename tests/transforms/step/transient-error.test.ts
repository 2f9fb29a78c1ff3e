import { expect, test } from 'vitest';
import { TransientError, ask } from '../../../transforms/step/transient-error.js';

const failing = (code?: string) => Object.assign(new Error('original'), { code });

test('passes the answer on', async () => {
  expect(await ask(Promise.resolve(7))).toBe(7);
});

test.each([
  ['ECONNREFUSED', 'did not answer'],
  ['40001', 'did not answer'],
  [undefined, 'did not answer'],
  ['57P01', 'is shutting down; try again when it is back'],
  [
    '28P01',
    'refuses this user or password; check ORDERFLOW_POSTGRES_URL, or the file that ORDERFLOW_POSTGRES_PASSWORD_FILE names',
  ],
  ['42P01', 'lacks the tables of Orderflow; run `orderflow schema migrate`'],
  [
    '25006',
    'takes no changes, as a standby does, or a primary after a failover; wait, or let ORDERFLOW_POSTGRES_URL name the primary',
  ],
])('calls a failure with the code %s transient, says what it is, and keeps the original', async (code, what) => {
  const original = failing(code);
  const error = await ask(Promise.reject(original)).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(TransientError);
  expect((error as Error).cause).toBe(original);
  expect((error as Error).message).toBe(`the metastore ${what}${code ? ` (${code})` : ''}`);
});

test.each(['22P02', '23505', '54000'])('leaves the data error %s as it is', async (code) => {
  const original = failing(code);
  await expect(ask(Promise.reject(original))).rejects.toBe(original);
});
