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

/**
 * Waits until `orders` orders are due, counted from the call of `paceOf`: an absolute time, so that delays do not add up.
 * Returns at once where there is no rate, and early when the signal ends the work.
 */
export function paceOf(rate: number | undefined, signal: AbortSignal | undefined): (orders: number) => Promise<void> {
  const start = performance.now();
  return async (orders) => {
    const due = rate === undefined ? 0 : start + (orders * 1000) / rate - performance.now();
    if (due > 0) await sleep(due, undefined, { signal }).catch(() => {});
  };
}
