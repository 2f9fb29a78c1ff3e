/** When an order that could not be delivered is tried again, and when no more. */
import type { NextTry } from '../../metastore/metastore.js';
import type { DeliveryOutcome } from './partner-answer.js';

export interface RetryPolicy {
  /** Milliseconds until the second try; it doubles with each one, and half of it is left to chance. */
  readonly retryMs: number;
  /** The most that it grows to. */
  readonly retryMaxMs: number;
  /** Failed tries of an order after which it is given up, as far as the order may be the reason. */
  readonly maxTries: number;
  /** Milliseconds in the park after which an order is given up whatever the reason, once it has failed again. */
  readonly giveUpMs: number;
  /** What of a pause is left to chance, from 0 to 1: `Math.random` unless given. */
  readonly random?: () => number;
}

export type Unavailable = DeliveryOutcome & { readonly kind: 'UNAVAILABLE' };

/** What is known of a delivery: how often it has failed, and for how many milliseconds it has waited. */
export interface Waiting {
  readonly tries: number;
  readonly waitedMillis: number;
}

/**
 * When to try again. What the partner is to blame for uses up no try of the order, and pauses it no longer each time: the circuit
 * spares the partner. An order that was not tried is due at once.
 */
export function nextTry(policy: RetryPolicy, tries: number, outcome: Unavailable): NextTry {
  const { random = Math.random } = policy;
  const { why: answer, blame, retryAfterMs } = outcome;
  if (blame === 'NOBODY') return { tries, waitMillis: 0, answer };
  const doublings = blame === 'ORDER' ? tries : 0;
  const pauseMs = Math.min(policy.retryMs * 2 ** doublings, policy.retryMaxMs);
  const waitMillis = Math.max(retryAfterMs, pauseMs * (1 - random() / 2));
  return { tries: blame === 'ORDER' ? tries + 1 : tries, waitMillis, answer };
}

/** After what a delivery that has failed is given up; undefined where it is not. */
export function whyGivenUp(policy: RetryPolicy, { tries, waitedMillis }: Waiting): string | undefined {
  if (tries >= policy.maxTries) return `after ${tries} tries`;
  if (waitedMillis >= policy.giveUpMs) return `after ${Math.round(waitedMillis / 3_600_000)} hours`;
  return undefined;
}
