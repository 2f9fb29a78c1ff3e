/** Makes single orders against the reference data: good ones, and ones that break chosen rules. */
import { OperatorError } from '../errors.js';
import type { ReferenceData } from '../metastore/reference-data.js';
import { fromMillis, orderCodec, v1, type Order, type OrderType, type RejectReason } from '../proto/messages.js';
import { createAddresses } from './addresses.js';
import { currencyOf, fillBasket, fillBytes } from './baskets.js';
import type { Random } from './random.js';
import type { Shares } from './shares.js';
import { weighted, zipf } from './weighted.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Customers are C-000001 to C-020000; the payment defaulters of the reference data are among them. */
const CUSTOMERS = 20_000;
/** Prime to the number of customers: spreads the busiest ones over the whole range of ids. */
const CUSTOMER_STEP = 7_919;

/** Most orders go to a location of the same region. */
const SAME_REGION = 8;

const chooseOrderType = (types: readonly OrderType[]) => weighted(types, (type) => orderTypeWeights[type] ?? 0);
const orderTypeWeights: Partial<Record<OrderType, number>> = {
  STANDARD: 62,
  EXPRESS: 20,
  CLICK_AND_COLLECT: 13,
  WHOLESALE: 5,
};
const { CARD, WALLET, INVOICE, CASH_ON_DELIVERY } = v1.PaymentMethod;
const paymentWeights = new Map([
  [CARD, 55],
  [WALLET, 25],
  [INVOICE, 12],
  [CASH_ON_DELIVERY, 8],
]);
const choosePayment = weighted([...paymentWeights.keys()], (method) => paymentWeights.get(method)!);

/** What makes an order this one and no other; the rest is drawn. */
export interface Identity {
  readonly messageId: string;
  readonly orderId: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/**
 * A function that draws an order which breaks exactly the given rules (DUPLICATE_ORDER aside, which no single order
 * breaks). An order that is CANCELLED_ORDER looks like a good one. With `orderBytes` it has as many lines as fit into them, one at least.
 * Throws OperatorError BAD_REFERENCE_DATA when the reference data cannot serve the shares.
 */
export function createOrderMaker(
  reference: ReferenceData,
  shares: Shares,
  orderBytes?: number,
): (random: Random, identity: Identity, breaks: readonly RejectReason[]) => Order {
  const chooseTrip = tripsOf(reference);
  const addresses = createAddresses(reference);
  const chooseCustomer = goodCustomers(reference);
  need(shares.fraudIp === 0 || reference.fraudNetworks.length > 0, 'fraud networks');
  need(shares.defaulter === 0 || reference.paymentDefaulters.length > 0, 'payment defaulters');
  return (random, { messageId, orderId, createdAt }, breaks) => {
    const trip = chooseTrip(random);
    const orderType = trip.chooseOrderType(random);
    const currency = currencyOf(trip.region);
    const head = {
      messageId,
      orderId,
      orderType: v1.OrderType[orderType],
      customerId: breaks.includes('PAYMENT_DEFAULTER')
        ? random.pick(reference.paymentDefaulters)
        : chooseCustomer(random),
      ipAddress: breaks.includes('FRAUD_IP') ? addresses.fraudulent(random) : addresses.honest(random, trip.region),
      fromLocationId: trip.from,
      toLocationId: trip.to,
      createdAt: fromMillis(createdAt),
      promisedBy: fromMillis(
        createdAt + (breaks.includes('FULFILMENT_DELAY') ? tooSoon : inTime)(random, trip.minutes, orderType),
      ),
      currency,
    };
    const lines =
      orderBytes === undefined
        ? fillBasket(random, orderType, currency)
        : fillBytes(random, orderType, currency, orderBytes - bytesWithoutLines(head));
    return v1.Order.create({ ...head, lines, paymentMethod: choosePayment(random) });
  };
}

/** All payment methods take the same. */
const bytesWithoutLines = (head: Partial<Order>) =>
  orderCodec.encode(v1.Order.create({ ...head, paymentMethod: CARD })).length;

/** Milliseconds from order to promise that leave time for the way. */
function inTime(random: Random, leadMinutes: number, orderType: OrderType): number {
  const [low, high] = orderType === 'EXPRESS' ? [2, 24] : [12, 120];
  return leadMinutes * MINUTE + random.between(low, high) * HOUR;
}

/** Milliseconds from order to promise that are at least a minute too few. */
function tooSoon(random: Random, leadMinutes: number): number {
  return Math.floor(leadMinutes * (0.1 + 0.8 * random.fraction())) * MINUTE - MINUTE;
}

/** A way between two locations, with the order types that have a route there. */
interface Trip {
  readonly from: string;
  readonly to: string;
  /** Of the to-location. */
  readonly region: string;
  /** Lead time. */
  readonly minutes: number;
  readonly chooseOrderType: (random: Random) => OrderType;
  readonly weight: number;
}

function tripsOf({ locations, leadTimes, routes }: ReferenceData): (random: Random) => Trip {
  const minutesBetween = new Map(leadTimes.map((row) => [`${row.fromRegion} ${row.toRegion}`, row.minutes]));
  const orderTypesTo = (region: string) => [
    ...new Set(routes.filter((row) => row.destination === region || row.destination === '*').map((r) => r.orderType)),
  ];
  const popularity = zipf(0.9);
  const trips = locations.flatMap((to, toRank) => {
    const types = orderTypesTo(to.region);
    if (types.length === 0) return [];
    const choose = chooseOrderType(types);
    return locations.flatMap((from, fromRank): Trip[] => {
      const minutes = minutesBetween.get(`${from.region} ${to.region}`);
      if (minutes === undefined || from === to) return [];
      const near = from.region === to.region ? SAME_REGION : 1;
      const weight = popularity(from, fromRank) * popularity(to, toRank) * near;
      return [
        { from: from.locationId, to: to.locationId, region: to.region, minutes, chooseOrderType: choose, weight },
      ];
    });
  });
  need(trips.length > 0, 'two locations with a route and a lead time between them');
  return weighted(trips, (trip) => trip.weight);
}

function goodCustomers({ paymentDefaulters }: ReferenceData): (random: Random) => string {
  const defaulters = new Set(paymentDefaulters);
  const ids = Array.from({ length: CUSTOMERS }, (_, rank) => ((rank * CUSTOMER_STEP) % CUSTOMERS) + 1);
  const customers = ids.map((id) => `C-${String(id).padStart(6, '0')}`).filter((customer) => !defaulters.has(customer));
  return weighted(customers, zipf(0.9));
}

function need(isThere: boolean, what: string): void {
  if (isThere) return;
  throw new OperatorError('BAD_REFERENCE_DATA', `the reference data lack ${what}: the generator needs them`, {
    exitCode: 2,
  });
}
