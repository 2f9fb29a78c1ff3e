/** The validator: applies every rule to each order of `raw_order`, and sets aside what is no order. */
import type { Metastore, ValidationFacts, ValidationQuery } from '../metastore/metastore.js';
import { positionOf } from '../model/release.js';
import { rejectedOrderCodec, v1, type Order } from '../proto/messages.js';
import { decodeOrder } from './decoding/decode.js';
import { rules } from './rules/index.js';
import { applyRules, type Violation } from './rules/rule.js';
import { createBatchStep, statusOf, type Item, type Outcome } from './step/batch-step.js';
import type { Step, StepOutput } from './step/step.js';
import { ask } from './step/transient-error.js';

export interface ValidatorDependencies {
  readonly metastore: Pick<Metastore, 'lookupForValidation' | 'recordStatuses'>;
  /** A larger record is TOO_LARGE. */
  readonly maxOrderBytes: number;
}

const STAGE = 'validator';
const encoder = new TextEncoder();

const toQuery = ({ record, order }: Item<Order>): ValidationQuery => ({
  ...positionOf(record),
  orderId: order.orderId,
  messageId: order.messageId,
  customerId: order.customerId,
  ipAddress: order.ipAddress,
  fromLocationId: order.fromLocationId,
  toLocationId: order.toLocationId,
});

function reject({ order }: Item<Order>, violations: readonly Violation[]): Outcome<StepOutput> {
  const rejections = violations.map(({ reason, detail }) => ({ reason: v1.RejectReason[reason], detail }));
  const value = rejectedOrderCodec.encode(v1.RejectedOrder.create({ order, rejections }));
  const detail = violations.map((violation) => `${violation.reason}: ${violation.detail}`).join('; ');
  return {
    output: { rejected_order: { key: encoder.encode(order.orderId), value } },
    change: statusOf(order, 'REJECTED', STAGE, detail),
    counters: ['rejected', ...violations.map(({ reason }) => `rejected.${reason}` as const)],
  };
}

function decide(item: Item<Order>, facts: ValidationFacts): Outcome<StepOutput> {
  // The first record of this message id has had, or will have, its outcome.
  if (facts.claim === 'REDELIVERY') return { counters: ['redelivered'] };
  const { record, order } = item;
  const violations = applyRules(rules, order, facts);
  if (violations.length > 0) return reject(item, violations);
  return {
    // The original bytes, unchanged: nothing that a newer producer wrote is lost or reordered.
    output: { valid_order: { key: encoder.encode(order.orderId), value: record.value as Uint8Array } },
    change: statusOf(order, 'VALIDATED', STAGE),
    counters: ['out'],
  };
}

/**
 * `raw_order` to `valid_order`, `rejected_order` (with every reason) or `dead_letter`; nothing for a redelivery. Records
 * VALIDATED, REJECTED or DEAD_LETTERED. Safe to call again: a record that holds its claim gets the same answer.
 */
export function createValidator({ metastore, maxOrderBytes }: ValidatorDependencies): Step {
  return createBatchStep<Order, ValidationFacts, StepOutput>({
    stage: STAGE,
    metastore,
    maxBytes: maxOrderBytes,
    decode: decodeOrder,
    lookup: (items) => ask(metastore.lookupForValidation(items.map(toQuery))),
    decide,
  });
}
