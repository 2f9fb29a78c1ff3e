/** Which status may follow which, as data: PostgreSQL and memory decide by this one table. */
import { statuses, type Status } from '../pipelines/stages.js';

export interface Transition {
  /** One of these must stand in the history; START always does, since CREATED may be missing or late. */
  readonly after: readonly (Status | 'START')[];
  /** None of these may stand there. */
  readonly unless: readonly Status[];
}

/** Of one publication of an order (order id and message id). A status that stands there already is never added again. */
export const transitions: Readonly<Record<Status, Transition>> = {
  CREATED: { after: ['START'], unless: [] },
  VALIDATED: { after: ['START'], unless: ['REJECTED'] },
  REJECTED: { after: ['START'], unless: ['VALIDATED'] },
  ENRICHED: { after: ['VALIDATED'], unless: [] },
  ROUTED: { after: ['ENRICHED'], unless: [] },
  DELIVERED: { after: ['ROUTED', 'DELIVERY_PENDING'], unless: ['DELIVERY_FAILED'] },
  DELIVERY_PENDING: { after: ['ROUTED'], unless: ['DELIVERED', 'DELIVERY_FAILED'] },
  DELIVERY_FAILED: { after: ['ROUTED', 'DELIVERY_PENDING'], unless: ['DELIVERED'] },
  // A dead letter that is replayed goes on where it stopped, so this one is not in the others' `unless`.
  DEAD_LETTERED: { after: ['START'], unless: ['REJECTED', 'DELIVERED'] },
};

/** What ends a delivery, once the order is routed: its claim is DONE or FAILED from then on. */
export const deliveryOutcomes: readonly Status[] = ['DELIVERED', 'DELIVERY_FAILED', 'DEAD_LETTERED'];

/** A set of statuses as bits of an integer: START is 1, then the statuses in the order of the table of stages. */
export function bitsOf(names: readonly (Status | 'START')[]): number {
  return names.reduce((bits, name) => bits | (name === 'START' ? 1 : 1 << (statuses.indexOf(name) + 1)), 0);
}

/** Whether the status may be added to a history that holds the statuses of those bits. */
export function isAllowed(status: Status, held: number): boolean {
  const { after, unless } = transitions[status];
  return (held & bitsOf(after)) !== 0 && (held & (bitsOf(unless) | bitsOf([status]))) === 0;
}
