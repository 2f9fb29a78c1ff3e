/** Partners that answer anything, and remember what they took: once for each idempotency key, as they promise. */
import type { Random } from '../generator/random.js';
import type { DeliveryOutcome } from '../transforms/delivery/partner-answer.js';
import type { PartnerClient } from '../transforms/delivery/partner-client.js';
import type { PartnerRequest } from '../transforms/delivery/partner-request.js';
import type { Turns } from './turns.js';

const unavailable = (why: string, blame: 'ORDER' | 'PARTNER'): DeliveryOutcome => ({
  kind: 'UNAVAILABLE',
  why,
  blame,
  retryAfterMs: 0,
});

export function createPartners(random: Random, turns: Turns) {
  /** How many times each order was taken. */
  const effects = new Map<string, number>();
  const taken = new Map<string, 'taken' | 'refused'>();
  const down = new Set<string>();
  const state = { isKind: false };

  function answer({ idempotencyKey, body, partnerId }: PartnerRequest): DeliveryOutcome {
    const { orderId } = JSON.parse(body) as { orderId: string };
    if (down.has(partnerId)) return unavailable('nobody is there', 'PARTNER');
    // One in eight is never taken, whatever its key, and never refused: the partner fails at it.
    if (isPoison(orderId)) return unavailable('HTTP 500', 'ORDER');
    const before = taken.get(idempotencyKey);
    if (before === 'taken') return { kind: 'DELIVERED', status: 200 };
    if (before === 'refused') return { kind: 'REFUSED', status: 422, reason: '' };
    if (!state.isKind && random.chance(0.1)) {
      taken.set(idempotencyKey, 'refused');
      return { kind: 'REFUSED', status: 422, reason: random.pick(['', 'NO_STOCK']) };
    }
    if (!state.isKind && random.chance(0.1)) return unavailable('HTTP 502', 'ORDER');
    taken.set(idempotencyKey, 'taken');
    effects.set(orderId, (effects.get(orderId) ?? 0) + 1);
    if (!state.isKind && random.chance(0.2)) return unavailable('no answer', 'ORDER');
    return { kind: 'DELIVERED', status: 201 };
  }

  const client: PartnerClient = {
    async deliver(requests) {
      if (requests.length === 0) return [];
      await turns.wait(`posts ${requests.length} orders`, { breaks: false });
      const outcomes = requests.map(answer);
      await turns.wait('hears the partner', { breaks: false });
      return outcomes;
    },
    roomFor: (partnerId) => (down.has(partnerId) ? 'ONE' : 'ANY'),
    close: async () => undefined,
  };
  return {
    client,
    effects: effects as ReadonlyMap<string, number>,
    /** Goes, or comes back. */
    toggle: (partnerId: string) => (down.delete(partnerId) ? 'is back' : (down.add(partnerId), 'is gone')),
    /** From now on they are there, and take what they can take. */
    calm(): void {
      down.clear();
      state.isKind = true;
    },
  };
}

export const isPoison = (orderId: string) => /7$/.test(orderId);
