/** How one publication of an order ended: by where the topics and the metastore show it. Pure. */
import type { Status } from '../model/statuses.js';
import { bitsOf } from '../model/transitions.js';
import { reasonsOf, seenIn, type Publication } from './publication.js';

/** Every record on raw_order ends as exactly one of these. */
export const outcomes = [
  'internal', // routed to our own fulfilment
  'delivered', // the partner took it
  'deliveryPending', // parked until the partner can be reached
  'deliveryFailed', // the partner refused it for good
  'rejected', // broke a rule
  'cancelled', // rejected for no other reason than that it was cancelled
  'deadLettered', // set aside
  'redelivery', // another record of the same message id counts
] as const;
export type Outcome = (typeof outcomes)[number];

export interface End {
  /** Undefined where it has none: it is lost, or still under way. */
  readonly outcome?: Outcome;
  /** Where it was seen last, when it has no outcome. */
  readonly missing?: string;
  /** Set when it has ended in two ways. */
  readonly twice?: string;
  /** Statuses that the metastore should hold, by the topics. */
  readonly unrecorded: readonly Status[];
}

/** The end of a publication. `deadLettered` only if it did not go on: one that was replayed ends as it ended then. */
export function endOf(publication: Publication): End {
  const internal = has(publication, 'internal') ? 'internal' : undefined;
  const outcome = rejection(publication) ?? internal ?? delivery(publication);
  const unrecorded = unrecordedOf(publication);
  const twice = twiceOf(publication);
  if (outcome) return { outcome, unrecorded, ...(twice && { twice }) };
  if (setAsideBits.some((bit) => has(publication, bit))) return { outcome: 'deadLettered', unrecorded };
  return { missing: missingOf(publication), unrecorded };
}

type Bit = keyof typeof seenIn;
const has = ({ seen }: Publication, bit: Bit) => (seen & seenIn[bit]) !== 0;
const holds = ({ held }: Publication, status: Status) => (held & bits[status]) !== 0;
const bits = Object.fromEntries(
  (['VALIDATED', 'REJECTED', 'ENRICHED', 'ROUTED', 'DELIVERED', 'DELIVERY_PENDING', 'DELIVERY_FAILED'] as const).map(
    (status) => [status, bitsOf([status])],
  ),
) as Record<Status, number>;

const setAsideBits: readonly Bit[] = ['deadAtEnricher', 'deadAtRouter', 'deadAtDelivery'];

function rejection(publication: Publication): Outcome | undefined {
  if (!has(publication, 'rejected')) return undefined;
  const reasons = reasonsOf(publication);
  return reasons.length === 1 && reasons[0] === 'CANCELLED_ORDER' ? 'cancelled' : 'rejected';
}

function delivery(publication: Publication): Outcome | undefined {
  if (!has(publication, 'external')) return undefined;
  if (holds(publication, 'DELIVERED')) return 'delivered';
  // Released, and nothing has come of it yet.
  if (publication.attempt < publication.wantedAttempt && publication.wantedAttempt > 1) return undefined;
  if (holds(publication, 'DELIVERY_FAILED')) return 'deliveryFailed';
  return holds(publication, 'DELIVERY_PENDING') ? 'deliveryPending' : undefined;
}

function twiceOf(publication: Publication): string | undefined {
  if (has(publication, 'valid') && has(publication, 'rejected')) return 'is in valid_order and in rejected_order';
  if (has(publication, 'internal') && has(publication, 'external')) return 'is in internal_order and in external_order';
  if (holds(publication, 'DELIVERED') && holds(publication, 'DELIVERY_FAILED'))
    return 'is DELIVERED and DELIVERY_FAILED';
  return undefined;
}

function missingOf(publication: Publication): string {
  if (has(publication, 'external')) return 'is in external_order, and has neither been delivered, parked nor refused';
  if (has(publication, 'enriched')) return 'is in enriched_order, and in no later topic';
  if (has(publication, 'valid')) return 'is in valid_order, and in no later topic';
  return 'is in raw_order, and in no later topic';
}

/** A step records its status before it writes its record, so what a topic shows stands in the history, too. */
const statusShownBy: readonly (readonly [Bit, Status])[] = [
  ['valid', 'VALIDATED'],
  ['rejected', 'REJECTED'],
  ['enriched', 'ENRICHED'],
  ['internal', 'ROUTED'],
  ['external', 'ROUTED'],
  ['refused', 'DELIVERY_FAILED'],
];

function unrecordedOf(publication: Publication): Status[] {
  return statusShownBy.flatMap(([bit, status]) =>
    has(publication, bit) && !holds(publication, status) ? [status] : [],
  );
}
