/** The end of a delivery's claim: it is done with the line that says how the delivery ended, in the statement that adds the line. */
import type { StageName } from '../model/stages.js';
import { bitsOf, deliveryOutcomes } from '../model/transitions.js';

const deliveringStage: StageName = 'external-processor';

/** Ends the claims whose outcome is in `added` (admitted-lines.ts). To stand behind its common table expressions, at the end of the statement. */
export const endClaims = `
, outcome AS MATERIALIZED (
  -- Another stage's dead letter under the same ids ends no delivery.
  SELECT order_id, attempt
  FROM added
  WHERE bit & ${bitsOf(deliveryOutcomes)} <> 0 AND held & ${bitsOf(['ROUTED'])} <> 0 AND recorded_by = '${deliveringStage}'
), ended AS MATERIALIZED (
  -- The array is for the planner, which takes the index then, whatever it thinks of the claims' number.
  SELECT order_id, attempt
  FROM delivery_claims
  WHERE NOT is_done
    AND order_id = ANY (ARRAY (SELECT order_id FROM outcome))
    AND (order_id, attempt) IN (SELECT order_id, attempt FROM outcome)
  ORDER BY order_id, attempt
  FOR UPDATE
)
UPDATE delivery_claims SET is_done = true
WHERE order_id = ANY (ARRAY (SELECT order_id FROM ended)) AND (order_id, attempt) IN (SELECT order_id, attempt FROM ended)`;
