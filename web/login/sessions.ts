/** Who is logged in: held by the server, so that a logout and an end of time are certain. A cookie holds a random name of it, and nothing else. */
import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Role } from '../shared/rights.js';

export interface Session {
  /** What the page calls the person. */
  readonly name: string;
  readonly roles: readonly Role[];
  /** For the provider's logout, which asks whose it is. */
  readonly idToken: string;
}

export interface Sessions {
  /** Begins one; the name to find it by, which nobody can guess. */
  begin(session: Session): string;
  /** Undefined where there is none, or its time is over. */
  find(name: string | undefined): Session | undefined;
  /** May be called again. */
  end(name: string | undefined): void;
}

/** More people than that are not logged in at once: who has been away longest logs in again. */
const most = 10_000;

/** Sessions that end `lifetimeMs` after their begin, used or not. `now` is a clock that only goes on, in ms. */
export function createSessions(lifetimeMs: number, now: () => number = () => performance.now()): Sessions {
  const sessions = new LRUCache<string, Session>({ max: most, ttl: lifetimeMs, ttlResolution: 0, perf: { now } });
  return {
    begin: (session) => {
      const name = randomBytes(32).toString('base64url');
      sessions.set(name, session);
      return name;
    },
    find: (name) => (name === undefined ? undefined : sessions.get(name)),
    end: (name) => void (name !== undefined && sessions.delete(name)),
  };
}
