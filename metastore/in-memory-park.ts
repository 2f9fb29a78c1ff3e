/** Deliveries that wait for their partner, without a server: those that are due longest are leased first. */
import { deliveryKey } from './in-memory-keys.js';
import type { DeliveryName, LeasedDelivery, NextTry, ParkedDelivery } from './metastore.js';

interface Entry {
  readonly delivery: ParkedDelivery;
  readonly parkedAt: number;
  tries: number;
  nextTryAt: number;
  /** Of the call that set `nextTryAt`: calls within one tick of the clock have an order, too. */
  call: number;
  leasedUntil: number;
  answer: string;
}

const byDue = (a: Entry, b: Entry) =>
  a.nextTryAt - b.nextTryAt ||
  a.call - b.call ||
  a.delivery.createdAt - b.delivery.createdAt ||
  Buffer.compare(Buffer.from(a.delivery.orderId), Buffer.from(b.delivery.orderId)) ||
  a.delivery.attempt - b.delivery.attempt;

/** An empty park. `clock`, in milliseconds since the epoch, says what is due and leased. Nobody gives up a delivery of it. */
export function createPark(clock: () => number) {
  const parked = new Map<string, Entry>();
  let calls = 0;
  return {
    has: (delivery: DeliveryName) => parked.has(deliveryKey(delivery)),
    attemptsOf: (orderId: string) =>
      [...parked.values()].map(({ delivery }) => delivery).filter((delivery) => delivery.orderId === orderId),
    /** The first one to come stays. */
    add(deliveries: readonly (ParkedDelivery & NextTry)[]): void {
      const [parkedAt, call] = [clock(), ++calls];
      for (const { tries, waitMillis, answer, ...delivery } of deliveries) {
        const key = deliveryKey(delivery);
        const entry = {
          delivery,
          parkedAt,
          tries,
          nextTryAt: parkedAt + waitMillis,
          call,
          leasedUntil: -Infinity,
          answer,
        };
        if (!parked.has(key)) parked.set(key, entry);
      }
    },
    remove: (delivery: DeliveryName) => parked.delete(deliveryKey(delivery)),
    partners: () => [...new Set([...parked.values()].map(({ delivery }) => delivery.partnerId))].sort(),
    /** Those that are due and that nobody has leased. */
    lease(partnerId: string, limit: number, leaseMillis: number): Omit<LeasedDelivery, 'end'>[] {
      const now = clock();
      const due = [...parked.values()].filter(
        ({ delivery, nextTryAt, leasedUntil }) =>
          delivery.partnerId === partnerId && nextTryAt <= now && leasedUntil < now,
      );
      const leased = due.sort(byDue).slice(0, limit);
      for (const entry of leased) entry.leasedUntil = now + leaseMillis;
      return leased.map(({ delivery, tries, parkedAt }) => ({
        ...delivery,
        tries,
        waitedMillis: now - parkedAt,
        givenUp: '',
      }));
    },
    postpone(deliveries: readonly (DeliveryName & NextTry)[]): void {
      const [now, call] = [clock(), ++calls];
      for (const { tries, waitMillis, answer, ...name } of deliveries) {
        const entry = parked.get(deliveryKey(name));
        if (entry) Object.assign(entry, { tries, nextTryAt: now + waitMillis, call, leasedUntil: -Infinity, answer });
      }
    },
  };
}
