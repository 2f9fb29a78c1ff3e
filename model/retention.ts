/** How long orders have to be kept: as long as one of their records can be read. */

const dayMs = 86_400_000;

/** What the topics keep, and how late an order may be; in milliseconds. */
export interface Retention {
  readonly retentionMs: number;
  readonly deadLetterRetentionMs: number;
  readonly allowedLatenessMs: number;
}

/**
 * A topic's `segment.ms`: Kafka deletes a segment when its newest record is old enough, so its first ones stay for longer by this, and by no more.
 */
export const segmentMs = (retentionMs: number): number => Math.min(retentionMs, dayMs);

/**
 * The fewest days that an order has to be kept after its last line. A dead letter can be sent back as long as it stands in its topic, and what is
 * sent back can be read again for as long as any record: it has to find the order's claims and history then.
 */
export function leastKeepDays({ retentionMs, deadLetterRetentionMs, allowedLatenessMs }: Retention): number {
  const readable = [deadLetterRetentionMs, retentionMs].map((millis) => millis + segmentMs(millis));
  return Math.ceil((readable.reduce((a, b) => a + b) + allowedLatenessMs) / dayMs);
}

/** Why orders cannot be kept for so few days, in a sentence that goes on; null where they can. */
export function keepProblem(keepDays: number, retention: Retention): string | null {
  const least = leastKeepDays(retention);
  if (keepDays >= least) return null;
  return (
    `an order is kept for ${least} days at least, since a record of it can be read for so long ` +
    '(ORDERFLOW_DEAD_LETTER_RETENTION_MS and ORDERFLOW_RETENTION_MS, with a segment of each, and ORDERFLOW_ALLOWED_LATENESS_MS): ' +
    'keep orders for longer, or records for a shorter time'
  );
}
