import { expect, test } from 'vitest';
import { limits } from '../../../model/limits.js';
import {
  answerTable,
  faultOfError,
  faultOfStatus,
  parseRetryAfter,
  refusalCode,
  verdictOf,
} from '../../../transforms/delivery/partner-answer.js';
import { NOW } from '../fixtures.js';

test.each([
  ['201', 'DELIVERED'],
  ['301', 'PARTNER'],
  ['401', 'PARTNER'],
  ['404', 'EITHER'],
  ['409', 'ORDER'],
  ['422', 'REFUSED'],
  ['500', 'EITHER'],
  ['503', 'PARTNER'],
  ['103', 'EITHER'],
  ['999', 'EITHER'],
  ['ECONNREFUSED', 'PARTNER'],
  ['ETIMEDOUT', 'PARTNER'],
  ['CERT_HAS_EXPIRED', 'PARTNER'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'PARTNER'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'PARTNER'],
  ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'PARTNER'],
  ['ERR_PRIVATE_ADDRESS', 'PARTNER'],
  ['ECONNRESET', 'EITHER'],
  ['', 'EITHER'],
])('takes %s for %s', (answer, verdict) => {
  expect(verdictOf(answer)).toBe(verdict);
});

test('has each answer once', () => {
  const names = answerTable.flatMap(({ answer }) => answer.split(', '));
  expect(new Set(names).size).toBe(names.length);
});

test.each<[string | undefined, number]>([
  [undefined, 0],
  ['3', 3_000],
  [new Date(NOW + 5_000).toUTCString(), 5_000],
  [new Date(NOW - 5_000).toUTCString(), 0],
  [new Date(NOW + 5_000).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) (\S+) GMT$/, '$1 $3 $2 $5 $4'), 5_000],
  ['Thursday, 01-Jan-70 00:00:00 GMT', 0],
  ['soon', 0],
  ['-1', 0],
  ['1.5', 0],
  ['2099', 2_099_000],
  ['2099-01-01', 0],
])('reads Retry-After %s as %i ms', (header, millis) => {
  expect(parseRetryAfter(header, NOW)).toBe(millis);
});

test('asks for no more than an hour', () => {
  expect(parseRetryAfter('999999999', NOW)).toBe(limits.retryAfterMillis);
});

test('keeps the status, the code, and the time that is asked for, and nothing else', () => {
  expect(faultOfStatus(429, '2', NOW)).toMatchObject({ message: 'HTTP 429', retryAfterMs: 2_000, verdict: 'PARTNER' });
  const error = Object.assign(new Error('192.0.2.7 of Jane Doe'), { code: 'ECONNRESET' });
  expect(faultOfError(error)).toMatchObject({ message: 'ECONNRESET', retryAfterMs: 0, verdict: 'EITHER' });
  expect(faultOfError(new Error('Jane Doe')).message).toBe('connection failed');
});

test.each([
  ['{"code":"NO_STOCK","customer":"Jane"}', 'NO_STOCK'],
  ['{"code":"Jane Doe lives here"}', ''],
  ['{"code":7}', ''],
  ['null', ''],
  ['<html>', ''],
  ['', ''],
])('keeps of the body %s the code %j', (body, code) => {
  expect(refusalCode(body)).toBe(code);
});
