/** What a rule of the validator is. */
import type { ValidationFacts } from '../../metastore/metastore.js';
import type { RejectReason } from '../../proto/messages.js';
import type { ValidOrder } from '../order-problems.js';

/** Why an order is rejected. `detail` is for a person and holds no personal data: no address, no customer. */
export interface Violation {
  readonly reason: RejectReason;
  readonly detail: string;
}

/** One rule: pure, so that the same order and facts always give the same answer. */
export interface Rule {
  readonly reason: RejectReason;
  /** What is wrong with the order, for a person, or null when the rule has no objection. */
  readonly check: (order: ValidOrder, facts: ValidationFacts) => string | null;
}

/** Applies every rule and keeps every reason, in the order of the list. */
export function applyRules(rules: readonly Rule[], order: ValidOrder, facts: ValidationFacts): Violation[] {
  return rules.flatMap(({ reason, check }) => {
    const detail = check(order, facts);
    return detail === null ? [] : [{ reason, detail }];
  });
}
