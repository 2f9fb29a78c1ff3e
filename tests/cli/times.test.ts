import { expect, it } from 'vitest';
import { timeFrom } from '../../cli/times.js';

it.each(['200000000d', '99999999999999999999s', '+012026-01-01T00:00:00Z', '1969-12-31T23:59:59Z', 'yesterday'])(
  'takes "%s" for no time',
  (text) => {
    expect(() => timeFrom('from', text)).toThrow(`--from: expected 30m, 12h, 7d or a time such as`);
  },
);

it('takes what is ago, and moments of any year that an order may have', () => {
  const ago = Date.now() - timeFrom('from', '12h');
  expect(ago).toBeGreaterThan(43_199_000);
  expect(ago).toBeLessThan(43_201_000);
  expect(timeFrom('from', '1970-01-01T00:00:00Z')).toBe(0);
  expect(new Date(timeFrom('from', '9999-12-31T23:59:59Z')).getUTCFullYear()).toBe(9999);
});
