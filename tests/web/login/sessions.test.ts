import { expect, it } from 'vitest';
import { createSessions } from '../../../web/login/sessions.js';

const somebody = { name: 'olaf', roles: ['operator'], idToken: 'x' } as const;

it('holds a session for its time, by a name that is another one each time', () => {
  // A clock's 0 is no time to lru-cache.
  let now = 1;
  const sessions = createSessions(1_000, () => now);
  const [first, second] = [sessions.begin(somebody), sessions.begin(somebody)];
  expect(first).not.toBe(second);
  now = 1_000;
  expect(sessions.find(first)).toEqual(somebody);
  now = 1_002;
  expect(sessions.find(first)).toBeUndefined();
  expect(sessions.find(undefined)).toBeUndefined();
});

it('ends one, as often as one likes, and leaves the others', () => {
  const sessions = createSessions(1_000, () => 0);
  const [first, second] = [sessions.begin(somebody), sessions.begin(somebody)];
  for (const name of [first, first, undefined]) sessions.end(name);
  expect(sessions.find(first)).toBeUndefined();
  expect(sessions.find(second)).toEqual(somebody);
});

it('holds no more than ten thousand, and lets go of those that were away longest', () => {
  const sessions = createSessions(1_000, () => 0);
  const [first, second] = [sessions.begin(somebody), sessions.begin(somebody)];
  for (let count = 2; count < 10_000; count += 1) sessions.begin(somebody);
  expect(sessions.find(first)).toBeDefined();
  sessions.begin(somebody);
  expect(sessions.find(first)).toBeDefined();
  expect(sessions.find(second)).toBeUndefined();
});
