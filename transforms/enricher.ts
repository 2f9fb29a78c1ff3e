/** The enricher: adds the locations' names and regions, and the region of the IP address. */
import type { EnrichmentFacts, EnrichmentQuery, Metastore } from '../metastore/metastore.js';
import { enrichedOrderCodec, v1, type Order } from '../proto/messages.js';
import { decodeOrder, failureOf } from './decoding/decode.js';
import { createBatchStep, setAside, statusOf, type Item, type Outcome } from './step/batch-step.js';
import type { Step, StepOutput } from './step/step.js';
import { ask } from './step/transient-error.js';

export interface EnricherDependencies {
  readonly metastore: Pick<Metastore, 'lookupForEnrichment' | 'recordStatuses'>;
}

const STAGE = 'enricher';
const encoder = new TextEncoder();

const toQuery = ({ order }: Item<Order>): EnrichmentQuery => ({
  fromLocationId: order.fromLocationId,
  toLocationId: order.toLocationId,
  ipAddress: order.ipAddress,
});

function decide({ record, order }: Item<Order>, facts: EnrichmentFacts): Outcome<StepOutput> {
  const { fromLocation, toLocation, ipRegion } = facts;
  if (!fromLocation || !toLocation) {
    const unknown = [
      ...(fromLocation ? [] : [`from_location_id ${order.fromLocationId}`]),
      ...(toLocation ? [] : [`to_location_id ${order.toLocationId}`]),
    ];
    const error = `not in the reference data: ${unknown.join(', ')}`;
    return setAside(STAGE, record, failureOf(order, 'UNKNOWN_LOCATION', error));
  }
  const enriched = v1.EnrichedOrder.create({ order, fromLocation, toLocation, ipRegion: ipRegion ?? '' });
  return {
    output: { enriched_order: { key: encoder.encode(order.orderId), value: enrichedOrderCodec.encode(enriched) } },
    change: statusOf(order, 'ENRICHED', STAGE, `from ${fromLocation.region} to ${toLocation.region}`),
    counters: ['out'],
  };
}

/**
 * `valid_order` to `enriched_order`, or to `dead_letter` when a location is unknown. An address that no known network
 * holds has an empty region. Records ENRICHED or DEAD_LETTERED. Safe to call again.
 */
export function createEnricher({ metastore }: EnricherDependencies): Step {
  return createBatchStep<Order, EnrichmentFacts, StepOutput>({
    stage: STAGE,
    metastore,
    decode: decodeOrder,
    lookup: (items) => ask(metastore.lookupForEnrichment(items.map(toQuery))),
    decide,
  });
}
