import { expect, test } from 'vitest';
import { TransientError, ask } from '../../../transforms/step/transient-error.js';

const failing = (code?: string) => Object.assign(new Error('original'), { code });

test('passes the answer on', async () => {
  expect(await ask(Promise.resolve(7))).toBe(7);
});

test.each(['ECONNREFUSED', '57P01', '40001', '53300', '42P01', undefined])(
  'calls a failure with the code %s transient and keeps the original',
  async (code) => {
    const original = failing(code);
    const error = await ask(Promise.reject(original)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TransientError);
    expect((error as Error).cause).toBe(original);
    expect((error as Error).message).toBe(`the metastore did not answer${code ? ` (${code})` : ''}`);
  },
);

test.each(['22P02', '23505', '54000'])('leaves the data error %s as it is', async (code) => {
  const original = failing(code);
  await expect(ask(Promise.reject(original))).rejects.toBe(original);
});
