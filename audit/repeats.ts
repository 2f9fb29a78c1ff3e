/**
 * A denial makes an event at once. The same one again is counted for a while, and then makes another event, which says how often it came: a
 * client that tries again and again must not flood the trail.
 */
import { createHash } from 'node:crypto';
import type { AuditEntry } from '../model/audit.js';
import { entryOf, type Denial } from './denial.js';

/** What a denial is, whenever it came. */
type Kind = Omit<Denial, 'at'>;

/** A denial that was seen lately. Times are milliseconds since the epoch. */
export interface Repeat {
  readonly denial: Kind;
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
/**
 * So many different denials are told apart at once: of one principal, and in all; further ones are counted by who was denied, and then all together.
 * There is room for each thing that a principal may not do, so that an audit of all rights shows each refusal; and whoever has got hold of one
 * principal makes `ofOne` events a minute at most, 250 KB or so. Logins that fail are one's own: anybody can make up names. The bound of all holds
 * where a principal has forged lines of others.
 */
export const mostRepeats = { ofOne: 600, denials: 8_000, principals: 8_100 };

/** What tells a denial from another one: all but the time. */
export function keyOf({ source, action, principal, host, subject, details }: Kind): string {
  const parts = [source, action, principal, host, subject, ...Object.entries(details).sort().flat()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** Who is held to `ofOne`: who was denied, where the server knows them. */
const whoOf = ({ action, principal }: Kind): string => (action === 'login' ? '' : principal);
const groupOf = (kind: Kind): string => JSON.stringify([kind.source, kind.action, whoOf(kind)]);

const others = { host: '', subject: '', details: { problem: 'further denials, which are only counted' } };

/**
 * Counts the denials, and ends the windows that are over at `now`: the events that there are to be, and what goes on being counted. Whatever comes in,
 * the counts of all events and of what is still counted add up to the number of denials. What did not change is the same object as before.
 */
export function countDenials(
  before: Repeats,
  denials: readonly Denial[],
  now: number,
  most: typeof mostRepeats = mostRepeats,
): { entries: AuditEntry[]; repeats: Map<string, Repeat> } {
  const entries: AuditEntry[] = [];
  const repeats = new Map<string, Repeat>();
  const ofEach = new Map<string, number>();
  const set = (key: string, repeat: Repeat) => {
    const group = groupOf(repeat.denial);
    if (!repeats.has(key)) ofEach.set(group, (ofEach.get(group) ?? 0) + 1);
    repeats.set(key, repeat);
  };
  for (const [key, repeat] of before) {
    if (repeat.endsAt > now) set(key, repeat);
    else if (repeat.count > 0) {
      entries.push(entryOf(repeat.denial, repeat));
      const windowMs = Math.min(2 * repeat.windowMs, longestWindowMs);
      set(key, { ...repeat, count: 0, windowMs, endsAt: now + windowMs });
    }
  }
  /** Under what a denial is counted: as itself, or, where there are too many already, as one of its principal's, or one of all. */
  const placeOf = (denial: Kind): { key: string; kind: Kind } => {
    const ofAll = { source: denial.source, action: denial.action, principal: '', ...others };
    const isOneTooMany = (ofEach.get(groupOf(denial)) ?? 0) >= most.ofOne;
    const places = [
      { kind: denial, isFull: isOneTooMany || repeats.size >= most.denials },
      { kind: { ...ofAll, principal: whoOf(denial) }, isFull: repeats.size >= most.principals },
    ];
    for (const { kind, isFull } of places) {
      const key = keyOf(kind);
      if (!isFull || repeats.has(key)) return { key, kind };
    }
    return { key: keyOf(ofAll), kind: ofAll };
  };
  for (const { at, ...denial } of denials) {
    const { key, kind } = placeOf(denial);
    const repeat = repeats.get(key);
    if (repeat) {
      const firstAt = repeat.count === 0 ? at : repeat.firstAt;
      set(key, { ...repeat, count: repeat.count + 1, firstAt, lastAt: at });
    } else {
      entries.push(entryOf(kind, { count: 1, firstAt: at, lastAt: at }));
      const window = { windowMs: firstWindowMs, endsAt: now + firstWindowMs };
      set(key, { denial: kind, count: 0, firstAt: at, lastAt: at, ...window });
    }
  }
  return { entries, repeats };
}
