import type { ValidationFacts } from '../../../metastore/metastore.js';

/** Facts to which no rule objects, but for the changes. */
export const someFacts = (changes: Partial<ValidationFacts> = {}): ValidationFacts => ({
  claim: 'FIRST',
  fraudNetwork: null,
  isDefaulter: false,
  isCancelled: false,
  leadTimeMinutes: 60,
  ...changes,
});
