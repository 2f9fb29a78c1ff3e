/** The external-processor: delivers each order of `external_order` to the partner, once. */
import type { DeliveryClaim, Metastore, NextTry, ParkedDelivery, RecordedLine } from '../metastore/metastore.js';
import { attemptOf, formatRelease, positionOf, releaseOf } from '../model/release.js';
import type { Opened, Vault } from '../personal-data/vault.js';
import { toMillis, type RoutedOrder } from '../proto/messages.js';
import { decodeRoutedOrder } from './decoding/decode.js';
import { STAGE, lineOfDelivery, lineOfErased, lineOfFailureBefore } from './delivery/outcome.js';
import type { DeliveryOutcome } from './delivery/partner-answer.js';
import type { PartnerClient } from './delivery/partner-client.js';
import { idempotencyKeyOf, toPartnerRequest } from './delivery/partner-request.js';
import { nextTry, type RetryPolicy } from './delivery/retry-policy.js';
import { createBatchStep, type Decision, type Item, type Outcome } from './step/batch-step.js';
import { paired } from './step/paired.js';
import { openAll, unreadableLine } from './step/personal-data.js';
import type { Step, StepOutput } from './step/step.js';
import { ask } from './step/transient-error.js';

export interface ExternalProcessorDependencies {
  readonly metastore: Pick<Metastore, 'claimDeliveries' | 'parkDeliveries' | 'recordStatuses'>;
  readonly partner: Pick<PartnerClient, 'deliver'>;
  readonly retry: RetryPolicy;
  readonly vault: Pick<Vault, 'open'>;
}

type Fact =
  DeliveryOutcome | { readonly kind: Exclude<DeliveryClaim, 'OPEN'> } | Exclude<Opened, { readonly kind: 'OPEN' }>;

function toParked(item: Item<RoutedOrder>, next: NextTry): ParkedDelivery & NextTry {
  const { record, order, message } = item;
  const { topic, partition, offset, timestamp } = record;
  const release = releaseOf(record);
  return {
    orderId: order.orderId,
    attempt: attemptOf(record),
    messageId: order.messageId,
    partnerId: message.partnerId,
    createdAt: toMillis(order.createdAt),
    idempotencyKey: idempotencyKeyOf(order, attemptOf(record)),
    record: {
      topic,
      partition,
      offset,
      timestamp,
      key: record.key ?? new Uint8Array(0),
      value: record.value as Uint8Array,
      release: release ? formatRelease(release) : '',
    },
    ...next,
  };
}

function decide(_item: Item<RoutedOrder>, fact: Fact): Decision<StepOutput> {
  switch (fact.kind) {
    case 'DELIVERED':
    case 'REFUSED':
    case 'UNAVAILABLE':
      return lineOfDelivery(fact);
    case 'ERASED':
      return lineOfErased;
    case 'UNREADABLE':
      return unreadableLine(fact);
    case 'FAILED':
      // The status is written before the dead letter is, so a failure in between shows up here, and only here. What it says is asked for.
      return lineOfFailureBefore;
    case 'DONE':
      return { counters: ['done'] };
    case 'REPEAT':
      return { counters: ['repeated'] };
  }
}

function outcomeOf(_item: Item<RoutedOrder>, { status }: RecordedLine): Outcome<StepOutput> {
  return { counters: [status === 'DELIVERED' ? 'out' : 'pending'] };
}

/**
 * `external_order` to the partner; to `dead_letter` what it refuses for good. Records DELIVERED, DELIVERY_FAILED, or
 * DELIVERY_PENDING for what is parked.
 *
 * Safe to be cut off at any line and called again: before the status is written the claim is still open, and the partner
 * knows the idempotency key; an order is parked before it is called pending; a lost dead letter is made again. A release of a
 * dead letter is another attempt: it has a claim, statuses and an idempotency key of its own.
 */
export function createExternalProcessor({ metastore, partner, retry, vault }: ExternalProcessorDependencies): Step {
  /** The outcome of each; what cannot be opened is not tried. */
  async function tryAll(items: readonly Item<RoutedOrder>[]): Promise<Fact[]> {
    const opened = await openAll(vault, items, ['paymentMethod']);
    // A release is tried under a key of its own: the partner has answered the one before for good.
    const requests = items.flatMap(({ record, message, order }, at) => {
      const own = opened[at]!;
      return own.kind === 'OPEN' ? toPartnerRequest(message, order, own.fields.paymentMethod, attemptOf(record)) : [];
    });
    const outcomes = (await partner.deliver(requests)).values();
    return opened.map((own) => (own.kind === 'OPEN' ? outcomes.next().value! : own));
  }
  async function deliver(items: readonly Item<RoutedOrder>[]): Promise<Fact[]> {
    const claims = await ask(
      metastore.claimDeliveries(
        items.map(({ record, order: { orderId } }) => {
          const { topic, partition, offset, released } = positionOf(record);
          return { topic, partition, offset, released, orderId };
        }),
      ),
    );
    const open = items.filter((_, index) => claims[index] === 'OPEN');
    const outcomes = await tryAll(open);
    const unavailable = paired(open, outcomes).flatMap(([item, outcome]) =>
      outcome.kind === 'UNAVAILABLE' ? toParked(item, nextTry(retry, 0, outcome)) : [],
    );
    if (unavailable.length > 0) await ask(metastore.parkDeliveries(unavailable));
    const ofOpen = outcomes.values();
    return claims.map((claim) => (claim === 'OPEN' ? ofOpen.next().value! : { kind: claim }));
  }
  return createBatchStep<RoutedOrder, Fact, StepOutput>({
    stage: STAGE,
    metastore,
    decode: decodeRoutedOrder,
    lookup: deliver,
    decide,
    outcomeOf,
  });
}
