/** What an outcome of a delivery leaves in the order's history; record-lines.ts makes a dead letter of what failed. */
import type { RecordedLine } from '../../metastore/metastore.js';
import type { DeliveryOutcome } from './partner-answer.js';

/** Whose deliveries these are, the parked ones that are tried again among them. */
export const STAGE = 'external-processor';

/** What an outcome leaves in the order's history. */
export function lineOfDelivery(outcome: DeliveryOutcome): RecordedLine {
  switch (outcome.kind) {
    case 'DELIVERED':
      return { status: 'DELIVERED', detail: `HTTP ${outcome.status}` };
    case 'REFUSED':
      return { status: 'DELIVERY_FAILED', detail: `HTTP ${outcome.status} ${outcome.reason}`.trim() };
    case 'UNAVAILABLE':
      return { status: 'DELIVERY_PENDING', detail: outcome.why };
  }
}

/** What is recorded of a delivery that has failed before: the line that stands says why, and this one only where it is gone. */
export const lineOfFailureBefore: RecordedLine = {
  status: 'DELIVERY_FAILED',
  detail: 'no answer of it is left in the history',
};

/** What is recorded of a delivery to which the customer's key is missing: the request cannot be made any more. */
export const lineOfErased: RecordedLine = {
  status: 'DELIVERY_FAILED',
  detail: 'the customer was erased before the partner had the order',
};

/** What is recorded of a delivery that is not tried again: by whom, or after what, and why. */
export const lineOfGivenUp = (why: string): RecordedLine => ({ status: 'DELIVERY_FAILED', detail: `given up ${why}` });
