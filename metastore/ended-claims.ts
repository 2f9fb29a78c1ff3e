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
  SELECT a.order_id, a.attempt, bool_and(a.status <> 'DELIVERED') AS is_failed
  FROM added a
  JOIN inserted i USING (slot_key)
  WHERE a.bit & ${bitsOf(deliveryOutcomes)} <> 0 AND a.held & ${bitsOf(['ROUTED'])} <> 0 AND a.recorded_by = '${deliveringStage}' AND a.about = ''
  GROUP BY a.order_id, a.attempt
), ended AS (
  INSERT INTO delivery_claims AS held (order_id, attempt, record_topic, record_partition, record_offset, is_done, is_failed)
  SELECT order_id, attempt, '${noRecord}', 0, 0, true, is_failed
  FROM outcome
  -- Sorted, as whoever claims does.
  ORDER BY order_id, attempt
  -- A delivery counts, also after its record was set aside.
  ON CONFLICT (order_id, attempt) DO UPDATE SET is_done = true, is_failed = excluded.is_failed
  WHERE NOT held.is_done OR held.is_failed AND NOT excluded.is_failed
)`;

const line = (claim: string, condition: string) => `EXISTS (
  SELECT FROM status_history h WHERE h.order_id = ${claim}.order_id AND h.attempt = ${claim}.attempt AND ${condition}
)`;

/**
 * Whether a claim that is done ended in a failure. The claim says so itself: a history may be forgotten. One that a version before is_failed has
 * ended failed only if its history says that it did.
 */
export const hasFailed = (claim: string) => `CASE
  WHEN ${claim}.is_failed IS NOT NULL THEN ${claim}.is_failed
  ELSE ${line(claim, `h.recorded_by = '${deliveringStage}' AND h.status = ANY (ARRAY['DELIVERY_FAILED', 'DEAD_LETTERED'])`)}
    AND NOT ${line(claim, "h.status = 'DELIVERED'")}
END`;
