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

/** The outcome of a publication; undefined where it has none: it is lost, or still under way. `deadLettered` only if it did not go on: one that was replayed ends as it ended then. */
export function outcomeOf(publication: Publication): Outcome | undefined {
  const internal = has(publication, 'internal') ? 'internal' : undefined;
  const outcome = rejection(publication) ?? internal ?? delivery(publication);
  return outcome ?? (setAsideBits.some((bit) => has(publication, bit)) ? 'deadLettered' : undefined);
}

type Bit = keyof typeof seenIn;
export const has = ({ seen }: Publication, bit: Bit) => (seen & seenIn[bit]) !== 0;
export const holds = ({ held }: Publication, status: Status) => (held & bits[status]) !== 0;
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
  // What was parked can be set aside, too.
  return holds(publication, 'DELIVERY_PENDING') && !has(publication, 'deadAtDelivery') ? 'deliveryPending' : undefined;
}
