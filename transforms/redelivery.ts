/** Tries parked deliveries again, the oldest first. */
import type { Metastore, ParkedDelivery } from '../metastore/metastore.js';
import type { RoutedOrder } from '../proto/messages.js';
import { setAside, statusOfFailure } from './batch-step.js';
import { decodeRoutedOrder, type Decoded, type Failure } from './decode.js';
import type { PartnerClient } from './delivery.js';
import { STAGE, failureOfRefusal, statusOfDelivery } from './external-processor.js';
import type { DeliveryOutcome } from './partner-answer.js';
import { toPartnerRequest } from './partner-request.js';
import type { Clock, StepContext, StepOutput } from './step.js';
import { ask } from './transient-error.js';

export interface RedelivererDependencies {
  readonly metastore: Pick<Metastore, 'leaseParkedDeliveries' | 'removeParkedDeliveries' | 'recordStatuses'>;
  /** The one that the external-processor uses, so that they share its circuit. */
  readonly partner: Pick<PartnerClient, 'deliver' | 'isBroken'>;
  readonly clock: Clock;
  /** Most deliveries that one call takes up. */
  readonly limit?: number;
  /**
   * Milliseconds that a delivery is out of others' reach, and so the time between two tries. Not less than 5 s, which a
   * call takes at most, lest two workers try the same order at once.
   */
  readonly leaseMs: number;
  /** Milliseconds after which a dead letter that was handed over stands in its topic, if this process still lives. */
  readonly confirmMs?: number;
}

const MIN_LEASE_MS = 5_000;

interface Try {
  readonly parked: ParkedDelivery;
  readonly decoded: Decoded<RoutedOrder> & { failure?: undefined };
}

/**
 * Makes the function that a worker calls about once a second. It answers the dead letters of refused orders, and leaves
 * what the partner cannot take in the park; while the circuit is open it tries one delivery only.
 *
 * A dead letter is written after the function has answered, so a refused delivery stays parked until `confirmMs` later,
 * when a call of the same process takes it out: if the process dies before, another one is refused the order again, and
 * makes the dead letter again. Rejects with a TransientError when the metastore fails. Safe to call at any time.
 */
export function createRedeliverer(dependencies: RedelivererDependencies) {
  const { metastore, partner, clock, limit = 200, leaseMs, confirmMs = 10_000 } = dependencies;
  /** Set aside by this process, and when. */
  const setAsideAt = new Map<string, number>();

  const confirmed = (now: number) =>
    [...setAsideAt].filter(([, time]) => time + confirmMs <= now).map(([orderId]) => orderId);

  return async (context: StepContext): Promise<readonly StepOutput[]> => {
    const now = clock();
    const leased = await ask(
      metastore.leaseParkedDeliveries(partner.isBroken() ? 1 : limit, Math.max(leaseMs, MIN_LEASE_MS)),
    );
    const entries = leased
      .filter(({ orderId }) => !setAsideAt.has(orderId))
      .map((parked) => ({ parked, decoded: decodeRoutedOrder(parked.record) }));
    const tries = entries.filter((entry): entry is Try => entry.decoded.failure === undefined);
    const outcomes = await partner.deliver(
      tries.map(({ parked, decoded }) => ({
        ...toPartnerRequest(decoded.message, decoded.order),
        idempotencyKey: parked.idempotencyKey,
      })),
    );

    const failures = [
      // Parked by a version whose checks were laxer.
      ...entries.flatMap(({ parked, decoded }) => (decoded.failure ? { parked, failure: decoded.failure } : [])),
      ...tries.flatMap(({ parked, decoded }, index) => {
        const outcome = outcomes[index];
        return outcome.kind === 'REFUSED' ? { parked, failure: failureOfRefusal(decoded.order, outcome) } : [];
      }),
    ];
    const changes = [
      ...entries.flatMap(({ decoded }) => (decoded.failure && statusOfFailure(STAGE, decoded.failure)) ?? []),
      ...tries.map(({ decoded }, index) => statusOfDelivery(decoded.order, outcomes[index])),
    ];
    if (changes.length > 0) await ask(metastore.recordStatuses(changes));

    const delivered = tries
      .filter((_, index) => outcomes[index].kind === 'DELIVERED')
      .map(({ parked }) => parked.orderId);
    const done = [...delivered, ...confirmed(now)];
    if (done.length > 0) await ask(metastore.removeParkedDeliveries(done));
    for (const orderId of done) setAsideAt.delete(orderId);
    for (const { parked } of failures) setAsideAt.set(parked.orderId, now);
    countOutcomes(context, outcomes, failures);
    return failures.flatMap(({ parked, failure }) => setAside(STAGE, parked.record, failure).output ?? []);
  };
}

function countOutcomes(
  context: StepContext,
  outcomes: readonly DeliveryOutcome[],
  failures: readonly { readonly failure: Failure }[],
): void {
  for (const { kind } of outcomes) {
    if (kind === 'DELIVERED') context.count('redelivery.out');
    if (kind === 'UNAVAILABLE') context.count('redelivery.pending');
  }
  if (failures.length > 0) context.count('redelivery.dead_letter', failures.length);
  for (const { failure } of failures) context.count(`dead_letter.${failure.reason}`);
}
