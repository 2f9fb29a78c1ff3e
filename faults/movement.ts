/** From when on orders moved again, by what the topics and the metastore show. Pure. */
import type { Restart } from '../local/supervision.js';
import type { Publication } from '../reconcile/publication.js';

/** When publications left a stage, ms; 0 where they have not. Panes do not say which orders they hold: see `paneTimes`. */
const stageTimes: Readonly<Record<string, (publication: Publication) => number>> = {
  validator: ({ validatedAt }) => validatedAt,
  enricher: ({ enrichedAt }) => enrichedAt,
  router: ({ routedAt }) => routedAt,
  'external-processor': ({ endedAt, routedAt }) => (routedAt > 0 ? endedAt : 0),
};

/** Something that is well again since `at`, in ms since the epoch. */
export interface Moved {
  readonly what: string;
  readonly at: number;
}

/**
 * When every stage has put out an order that was published at or after `since`, from each partition of raw_order that had one,
 * and which was the last. A stage of which one half hangs does not count as moving. Undefined where a stage has put out none.
 */
export function movingAgainAt(publications: Iterable<Publication>, since: number): Moved | undefined {
  const first = new Map<string, Moved>();
  const partitions = new Set<number>();
  for (const publication of publications) {
    if (publication.publishedAt < since) continue;
    partitions.add(publication.partition);
    for (const [stage, timeOf] of Object.entries(stageTimes)) {
      const time = timeOf(publication);
      const key = `${stage} ${publication.partition}`;
      if (time > 0 && time < (first.get(key)?.at ?? Infinity)) first.set(key, { what: stage, at: time });
    }
  }
  if (partitions.size === 0 || first.size < partitions.size * Object.keys(stageTimes).length) return undefined;
  return lastOf([...first.values()]);
}

/** The one that took longest. There must be one. */
export const lastOf = (moved: readonly Moved[]): Moved =>
  moved.reduce((last, next) => (next.at > last.at ? next : last));

/**
 * When each of these services answered that was started again since `since`: by its newest start, because one may end right away, as PostgreSQL
 * does while processes of the one before still hold its memory. Infinity where it has not answered.
 */
export function answeredAgainAt(restarts: readonly Restart[], services: readonly string[], since: number): Moved[] {
  const ofFault = restarts.filter(({ service, noticedAt }) => noticedAt >= since && services.includes(service));
  const newest = new Map(ofFault.map(({ service, readyAt }) => [service, readyAt]));
  return [...newest].map(([what, readyAt]) => ({ what, at: readyAt ?? Infinity }));
}

/** The end of the longest time without a pane after `since`, if that was longer than `usualMs`; `since` where none was. */
export function panesAgainAt(paneTimes: readonly number[], since: number, usualMs: number): number {
  const times = paneTimes.filter((time) => time >= since).sort((a, b) => a - b);
  let longest = usualMs;
  let end = since;
  let before = since;
  for (const time of times) {
    if (time - before > longest) [longest, end] = [time - before, time];
    before = time;
  }
  return end;
}
