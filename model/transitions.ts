/** Which status may follow which, as data: PostgreSQL and memory decide by this one table. */
import { statuses, type Status } from './statuses.js';

export interface Transition {
  /** One of these must stand in the history; START always does, since CREATED may be missing or late. */
  readonly after: readonly (Status | 'START')[];
  /** None of these may stand there. */
  readonly unless: readonly Status[];
  /** May stand there once for each stage and attempt. Other statuses are never added again. */
  readonly isOfStage?: true;
}

/** Of one publication of an order (order id and message id). */
export const transitions: Readonly<Record<Status, Transition>> = {
  CREATED: { after: ['START'], unless: [] },
  VALIDATED: { after: ['START'], unless: ['REJECTED'] },
  REJECTED: { after: ['START'], unless: ['VALIDATED'] },
  ENRICHED: { after: ['VALIDATED'], unless: [] },
  ROUTED: { after: ['ENRICHED'], unless: [] },
  DELIVERED: { after: ['ROUTED', 'DELIVERY_PENDING'], unless: ['DELIVERY_FAILED'] },
  DELIVERY_PENDING: { after: ['ROUTED'], unless: ['DELIVERED', 'DELIVERY_FAILED'] },
  DELIVERY_FAILED: { after: ['ROUTED', 'DELIVERY_PENDING'], unless: ['DELIVERED'] },
  // A dead letter that is released goes on where it stopped, so this one is not in the others' `unless`.
  DEAD_LETTERED: { after: ['START'], unless: ['REJECTED', 'DELIVERED'], isOfStage: true },
  RELEASED: { after: ['START'], unless: ['REJECTED', 'DELIVERED'], isOfStage: true },
};

/** Statuses that count for their own attempt alone: a delivery that failed can be released, and may succeed then. */
export const ofAttempt: readonly Status[] = ['DELIVERY_PENDING', 'DELIVERY_FAILED'];

/** None of these may stand in a history that the status is added to, as bits. */
export function forbiddenBits(status: Status): number {
  const { unless, isOfStage } = transitions[status];
  return bitsOf(isOfStage ? unless : [...unless, status]);
}

/** Statuses that are no decision of a stage: each stands beside the others of its publication and attempt. */
export const undecided: readonly Status[] = ['CREATED', 'RELEASED', 'DELIVERY_PENDING'];

/**
 * The slot of a line: of a publication, attempt and recorder there is one line in each. A stage decides once, so that all decisions
 * share one.
 */
export const slotOf = (status: Status): string => (undecided.includes(status) ? status : '');

/** What ends a delivery, once the order is routed: its claim is DONE or FAILED from then on. */
export const deliveryOutcomes: readonly Status[] = ['DELIVERED', 'DELIVERY_FAILED', 'DEAD_LETTERED'];

/** A set of statuses as bits of an integer: START is 1, then the statuses in the order of statuses.ts. */
export function bitsOf(names: readonly (Status | 'START')[]): number {
  return names.reduce((bits, name) => bits | (name === 'START' ? 1 : 1 << (statuses.indexOf(name) + 1)), 0);
}

/** Whether the status may be added to a history that holds the statuses of those bits. */
export function isAllowed(status: Status, held: number): boolean {
  return (held & bitsOf(transitions[status].after)) !== 0 && (held & forbiddenBits(status)) === 0;
}
