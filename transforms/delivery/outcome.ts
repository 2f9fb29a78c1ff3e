/** What an outcome of a delivery leaves: a status, and a dead letter where the partner refused the order. */
import type { StatusChange } from '../../metastore/metastore.js';
import { failureOf, type Failure } from '../decoding/decode.js';
import type { ValidOrder } from '../decoding/order-problems.js';
import { statusOf } from '../step/batch-step.js';
import type { DeliveryOutcome } from './partner-answer.js';

/** Whose deliveries these are, the parked ones that are tried again among them. */
export const STAGE = 'external-processor';

/** The status line that an outcome leaves in the order's history. */
export function statusOfDelivery(order: ValidOrder, outcome: DeliveryOutcome): StatusChange {
  switch (outcome.kind) {
    case 'DELIVERED':
      return statusOf(order, 'DELIVERED', STAGE, `HTTP ${outcome.status}`);
    case 'REFUSED':
      return statusOf(order, 'DELIVERY_FAILED', STAGE, `HTTP ${outcome.status} ${outcome.reason}`.trim());
    case 'UNAVAILABLE':
      return statusOf(order, 'DELIVERY_PENDING', STAGE, outcome.why);
  }
}

/** Why a refused order is set aside. */
export function failureOfRefusal(order: ValidOrder, outcome: DeliveryOutcome & { kind: 'REFUSED' }): Failure {
  const error = `the partner refused the order: HTTP ${outcome.status} ${outcome.reason}`.trim();
  return failureOf(order, 'DELIVERY_REFUSED', error);
}

/** Why an order is set aside whose refusal was recorded before. */
export function failureBefore(order: ValidOrder): Failure {
  return failureOf(order, 'DELIVERY_REFUSED', 'the delivery had failed when it was tried before: its history says why');
}
