import { expect, test } from 'vitest';
import { faultOfStatus, isFinal, parseRetryAfter, refusalCode } from '../../../transforms/delivery/partner-answer.js';
import { NOW } from '../fixtures.js';

test('takes 2xx and most of 4xx for the last word', () => {
  const statuses = [200, 201, 204, 301, 400, 401, 404, 408, 409, 413, 422, 425, 429, 500, 502, 503, 504];
  expect(statuses.filter(isFinal)).toEqual([200, 201, 204, 400, 401, 404, 409, 413, 422]);
});

test.each<[string | undefined, number]>([
  [undefined, 0],
  ['3', 3_000],
  [new Date(NOW + 5_000).toUTCString(), 5_000],
  [new Date(NOW - 5_000).toUTCString(), 0],
  ['soon', 0],
  ['-1', 0],
])('reads Retry-After %s as %i ms', (header, millis) => {
  expect(parseRetryAfter(header, NOW)).toBe(millis);
});

test('takes 429 for a partner that is busy, not down', () => {
  expect(faultOfStatus(429, '2', NOW)).toMatchObject({ message: 'HTTP 429', retryAfterMs: 2_000, isOutage: false });
  expect(faultOfStatus(503, undefined, NOW)).toMatchObject({ message: 'HTTP 503', retryAfterMs: 0, isOutage: true });
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
