/** The enricher: adds the locations' names and regions, and the region of the IP address. */
import type { EnrichmentFacts, EnrichmentQuery, Metastore, RecordedLine } from '../metastore/metastore.js';
import type { Vault } from '../personal-data/vault.js';
import { enrichedOrderCodec, v1, type Order } from '../proto/messages.js';
import { decodeOrder } from './decoding/decode.js';
import { createBatchStep, type Decision, type Item, type Outcome } from './step/batch-step.js';
import { openAll, unreadableLine, type Unreadable } from './step/personal-data.js';
import { asideLine } from './step/record-lines.js';
import type { Step, StepOutput } from './step/step.js';
import { ask } from './step/transient-error.js';

export interface EnricherDependencies {
  readonly metastore: Pick<Metastore, 'lookupForEnrichment' | 'recordStatuses'>;
  readonly vault: Pick<Vault, 'open'>;
}

/** What was found, or that the address is sealed, and nobody can open it. */
type Facts = EnrichmentFacts | Unreadable;

const STAGE = 'enricher';
const encoder = new TextEncoder();

function decide({ order }: Item<Order>, facts: Facts): Decision<StepOutput> {
  if ('kind' in facts) return unreadableLine(facts);
  const { fromLocation, toLocation, ipRegion } = facts;
  if (!fromLocation || !toLocation) {
    const unknown = [
      ...(fromLocation ? [] : [`from_location_id ${order.fromLocationId}`]),
      ...(toLocation ? [] : [`to_location_id ${order.toLocationId}`]),
    ];
    return asideLine({ reason: 'UNKNOWN_LOCATION', error: `not in the reference data: ${unknown.join(', ')}` });
  }
  const found: Found = [fromLocation.name, fromLocation.region, toLocation.name, toLocation.region, ipRegion ?? ''];
  return { status: 'ENRICHED', detail: '', facts: JSON.stringify(found) };
}

/** What is kept of the facts: each location's name and region, and the region of the IP address. A list, as there is one for each order. */
type Found = readonly [fromName: string, fromRegion: string, toName: string, toRegion: string, ipRegion: string];

function outcomeOf({ order }: Item<Order>, { facts }: RecordedLine): Outcome<StepOutput> {
  const [fromName, fromRegion, toName, toRegion, ipRegion] = JSON.parse(facts!) as Found;
  const fromLocation = { locationId: order.fromLocationId, name: fromName, region: fromRegion };
  const toLocation = { locationId: order.toLocationId, name: toName, region: toRegion };
  const enriched = v1.EnrichedOrder.create({ order, fromLocation, toLocation, ipRegion });
  return {
    output: { enriched_order: { key: encoder.encode(order.orderId), value: enrichedOrderCodec.encode(enriched) } },
    counters: ['out'],
  };
}

/**
 * `valid_order` to `enriched_order`, or to `dead_letter` when a location is unknown. An address that no known network
 * holds has an empty region, and so has that of a customer who was erased. Records ENRICHED or DEAD_LETTERED. Safe to call again: the first decision stands.
 */
export function createEnricher({ metastore, vault }: EnricherDependencies): Step {
  async function lookup(items: readonly Item<Order>[]): Promise<Facts[]> {
    const opened = await openAll(vault, items, ['ipAddress']);
    const queries = items.flatMap(({ order: { fromLocationId, toLocationId } }, at): EnrichmentQuery[] => {
      const own = opened[at]!;
      if (own.kind === 'UNREADABLE') return [];
      return [{ fromLocationId, toLocationId, ipAddress: own.kind === 'OPEN' ? own.fields.ipAddress : '' }];
    });
    const answers = (await ask(metastore.lookupForEnrichment(queries))).values();
    return opened.map((own) => (own.kind === 'UNREADABLE' ? own : answers.next().value!));
  }
  return createBatchStep<Order, Facts, StepOutput>({
    stage: STAGE,
    metastore,
    decode: decodeOrder,
    lookup,
    decide,
    outcomeOf,
  });
}
