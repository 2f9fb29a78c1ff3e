/** What a rule of the validator is. */
import { PublicError, describeError } from '../../errors.js';
import type { ValidationFacts } from '../../metastore/metastore.js';
import type { RejectReason } from '../../proto/messages.js';
import type { ValidOrder } from '../decoding/order-problems.js';

/** Why an order is rejected. `detail` is for a person and holds no personal data: no address, no customer. */
export interface Violation {
  readonly reason: RejectReason;
  readonly detail: string;
}

/** What the rules go by: the metastore's answer, and whether the customer was erased, of whom nothing else is known then. */
export interface RuleFacts extends ValidationFacts {
  readonly isErased: boolean;
}

/** One rule: pure, so that the same order and facts always give the same answer. */
export interface Rule {
  readonly reason: RejectReason;
  /** What is wrong with the order, for a person, or null when the rule has no objection. */
  readonly check: (order: ValidOrder, facts: RuleFacts) => string | null;
}

/** A rule that threw, which is a bug in it; what it threw is the `cause`. */
export class RuleError extends PublicError {
  constructor(reason: RejectReason, cause: unknown) {
    super(`rule ${reason}: ${describeError(cause)}`, { cause });
  }
}

/** Applies every rule and keeps every reason, in the order of the list. Throws a RuleError where a rule throws. */
export function applyRules(rules: readonly Rule[], order: ValidOrder, facts: RuleFacts): Violation[] {
  return rules.flatMap(({ reason, check }) => {
    try {
      const detail = check(order, facts);
      return detail === null ? [] : [{ reason, detail }];
    } catch (error) {
      throw new RuleError(reason, error);
    }
  });
}
