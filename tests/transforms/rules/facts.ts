import type { RuleFacts } from '../../../transforms/rules/rule.js';

/** Facts to which no rule objects, but for the changes. */
export const someFacts = (changes: Partial<RuleFacts> = {}): RuleFacts => ({
  claim: 'FIRST',
  fraudNetwork: null,
  isDefaulter: false,
  isErased: false,
  isCancelled: false,
  leadTimeMinutes: 60,
  ...changes,
});
