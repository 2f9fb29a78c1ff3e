/** What is wrong with a publication, by what the topics and the metastore say of it: tables of what cannot be. Pure. */
import type { Status } from '../model/statuses.js';
import { has, holds, type Outcome } from './outcome.js';
import { onceIn, seenIn, type Publication } from './publication.js';
import type { Problem } from './report.js';

export type Finding = Pick<Problem, 'kind' | 'what'>;

interface Rule extends Finding {
  readonly breaks: (publication: Publication, outcome: Outcome | undefined) => boolean;
}

const isDelivery = (publication: Publication) =>
  holds(publication, 'DELIVERED') || holds(publication, 'DELIVERY_FAILED') || holds(publication, 'DELIVERY_PENDING');

/** Of a publication that has an outcome, or has none: where it was seen last is said of those. */
const rules: readonly Rule[] = [
  {
    kind: 'lost',
    what: 'is DELIVERY_PENDING, and no parked delivery waits for its partner',
    breaks: ({ order, attempt }, outcome) => outcome === 'deliveryPending' && !order.parked?.has(attempt),
  },
  {
    kind: 'lost',
    what: 'is DELIVERY_FAILED, and its dead letter is missing',
    breaks: ({ attempt, deadAttempt }, outcome) => outcome === 'deliveryFailed' && deadAttempt < attempt,
  },
  {
    kind: 'doubled',
    what: 'is in valid_order and in rejected_order',
    breaks: (publication) => has(publication, 'valid') && has(publication, 'rejected'),
  },
  {
    kind: 'doubled',
    what: 'is in internal_order and in external_order',
    breaks: (publication) => has(publication, 'internal') && has(publication, 'external'),
  },
  {
    kind: 'doubled',
    what: 'is DELIVERED and DELIVERY_FAILED',
    breaks: (publication) => holds(publication, 'DELIVERED') && holds(publication, 'DELIVERY_FAILED'),
  },
  {
    kind: 'doubled',
    what: 'is DELIVERED, and its delivery is in dead_letter',
    breaks: (publication) =>
      holds(publication, 'DELIVERED') &&
      publication.deadAttempt === publication.attempt &&
      (has(publication, 'refused') || has(publication, 'deadAtDelivery')),
  },
  {
    kind: 'doubled',
    what: 'is DELIVERED, and a delivery of it is still parked',
    breaks: (publication) =>
      holds(publication, 'DELIVERED') && [...(publication.order.parked?.values() ?? [])].some((isFree) => isFree),
  },
  {
    kind: 'doubled',
    what: 'is in internal_order, and has a delivery in its history',
    breaks: (publication, outcome) =>
      outcome === 'internal' && !has(publication, 'external') && isDelivery(publication),
  },
  {
    kind: 'doubled',
    what: 'was rejected, and has a delivery in its history',
    breaks: (publication) => has(publication, 'rejected') && isDelivery(publication),
  },
  {
    kind: 'doubled',
    what: 'went on, and another publication holds the claim on its order',
    breaks: (publication) => {
      const { claim } = publication.order;
      return has(publication, 'valid') && !!claim && (claim.low !== publication.low || claim.high !== publication.high);
    },
  },
];

/** A step records its status before it writes its record, so what a topic shows stands in the history, too. */
const statusShownBy: readonly (readonly [keyof typeof seenIn, Status])[] = [
  ['valid', 'VALIDATED'],
  ['rejected', 'REJECTED'],
  ['enriched', 'ENRICHED'],
  ['internal', 'ROUTED'],
  ['external', 'ROUTED'],
  ['refused', 'DELIVERY_FAILED'],
];

/** Everything that contradicts itself. Empty for a publication that is as it should be, apart from its having an end. */
export function findingsOf(publication: Publication, outcome: Outcome | undefined): Finding[] {
  const findings: Finding[] = [];
  for (const { kind, what, breaks } of rules) if (breaks(publication, outcome)) findings.push({ kind, what });
  if (publication.differs !== 0)
    onceIn.forEach((topic, index) => {
      if ((publication.differs & (1 << index)) !== 0)
        findings.push({ kind: 'doubled', what: `is in ${topic} more than once, with different bytes` });
    });
  for (const [bit, status] of statusShownBy)
    if (has(publication, bit) && !holds(publication, status))
      findings.push({ kind: 'unrecorded', what: `lacks ${status} in its history` });
  return findings;
}

/** Where a publication without an outcome was seen last. */
export function lastSeen(publication: Publication): string {
  if (has(publication, 'external')) return 'is in external_order, and has neither been delivered, parked nor refused';
  if (isDelivery(publication)) return 'has a delivery in its history, and is not in external_order';
  if (has(publication, 'enriched')) return 'is in enriched_order, and in no later topic';
  if (has(publication, 'valid')) return 'is in valid_order, and in no later topic';
  return 'is in raw_order, and in no later topic';
}

/** Where two publications of one order must not both be. */
const once = [
  ['valid', 'valid_order'],
  ['enriched', 'enriched_order'],
  ['internal', 'internal_order'],
  ['external', 'external_order'],
] as const;

/** Where a publication went on beside the one before it; `others` is where those were seen. */
export function besideOthers(publication: Publication, others: number): Finding[] {
  const both = once.find(([bit]) => (publication.seen & others & seenIn[bit]) !== 0);
  return both ? [{ kind: 'doubled', what: `is a second publication of its order in ${both[1]}` }] : [];
}

/** Of an order by the partner's journal. `isElsewhere`: it has ended, and not as one for the partner. */
export function partnerFindings(effects: number, order: { isDelivered: boolean; isElsewhere: boolean }): Finding[] {
  if (effects > 1) return [{ kind: 'doubled', what: `was taken ${effects} times by the partner` }];
  if (effects > 0 && order.isElsewhere)
    return [{ kind: 'doubled', what: 'was taken by the partner, and is not for it' }];
  if (effects === 0 && order.isDelivered)
    return [{ kind: 'lost', what: "is DELIVERED, and not in the partner's journal" }];
  return [];
}
