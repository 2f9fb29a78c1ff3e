/** The router: decides by order type and destination who fulfils the order. */
import type { Metastore, RecordedLine, RouteFacts, RouteQuery } from '../metastore/metastore.js';
import { routedOrderCodec, v1, type EnrichedOrder, type OrderType } from '../proto/messages.js';
import { decodeEnrichedOrder } from './decoding/decode.js';
import { createBatchStep, type Decision, type Item, type Outcome } from './step/batch-step.js';
import { asideLine } from './step/record-lines.js';
import type { Step, StepOutput } from './step/step.js';
import { ask } from './step/transient-error.js';

export interface RouterDependencies {
  readonly metastore: Pick<Metastore, 'lookupRoutes' | 'recordStatuses'>;
}

const STAGE = 'router';
const encoder = new TextEncoder();

/** The topics of the router's output, in the order of Beam's partitions. */
export const routerPartitions = ['internal_order', 'external_order', 'dead_letter'] as const;

/** The partition of an output of the router, for Beam's Partition: an index into `routerPartitions`. */
export function partitionOf(output: StepOutput): number {
  return routerPartitions.findIndex((topic) => topic in output);
}

const toQuery = ({ message, order }: Item<EnrichedOrder>): RouteQuery => ({
  orderType: v1.OrderType[order.orderType] as OrderType,
  destination: message.toLocation?.region ?? '',
});

/** Such as `EXTERNAL partner-1`, or `INTERNAL`. `routeIn` reads it. */
const detailOf = ({ route, partnerId }: RouteFacts) => (partnerId ? `${route} ${partnerId}` : route);

function routeIn(detail: string): RouteFacts {
  if (detail === 'INTERNAL') return { route: 'INTERNAL', partnerId: null };
  return { route: 'EXTERNAL', partnerId: detail.slice('EXTERNAL '.length) };
}

function decide(item: Item<EnrichedOrder>, facts: RouteFacts | null): Decision<StepOutput> {
  if (facts) return { status: 'ROUTED', detail: detailOf(facts) };
  const { orderType, destination } = toQuery(item);
  const error = `no route for ${orderType} to ${destination || 'a location without a region'}`;
  return asideLine({ reason: 'NO_ROUTE', error });
}

function outcomeOf({ message, order }: Item<EnrichedOrder>, { detail }: RecordedLine): Outcome<StepOutput> {
  const { route, partnerId } = routeIn(detail);
  const routed = v1.RoutedOrder.create({
    enrichedOrder: message,
    route: v1.Route[route],
    partnerId: partnerId ?? '',
  });
  const outgoing = { key: encoder.encode(order.orderId), value: routedOrderCodec.encode(routed) };
  return {
    output: route === 'INTERNAL' ? { internal_order: outgoing } : { external_order: outgoing },
    counters: ['out', `out.${route}`],
  };
}

/**
 * `enriched_order` to `internal_order` or `external_order`, or to `dead_letter` where no route is known. Records ROUTED
 * or DEAD_LETTERED. Safe to call again: the first decision stands.
 */
export function createRouter({ metastore }: RouterDependencies): Step {
  return createBatchStep<EnrichedOrder, RouteFacts | null, StepOutput>({
    stage: STAGE,
    metastore,
    decode: decodeEnrichedOrder,
    lookup: (items) => ask(metastore.lookupRoutes(items.map(toQuery))),
    decide,
    outcomeOf,
  });
}
