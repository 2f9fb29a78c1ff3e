/** What a run of the generator published, and what should become of it. */
import type { RejectReason } from '../proto/messages.js';
import type { Expected, Publication } from './orders.js';

export interface Summary {
  /** Different orders. */
  readonly orders: number;
  /** Records on the topic. */
  readonly records: number;
  readonly published: Readonly<Record<Publication['kind'], number>>;
  readonly expected: Readonly<Record<Expected['outcome'], number>>;
  /** Of the records that should be rejected; a record may have several. */
  readonly rejectReasons: Readonly<Partial<Record<RejectReason, number>>>;
  readonly seconds: number;
  readonly ordersPerSecond: number;
}

/** Counts publications as they are confirmed. */
export function createTally() {
  const published = { order: 0, duplicate: 0, redelivery: 0, malformed: 0 };
  const expected = { VALID: 0, REJECTED: 0, IGNORED: 0, DEAD_LETTERED: 0 };
  const rejectReasons: Partial<Record<RejectReason, number>> = {};
  return {
    published: published as Readonly<typeof published>,
    add(publications: readonly Publication[]): void {
      for (const { kind, expected: outcome } of publications) {
        published[kind] += 1;
        expected[outcome.outcome] += 1;
        for (const reason of outcome.rejectReasons) rejectReasons[reason] = (rejectReasons[reason] ?? 0) + 1;
      }
    },
    summary(seconds: number): Summary {
      return {
        orders: published.order,
        records: Object.values(published).reduce((sum, each) => sum + each, 0),
        published,
        expected,
        rejectReasons,
        seconds,
        ordersPerSecond: seconds > 0 ? published.order / seconds : 0,
      };
    },
  };
}
