/** The validator: applies every rule to each order of `raw_order`, and sets aside what is no order. */
import type { Metastore, RecordedLine, ValidationFacts, ValidationQuery } from '../metastore/metastore.js';
import { contentOf } from '../model/record.js';
import { positionOf } from '../model/release.js';
import { rejectedOrderCodec, toMillis, v1, type Order } from '../proto/messages.js';
import { decodeOrder } from './decoding/decode.js';
import { rules } from './rules/index.js';
import { applyRules, type Violation } from './rules/rule.js';
import { createBatchStep, type Decision, type Item, type Outcome } from './step/batch-step.js';
import { aboutOf, asideLine } from './step/record-lines.js';
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
  createdAt: toMillis(order.createdAt),
  content: contentOf(record.value),
  customerId: order.customerId,
  ipAddress: order.ipAddress,
  fromLocationId: order.fromLocationId,
  toLocationId: order.toLocationId,
});

type Rejection = RecordedLine & { readonly status: 'REJECTED' };

const rejectionOf = (violations: readonly Violation[]): Rejection => ({
  status: 'REJECTED',
  detail: violations.map(({ reason, detail }) => `${reason}: ${detail}`).join('; '),
  facts: JSON.stringify(violations),
});

function decide({ record, order }: Item<Order>, facts: ValidationFacts): Decision<StepOutput> {
  // The first record of this message id has had, or will have, its outcome.
  if (facts.claim === 'REDELIVERY') return { counters: ['redelivered'] };
  if (facts.claim === 'REUSED') {
    const error = 'the message id came before, with another order or another content of this one';
    return { ...asideLine({ reason: 'MESSAGE_ID_REUSED', error }), about: aboutOf(record) };
  }
  const violations = applyRules(rules, order, facts);
  if (violations.length > 0) return rejectionOf(violations);
  // Another publication may be accepted before this decision is recorded.
  const ofDuplicate = applyRules(rules, order, { ...facts, claim: 'DUPLICATE' });
  return { status: 'VALIDATED', detail: '', otherwise: rejectionOf(ofDuplicate) };
}

function outcomeOf({ record, order }: Item<Order>, { status, facts }: RecordedLine): Outcome<StepOutput> {
  const key = encoder.encode(order.orderId);
  if (status === 'VALIDATED') {
    // The original bytes, unchanged: nothing that a newer producer wrote is lost or reordered.
    return { output: { valid_order: { key, value: record.value as Uint8Array } }, counters: ['out'] };
  }
  const violations = JSON.parse(facts ?? '[]') as readonly Violation[];
  const rejections = violations.map(({ reason, detail }) => ({ reason: v1.RejectReason[reason], detail }));
  return {
    output: {
      rejected_order: { key, value: rejectedOrderCodec.encode(v1.RejectedOrder.create({ order, rejections })) },
    },
    counters: ['rejected', ...violations.map(({ reason }) => `rejected.${reason}` as const)],
  };
}

/**
 * `raw_order` to `valid_order`, `rejected_order` (with every reason) or `dead_letter`; nothing for a redelivery. Records
 * VALIDATED, REJECTED or DEAD_LETTERED. A publication counts as its order once it is accepted: one that was rejected leaves the order id
 * to a corrected version. Safe to call again: the first decision stands.
 */
export function createValidator({ metastore, maxOrderBytes }: ValidatorDependencies): Step {
  return createBatchStep<Order, ValidationFacts, StepOutput>({
    stage: STAGE,
    metastore,
    maxBytes: maxOrderBytes,
    decode: decodeOrder,
    recordsInTurn: true,
    lookup: (items) => ask(metastore.lookupForValidation(items.map(toQuery))),
    decide,
    outcomeOf,
  });
}
