/** What an order leaves behind on its way, as the stages would have left it: for histories of millions that no stage has made. */
import type { ReferenceData } from '../metastore/reference-data.js';
import type { Status } from '../model/statuses.js';
import type { TopicName } from '../model/topics.js';
import {
  enrichedOrderCodec,
  orderCodec,
  rejectedOrderCodec,
  routedOrderCodec,
  toMillis,
  v1,
  type DeadLetterReason,
  type EnrichedOrder,
  type Order,
  type OrderType,
  type RejectReason,
} from '../proto/messages.js';

/** A dead letter of the record that was written last to that topic. */
export interface LetterOf {
  readonly topic: TopicName;
  readonly step: string;
  readonly reason: DeadLetterReason;
}

/** In the order in which it was written. */
export interface Footprint {
  readonly orderId: string;
  readonly messageId: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly records: readonly { readonly topic: TopicName; readonly value: Uint8Array }[];
  readonly letter?: LetterOf;
  readonly statuses: readonly Status[];
  /** Whether this publication holds its order's claim; a redelivery has no claims at all. */
  readonly claims: 'order' | 'message' | 'none';
  /** The message that holds the order's claim, where it is not this one. */
  readonly holder?: string;
  readonly isParked: boolean;
  /** How often the partner took it. */
  readonly effects: number;
  /** What the aggregates hold of it. */
  readonly aggregated: Order | null;
}

/** How an order ends that is accepted and external. */
export type DeliveryEnd = 'delivered' | 'pending' | 'failed';

const untouched = { isParked: false, effects: 0, aggregated: null } as const;

/** A publication that was rejected. */
export function rejectedFootprint(order: Order, reasons: readonly RejectReason[]): Footprint {
  const rejections = reasons.map((reason) => ({ reason: v1.RejectReason[reason], detail: '' }));
  const value = rejectedOrderCodec.encode(v1.RejectedOrder.create({ order, rejections }));
  return {
    ...namesOf(order),
    ...untouched,
    records: [
      { topic: 'raw_order', value: orderCodec.encode(order) },
      { topic: 'rejected_order', value },
    ],
    statuses: ['CREATED', 'REJECTED'],
    claims: reasons.includes('DUPLICATE_ORDER') ? 'message' : 'order',
  };
}

/** A record of a publication that another record counts for. */
export function redeliveryFootprint(order: Order): Footprint {
  const records = [{ topic: 'raw_order', value: orderCodec.encode(order) }] as const;
  return { ...namesOf(order), ...untouched, records, statuses: [], claims: 'none' };
}

/** Makes the footprints of accepted orders, by the reference data. */
export function createAcceptedFootprint({ locations, routes }: ReferenceData) {
  const locationOf = new Map(locations.map((location) => [location.locationId, location]));
  const routeOf = new Map(routes.map((route) => [`${route.orderType} ${route.destination}`, route]));
  return (order: Order, end: DeliveryEnd): Footprint => {
    const toLocation = locationOf.get(order.toLocationId)!;
    const fromLocation = locationOf.get(order.fromLocationId)!;
    const enriched = v1.EnrichedOrder.create({ order, fromLocation, toLocation, ipRegion: '' }) as EnrichedOrder;
    const type = v1.OrderType[order.orderType] as OrderType;
    const route = routeOf.get(`${type} ${toLocation.region}`) ?? routeOf.get(`${type} *`)!;
    const partnerId = route.route === 'EXTERNAL' ? route.partnerId : '';
    const routed = v1.RoutedOrder.create({ enrichedOrder: enriched, route: v1.Route[route.route], partnerId });
    const raw = orderCodec.encode(order);
    const isExternal = route.route === 'EXTERNAL';
    const delivery = isExternal ? deliveries[end] : { statuses: [] };
    return {
      ...namesOf(order),
      ...untouched,
      records: [
        { topic: 'raw_order', value: raw },
        { topic: 'valid_order', value: raw },
        { topic: 'enriched_order', value: enrichedOrderCodec.encode(enriched) },
        { topic: isExternal ? 'external_order' : 'internal_order', value: routedOrderCodec.encode(routed as never) },
      ],
      claims: 'order',
      aggregated: order,
      ...delivery,
      statuses: ['CREATED', 'VALIDATED', 'ENRICHED', 'ROUTED', ...delivery.statuses],
    };
  };
}

const deliveries: Readonly<Record<DeliveryEnd, Partial<Footprint> & Pick<Footprint, 'statuses'>>> = {
  delivered: { statuses: ['DELIVERED'], effects: 1 },
  pending: { statuses: ['DELIVERY_PENDING'], isParked: true },
  failed: {
    statuses: ['DELIVERY_FAILED'],
    letter: { topic: 'external_order', step: 'external-processor', reason: 'DELIVERY_REFUSED' },
  },
};

const namesOf = ({ orderId, messageId, createdAt }: Order) => ({
  orderId,
  messageId,
  createdAt: toMillis(createdAt ?? {}),
});
