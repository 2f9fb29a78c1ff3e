/** Deliveries that wait for their partner, without a server: those of the oldest orders are leased first. */
import { deliveryKey } from './in-memory-keys.js';
import type { DeliveryName, ParkedDelivery } from './metastore.js';

/** An empty park. `clock`, in milliseconds since the epoch, is for leases. */
export function createPark(clock: () => number) {
  const parked = new Map<string, { delivery: ParkedDelivery; leasedUntil: number }>();
  const byAge = (a: ParkedDelivery, b: ParkedDelivery) =>
    a.createdAt - b.createdAt ||
    Buffer.compare(Buffer.from(a.orderId), Buffer.from(b.orderId)) ||
    a.attempt - b.attempt;
  return {
    has: (delivery: DeliveryName) => parked.has(deliveryKey(delivery)),
    attemptsOf: (orderId: string) =>
      [...parked.values()].map(({ delivery }) => delivery).filter((delivery) => delivery.orderId === orderId),
    /** The first one to come stays. */
    add(delivery: ParkedDelivery): void {
      const key = deliveryKey(delivery);
      if (!parked.has(key)) parked.set(key, { delivery, leasedUntil: -Infinity });
    },
    remove: (delivery: DeliveryName) => parked.delete(deliveryKey(delivery)),
    /** The oldest orders that nobody has leased. */
    lease(limit: number, leaseMillis: number): ParkedDelivery[] {
      const free = [...parked.values()].filter((entry) => entry.leasedUntil < clock());
      const leased = free.sort((a, b) => byAge(a.delivery, b.delivery)).slice(0, limit);
      for (const entry of leased) entry.leasedUntil = clock() + leaseMillis;
      return leased.map((entry) => entry.delivery);
    },
  };
}
