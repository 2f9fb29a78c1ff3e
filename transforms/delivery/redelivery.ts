/** Tries parked deliveries again, the oldest first. */
import type {
  DeliveryName,
  LeasedDelivery,
  Metastore,
  ParkedDelivery,
  RecordedLine,
} from '../../metastore/metastore.js';
import type { KafkaRecord } from '../../model/record.js';
import { headersOf } from '../../model/release.js';
import type { RoutedOrder } from '../../proto/messages.js';
import { decodeRoutedOrder, type Decoded, type Failure } from '../decoding/decode.js';
import { setAside } from '../step/batch-step.js';
import { paired } from '../step/paired.js';
import { asideLine, failureIn, namesIn, recordLines } from '../step/record-lines.js';
import type { Clock, StepContext, StepOutput } from '../step/step.js';
import { ask } from '../step/transient-error.js';
import { STAGE, failureOfRefusal, lineOfDelivery, lineOfFailureBefore } from './outcome.js';
import type { DeliveryOutcome } from './partner-answer.js';
import type { PartnerClient } from './partner-client.js';
import { toPartnerRequest } from './partner-request.js';

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

/** A delivery to be tried, or the line that sets it aside: it failed before, or later checks are stricter. */
interface Entry {
  readonly parked: LeasedDelivery;
  readonly record: KafkaRecord;
  readonly decoded: Decoded<RoutedOrder>;
  readonly line?: RecordedLine;
}

/**
 * Makes the function that a worker calls about once a second. It answers the dead letters of refused orders, and leaves
 * what the partner cannot take in the park; while the circuit is open it tries one delivery only.
 *
 * A dead letter is written after the function has answered, so a refused delivery stays parked until `confirmMs` later,
 * when a call of the same process takes it out: if the process dies before, another one makes the dead letter again. It does
 * not ask the partner again: the dead letter may have been released meanwhile. Rejects with a TransientError when the metastore fails. Safe to call at any time.
 */
export function createRedeliverer(dependencies: RedelivererDependencies) {
  const { metastore, partner, clock, limit = 200, leaseMs, confirmMs = 10_000 } = dependencies;
  /** Set aside by this process, and when; by idempotency key, of which each attempt has its own. */
  const setAsideAt = new Map<string, { readonly name: DeliveryName; readonly time: number }>();

  const confirmed = (now: number) => [...setAsideAt].filter(([, { time }]) => time + confirmMs <= now);

  return async (context: StepContext): Promise<readonly StepOutput[]> => {
    const now = clock();
    const leased = await ask(
      metastore.leaseParkedDeliveries(partner.isBroken() ? 1 : limit, Math.max(leaseMs, MIN_LEASE_MS)),
    );
    const entries = leased
      .filter(({ idempotencyKey, end }) => !setAsideAt.has(idempotencyKey) && end !== 'DONE')
      .map((parked): Entry => {
        const record = recordOf(parked);
        const decoded = decodeRoutedOrder(record);
        if (decoded.failure) return { parked, record, decoded, line: asideLine(decoded.failure) };
        return { parked, record, decoded, ...(parked.end && { line: lineOfFailureBefore }) };
      });
    const requests = entries.flatMap(({ parked, decoded, line }) =>
      line === undefined && decoded.failure === undefined
        ? { ...toPartnerRequest(decoded.message, decoded.order), idempotencyKey: parked.idempotencyKey }
        : [],
    );
    const outcomes = await partner.deliver(requests);
    const ofRequests = outcomes.values();
    const standing = await recordLines(
      metastore,
      STAGE,
      entries.map(({ record, decoded, line = lineOfDelivery(ofRequests.next().value as DeliveryOutcome) }) => ({
        record,
        names: namesIn(decoded),
        line,
      })),
    );
    const failures = paired(entries, standing).flatMap(([{ parked, record, decoded }, line]) => {
      const failure = failureBy(decoded, line);
      return failure ? { parked, record, failure } : [];
    });
    const delivered = paired(entries, standing).filter(([, { status }]) => status === 'DELIVERED');

    const safe = confirmed(now);
    const done: DeliveryName[] = [
      ...delivered.map(([{ parked }]) => parked),
      ...leased.filter(({ end }) => end === 'DONE'),
      ...safe.map(([, { name }]) => name),
    ];
    if (done.length > 0) await ask(metastore.removeParkedDeliveries(done));
    for (const [key] of safe) setAsideAt.delete(key);
    for (const { parked } of failures) setAsideAt.set(parked.idempotencyKey, { name: parked, time: now });
    countOutcomes(context, outcomes, failures);
    return failures.flatMap(({ record, failure }) => setAside(STAGE, record, failure).output ?? []);
  };
}

function recordOf({ record: { release, ...record } }: ParkedDelivery): KafkaRecord {
  return { ...record, headers: headersOf(release) };
}

/** Why a parked delivery is set aside, by the line that stands; undefined where it is not. */
function failureBy(decoded: Decoded<RoutedOrder>, line: RecordedLine): Failure | undefined {
  if (line.status === 'DEAD_LETTERED') return failureIn(line, namesIn(decoded));
  if (line.status !== 'DELIVERY_FAILED') return undefined;
  return decoded.failure ?? failureOfRefusal(decoded.order, line);
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
