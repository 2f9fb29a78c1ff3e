/** The end of a delivery's claim: it is done with the line that says how the delivery ended, in the statement that adds the line. */
import type { StageName } from '../model/stages.js';
import { bitsOf, deliveryOutcomes } from '../model/transitions.js';
import { numberOf, recorderIn, recorderNumber } from './line-keys.js';

/** Whose outcomes end deliveries. */
export const deliveringStage = 'external-processor' satisfies StageName;

/**
 * The record of a claim that was ended before a record asked for it: the record was set aside first. Whichever record of that attempt
 * asks later gets the end.
 */
export const noRecord = 0;

/**
 * Ends the claims whose outcome is in `added` (admitted-lines.ts) and `inserted`, and makes those that are missing. To stand behind
 * these common table expressions.
 */
export const endClaims = `
, outcome AS MATERIALIZED (
  -- Another stage's dead letter under the same ids ends no delivery.
  SELECT key_of(a.order_id) AS order_key, a.attempt, bool_and(a.status <> ${numberOf('DELIVERED')}) AS is_failed
  FROM added a
  WHERE (a.line IN (SELECT line FROM inserted)) IS TRUE -- no join: it would compare each with each
    AND a.bit & ${bitsOf(deliveryOutcomes)} <> 0 AND a.held & ${bitsOf(['ROUTED'])} <> 0
    AND ${recorderIn('a.line')} = ${recorderNumber(deliveringStage)} AND a.about = ''
  GROUP BY 1, 2
), ended AS (
  INSERT INTO delivery_claims AS held (order_key, attempt, record, is_failed)
  SELECT order_key, attempt, ${noRecord}, is_failed
  FROM outcome
  -- Sorted, as whoever claims does.
  ORDER BY order_key, attempt
  -- A delivery counts, also after its record was set aside.
  ON CONFLICT (order_key, attempt) DO UPDATE SET is_failed = excluded.is_failed
  WHERE held.is_failed IS NULL OR held.is_failed AND NOT excluded.is_failed
)`;
