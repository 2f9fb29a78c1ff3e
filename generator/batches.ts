/** Cuts the stream of publications into batches and requests, and says when a batch is due. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Publication } from './orders.js';

/** Batches of `orders` different orders and what is published beside them; the last one may be smaller. */
export function* batchesOf(publications: Iterable<Publication>, orders: number): Generator<Publication[], void> {
  let batch: Publication[] = [];
  let counted = 0;
  for (const publication of publications) {
    if (publication.kind === 'order' && counted === orders) {
      yield batch;
      batch = [];
      counted = 0;
    }
    if (publication.kind === 'order') counted += 1;
    batch.push(publication);
  }
  if (batch.length > 0) yield batch;
}

/** Cuts a batch so that no part holds more than `maxBytes` in values, unless a single value does. Keeps the order. */
export function splitByBytes(batch: readonly Publication[], maxBytes: number): Publication[][] {
  const parts: Publication[][] = [];
  let bytes = Infinity;
  for (const publication of batch) {
    bytes += publication.value.length;
    if (bytes > maxBytes) {
      parts.push([]);
      bytes = publication.value.length;
    }
    parts.at(-1)!.push(publication);
  }
  return parts;
}

/** Milliseconds until that many orders are due, `elapsed` milliseconds after the start; 0 where there is no rate. */
export function dueIn(orders: number, rate: number | undefined, elapsed: number): number {
  return rate === undefined ? 0 : Math.max(0, (orders * 1000) / rate - elapsed);
}

/** What Node can wait for; it takes more for a millisecond. */
const longestSleepMs = 2 ** 31 - 1;

/**
 * Waits until `orders` orders are due, counted from the call of `paceOf`: an absolute time, so that delays do not add up.
 * Returns early when the signal ends the work.
 */
export function paceOf(rate: number | undefined, signal: AbortSignal | undefined): (orders: number) => Promise<void> {
  const start = performance.now();
  return async (orders) => {
    while (!signal?.aborted) {
      const delay = dueIn(orders, rate, performance.now() - start);
      if (delay === 0) return;
      await sleep(Math.min(delay, longestSleepMs), undefined, { signal }).catch(() => {});
    }
  };
}
