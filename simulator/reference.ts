/** Reference data that change at any moment. Small, so that every change meets many orders. */
import type { Random } from '../generator/random.js';
import type { ReferenceData } from '../metastore/reference-data.js';

export const locationIds = ['L1', 'L2', 'L3', 'L4'] as const;
export const addresses = ['192.0.2.1', '198.51.100.1', '203.0.113.1'] as const;
/** Of whom nothing is found in other bytes by chance. */
export const customers = ['CUSTOMER-1', 'CUSTOMER-2', 'CUSTOMER-3'] as const;
export const orderTypes = ['STANDARD', 'EXPRESS'] as const;

export const firstReference: ReferenceData = {
  // L4 is missing at first.
  locations: locationIds.slice(0, 3).map((locationId) => ({ locationId, name: `Place ${locationId}`, region: 'EU' })),
  routes: [
    { orderType: 'STANDARD', destination: '*', route: 'EXTERNAL', partnerId: 'P1' },
    { orderType: 'EXPRESS', destination: 'EU', route: 'INTERNAL' },
  ],
  fraudNetworks: [],
  paymentDefaulters: [],
  ipRegions: [{ network: '192.0.2.0/24', region: 'EU' }],
  leadTimes: [{ fromRegion: 'EU', toRegion: 'EU', minutes: 10 }],
  cancelledOrders: [],
};

/** Takes the entry in, or out where it is in. */
const toggled = <T>(list: readonly T[], entry: T): T[] =>
  list.includes(entry) ? list.filter((other) => other !== entry) : [...list, entry];

/** One change, and what it was in words. `orderIds` are those that may be cancelled. */
export function change(reference: ReferenceData, random: Random, orderIds: readonly string[]): [ReferenceData, string] {
  const orderType = random.pick(orderTypes);
  const others = reference.routes.filter((route) => route.orderType !== orderType);
  switch (random.between(0, 7)) {
    case 0: {
      const orderId = random.pick(orderIds);
      return [{ ...reference, cancelledOrders: toggled(reference.cancelledOrders, orderId) }, `cancel ${orderId}`];
    }
    case 1: {
      const network = `${random.pick(addresses)}/32`;
      return [{ ...reference, fraudNetworks: toggled(reference.fraudNetworks, network) }, `fraud ${network}`];
    }
    case 2: {
      const customer = random.pick(customers);
      return [
        { ...reference, paymentDefaulters: toggled(reference.paymentDefaulters, customer) },
        `defaulter ${customer}`,
      ];
    }
    case 3: {
      const partnerId = random.pick(['P1', 'P2']);
      const route = { orderType, destination: '*', route: 'EXTERNAL', partnerId } as const;
      return [{ ...reference, routes: [...others, route] }, `route ${orderType} to ${partnerId}`];
    }
    case 4: {
      const route = { orderType, destination: '*', route: 'INTERNAL' } as const;
      return [{ ...reference, routes: [...others, route] }, `route ${orderType} internally`];
    }
    case 5:
      return [{ ...reference, routes: others }, `no route for ${orderType}`];
    case 6: {
      const locationId = random.pick(locationIds);
      const rest = reference.locations.filter((location) => location.locationId !== locationId);
      const place = { locationId, name: `Place ${random.between(1, 99)}`, region: random.pick(['EU', 'US']) };
      const isGone = random.chance(0.2);
      return [
        { ...reference, locations: isGone ? rest : [...rest, place] },
        isGone ? `location ${locationId} goes` : `location ${locationId} is ${place.name}`,
      ];
    }
    default: {
      const minutes = random.pick([1, 10, 10_000]);
      return [{ ...reference, leadTimes: [{ fromRegion: 'EU', toRegion: 'EU', minutes }] }, `lead time ${minutes}`];
    }
  }
}

/** What is missing nowhere, and objects to nothing: so that what waits for its release can pass. */
export const lastReference: ReferenceData = {
  ...firstReference,
  locations: locationIds.map((locationId) => ({ locationId, name: `Place ${locationId}`, region: 'EU' })),
};
