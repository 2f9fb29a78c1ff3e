/** A metastore and a partner for the tests of the external-processor and of redelivery. */
import type { Metastore } from '../../metastore/metastore.js';
import type { ReferenceData } from '../../metastore/reference-data.js';
import { toMillis } from '../../proto/messages.js';
import type { ValidOrder } from '../../transforms/decoding/order-problems.js';
import type { DeliveryOutcome } from '../../transforms/delivery/partner-answer.js';
import type { Room } from '../../transforms/delivery/circuit.js';
import type { PartnerRequest } from '../../transforms/delivery/partner-request.js';
import type { RetryPolicy, Unavailable } from '../../transforms/delivery/retry-policy.js';

/** A pause of 5 s at first, and bounds that no test comes to by chance. */
export const retryPolicy: RetryPolicy = { retryMs: 5_000, retryMaxMs: 60_000, maxTries: 50, giveUpMs: 100 * 3_600_000 };

/** What the partner did not take, for this reason. */
export const notTaken = (why: string, rest: Partial<Unavailable> = {}): Unavailable => ({
  kind: 'UNAVAILABLE',
  why,
  blame: 'PARTNER',
  retryAfterMs: 0,
  ...rest,
});

export const noReferenceData: ReferenceData = {
  locations: [],
  routes: [],
  fraudNetworks: [],
  paymentDefaulters: [],
  ipRegions: [],
  leadTimes: [],
  cancelledOrders: [],
};

/** Records what the stages before would have recorded. */
export async function routed(metastore: Metastore, orders: readonly ValidOrder[]): Promise<void> {
  await metastore.recordStatuses(
    orders.flatMap(({ orderId, messageId, createdAt }) =>
      (
        [
          ['VALIDATED', 'validator'],
          ['ENRICHED', 'enricher'],
          ['ROUTED', 'router'],
        ] as const
      ).map(([status, recordedBy]) => ({
        orderId,
        messageId,
        createdAt: toMillis(createdAt),
        status,
        recordedBy,
        detail: '',
      })),
    ),
  );
}

/** A partner's client that answers as told, and remembers what it was asked. */
export function aPartnerThat(answer: (request: PartnerRequest) => DeliveryOutcome) {
  const requests: PartnerRequest[] = [];
  return {
    requests,
    async deliver(batch: readonly PartnerRequest[]): Promise<DeliveryOutcome[]> {
      requests.push(...batch);
      return batch.map(answer);
    },
    roomFor: (): Room => 'ANY',
  };
}

/** The metastore, whose connection breaks the first time that `call` is made: before it is done, or after. */
export function failingAt(metastore: Metastore, call: keyof Metastore, isDone: boolean): Metastore {
  const original = metastore[call] as (...args: unknown[]) => Promise<unknown>;
  let hasFailed = false;
  return {
    ...metastore,
    async [call](...args: unknown[]) {
      if (hasFailed) return original(...args);
      hasFailed = true;
      if (isDone) await original(...args);
      throw Object.assign(new Error('connection lost'), { code: 'ECONNRESET' });
    },
  };
}
