/**
 * A denial makes an event at once. The same one again is counted for a while, and then makes another event, which says how often it came: a
 * client that tries again and again must not flood the trail.
 */
import { createHash } from 'node:crypto';
import type { AuditEntry } from '../model/audit.js';
import { entryOf, type Denial } from './denial.js';

/** A denial that was seen lately. Times are milliseconds since the epoch. */
export interface Repeat {
  readonly denial: Omit<Denial, 'at'>;
  /** How often it came since its last event. */
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** How long it is counted for, and until when, by the collector's clock. */
  readonly windowMs: number;
  readonly endsAt: number;
}

/** By `keyOf` their denials, in hex. */
export type Repeats = ReadonlyMap<string, Repeat>;

export const firstWindowMs = 60_000;
/** Each window without an end to it is twice as long as the one before, up to this. */
export const longestWindowMs = 3_600_000;
/** So many different denials are told apart at once; further ones are counted by who was denied, and then all together. */
export const mostRepeats = { denials: 200, principals: 300 } as const;

/** What tells a denial from another one: all but the time. */
export function keyOf({ source, action, principal, host, subject, details }: Omit<Denial, 'at'>): string {
  const parts = [source, action, principal, host, subject, ...Object.entries(details).sort().flat()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

const others = { host: '', subject: '', details: { problem: 'further denials, which are only counted' } };

/**
 * Counts the denials, and ends the windows that are over at `now`: the events that there are to be, and what goes on being counted. Whatever comes in,
 * the counts of all events and of what is still counted add up to the number of denials.
 */
export function countDenials(
  before: Repeats,
  denials: readonly Denial[],
  now: number,
): { entries: AuditEntry[]; repeats: Map<string, Repeat> } {
  const entries: AuditEntry[] = [];
  const repeats = new Map<string, Repeat>();
  for (const [key, repeat] of before) {
    if (repeat.endsAt > now) repeats.set(key, repeat);
    else if (repeat.count > 0) {
      entries.push(entryOf(repeat.denial, repeat));
      const windowMs = Math.min(2 * repeat.windowMs, longestWindowMs);
      repeats.set(key, { ...repeat, count: 0, windowMs, endsAt: now + windowMs });
    }
  }
  for (const { at, ...denial } of denials) {
    const { key, as } = placeOf(denial, repeats);
    const repeat = repeats.get(key);
    if (repeat) {
      const firstAt = repeat.count === 0 ? at : repeat.firstAt;
      repeats.set(key, { ...repeat, count: repeat.count + 1, firstAt, lastAt: at });
    } else {
      entries.push(entryOf(as, { count: 1, firstAt: at, lastAt: at }));
      const window = { windowMs: firstWindowMs, endsAt: now + firstWindowMs };
      repeats.set(key, { denial: as, count: 0, firstAt: at, lastAt: at, ...window });
    }
  }
  return { entries, repeats };
}

/** Under what a denial is counted: as itself, or, where there are too many already, as one of its principal's, or one of all. */
function placeOf(denial: Omit<Denial, 'at'>, repeats: Repeats): { key: string; as: Omit<Denial, 'at'> } {
  const ofAll = { source: denial.source, action: denial.action, principal: '', ...others };
  const places = [
    { as: denial, most: mostRepeats.denials },
    { as: { ...ofAll, principal: denial.principal }, most: mostRepeats.principals },
    { as: ofAll, most: Infinity },
  ];
  for (const { as, most } of places) {
    const key = keyOf(as);
    if (repeats.has(key) || repeats.size < most) return { key, as };
  }
  throw new Error('the last place takes all');
}
