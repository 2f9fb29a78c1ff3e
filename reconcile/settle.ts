/** Reads until nothing is under way any more. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reader } from './read.js';
import type { Report } from './report.js';

export interface SettleOptions {
  /** Gives up after so many ms … */
  readonly waitMs?: number;
  /** … or after so many ms in which nothing changed. */
  readonly stuckMs?: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (report: Report) => void;
}

const pollMs = 1_000;

/** Whether every record has its outcome, no delivery waits for the partner, and the aggregates hold every order. */
export function isSettled({ unaccounted, deliveryPending, lost }: Report): boolean {
  return unaccounted === 0 && deliveryPending === 0 && lost === 0;
}

/** The last report: a settled one, or how things stood when the time was over. Reads at least once. */
export async function readUntilSettled(
  reader: Pick<Reader, 'readOn' | 'report'>,
  { waitMs = Infinity, stuckMs = Infinity, signal, onProgress }: SettleOptions,
): Promise<Report> {
  const start = performance.now();
  let changedAt = start;
  let before = '';
  for (;;) {
    await reader.readOn();
    const report = await reader.report();
    onProgress?.(report);
    const state = JSON.stringify([report.outcomes, report.raw, report.enriched, report.valid, report.aggregated]);
    const now = performance.now();
    if (state !== before) changedAt = now;
    before = state;
    const isOver = isSettled(report) || now - start >= waitMs || now - changedAt >= stuckMs || signal?.aborted;
    if (isOver) return report;
    await sleep(Math.min(pollMs, waitMs - (now - start)), undefined, { signal }).catch(() => {});
  }
}
