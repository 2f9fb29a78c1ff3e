/** The end of a delivery's claim: it is done with the line that says how the delivery ended, in the statement that adds the line. */
import type { StageName } from '../model/stages.js';
import { bitsOf, deliveryOutcomes } from '../model/transitions.js';

/** Whose outcomes end deliveries. */
export const deliveringStage: StageName = 'external-processor';

/**
 * The topic of a claim that was ended before a record asked for it: the record was set aside first. Whichever record of that attempt
 * asks later gets the end.
 */
export const noRecord = '';

/**
 * Ends the claims whose outcome is in `added` (admitted-lines.ts) and `inserted`, and makes those that are missing. To stand behind
 * these common table expressions.
 */
export const endClaims = `
, outcome AS MATERIALIZED (
  -- Another stage's dead letter under the same ids ends no delivery.
  SELECT DISTINCT a.order_id, a.attempt
  FROM added a
  JOIN inserted i USING (slot_key)
  WHERE a.bit & ${bitsOf(deliveryOutcomes)} <> 0 AND a.held & ${bitsOf(['ROUTED'])} <> 0 AND a.recorded_by = '${deliveringStage}' AND a.about = ''
), ended AS (
  INSERT INTO delivery_claims AS held (order_id, attempt, record_topic, record_partition, record_offset, is_done)
  SELECT order_id, attempt, '${noRecord}', 0, 0, true
  FROM outcome
  -- Sorted, as whoever claims does.
  ORDER BY order_id, attempt
  ON CONFLICT (order_id, attempt) DO UPDATE SET is_done = true WHERE NOT held.is_done
)`;
