/** Tries parked deliveries again, each partner's for themselves, those that are due longest first. */
import type { DeliveryName, LeasedDelivery, Metastore, NextTry, RecordedLine } from '../../metastore/metastore.js';
import { millisLeft } from '../../model/deadline.js';
import type { KafkaRecord } from '../../model/record.js';
import { headersOf } from '../../model/release.js';
import type { Opened, Vault } from '../../personal-data/vault.js';
import type { RoutedOrder } from '../../proto/messages.js';
import { decodeRoutedOrder, type Decoded, type Failure } from '../decoding/decode.js';
import { setAside } from '../step/batch-step.js';
import { asideLine, failureIn, namesIn, recordLines } from '../step/record-lines.js';
import { openAll, unreadableLine } from '../step/personal-data.js';
import type { Clock, StepContext, StepOutput } from '../step/step.js';
import { ask } from '../step/transient-error.js';
import { STAGE, lineOfDelivery, lineOfErased, lineOfFailureBefore, lineOfGivenUp } from './outcome.js';
import type { DeliveryOutcome } from './partner-answer.js';
import type { PartnerClient } from './partner-client.js';
import { toPartnerRequest } from './partner-request.js';
import { nextTry, whyGivenUp, type RetryPolicy } from './retry-policy.js';

export interface RedelivererDependencies {
  readonly metastore: Pick<
    Metastore,
    | 'parkedPartners'
    | 'leaseParkedDeliveries'
    | 'leaseGivenUpDeliveries'
    | 'postponeDeliveries'
    | 'removeParkedDeliveries'
    | 'recordStatuses'
  >;
  /** The one that the external-processor uses, so that they share its circuits. */
  readonly partner: Pick<PartnerClient, 'deliver' | 'roomFor'>;
  readonly clock: Clock;
  readonly retry: RetryPolicy;
  readonly vault: Pick<Vault, 'open'>;
  /** Most deliveries that are in hand at once, over all partners. */
  readonly limit?: number;
  /**
   * Milliseconds that a delivery is out of others' reach, if this process dies. More than a batch's time, which a call takes at
   * most, lest two workers try the same order at once.
   */
  readonly leaseMs?: number;
  /** Milliseconds after which a dead letter that was handed over stands in its topic, if this process still lives. */
  readonly confirmMs?: number;
}

/** With less left of the call's time, no more deliveries are taken up. */
const MIN_ROUND_MS = 2_000;

/** A leased delivery, and the line that ends it without a try: it has ended before, was given up, or later checks are stricter. */
interface Entry {
  readonly parked: LeasedDelivery;
  readonly record: KafkaRecord;
  readonly decoded: Decoded<RoutedOrder>;
  readonly line?: RecordedLine | undefined;
  /** Of one that is to be tried. */
  readonly paymentMethod?: number;
}

/** What a try led to: a line to be recorded, none where it was not tried; and when it is tried again, if it is. */
interface Tried extends Entry {
  readonly next?: NextTry;
}

/** A delivery that ends with a dead letter. */
interface Ended {
  readonly parked: LeasedDelivery;
  readonly record: KafkaRecord;
  readonly failure: Failure;
}

function toEntry(parked: LeasedDelivery): Entry {
  const { release, ...position } = parked.record;
  const record: KafkaRecord = { ...position, headers: headersOf(release) };
  const decoded = decodeRoutedOrder(record);
  if (decoded.failure) return { parked, record, decoded, line: asideLine(decoded.failure) };
  if (parked.givenUp) return { parked, record, decoded, line: lineOfGivenUp(parked.givenUp) };
  return { parked, record, decoded, line: parked.end && lineOfFailureBefore };
}

type ToBeTried = Entry & { readonly decoded: Exclude<Decoded<RoutedOrder>, { readonly failure: Failure }> };

const isToBeTried = (entry: Entry): entry is ToBeTried =>
  entry.line === undefined && entry.decoded.failure === undefined;

/** With what its request needs, or with the line that ends it, where that cannot be opened any more. */
function withOpened(entry: Entry, opened: Opened): Entry {
  if (opened.kind === 'OPEN') return { ...entry, paymentMethod: opened.fields.paymentMethod };
  return { ...entry, line: opened.kind === 'ERASED' ? lineOfErased : unreadableLine(opened) };
}

function afterTry(entry: Entry, outcome: DeliveryOutcome, retry: RetryPolicy): Tried {
  if (outcome.kind !== 'UNAVAILABLE') return { ...entry, line: lineOfDelivery(outcome) };
  const next = nextTry(retry, entry.parked.tries, outcome);
  if (outcome.blame === 'NOBODY') return { ...entry, next };
  const bound = whyGivenUp(retry, { ...next, waitedMillis: entry.parked.waitedMillis });
  if (bound !== undefined) return { ...entry, line: lineOfGivenUp(`${bound}: ${outcome.why}`) };
  // It may have been parked by a process that died before it called it pending.
  return { ...entry, line: lineOfDelivery(outcome), next };
}

/**
 * Makes the function that a worker calls about once a second. It answers the dead letters of orders that are not tried again, and
 * leaves in the park what the partners cannot take now. It goes on while a partner takes orders and the batch has time, so that
 * after an outage the partner's own rate is what counts. Of a partner whose circuit is open it tries one delivery, another each time.
 *
 * A dead letter is written after the function has answered, so its delivery stays parked until `confirmMs` later,
 * when a call of the same process takes it out: if the process dies before, another one makes the dead letter again. It does
 * not ask the partner again: the dead letter may have been released meanwhile. Rejects with a TransientError when the
 * metastore fails. Safe to call at any time.
 */
export function createRedeliverer(dependencies: RedelivererDependencies) {
  const { metastore, partner, clock, retry, vault, limit = 200, leaseMs = 10_000, confirmMs = 10_000 } = dependencies;
  /** Set aside by this process, and when; by idempotency key, of which each attempt has its own. */
  const setAsideAt = new Map<string, { readonly name: DeliveryName; readonly time: number }>();

  async function takeOutConfirmed(now: number): Promise<void> {
    const safe = [...setAsideAt].filter(([, { time }]) => time + confirmMs <= now);
    if (safe.length > 0) await ask(metastore.removeParkedDeliveries(safe.map(([, { name }]) => name)));
    for (const [key] of safe) setAsideAt.delete(key);
  }

  async function openEntries(entries: readonly Entry[]): Promise<Entry[]> {
    const orders = entries.filter(isToBeTried).map(({ decoded }) => decoded);
    const opened = (await openAll(vault, orders, ['paymentMethod'])).values();
    return entries.map((entry) => (isToBeTried(entry) ? withOpened(entry, opened.next().value!) : entry));
  }

  async function handle(leased: readonly LeasedDelivery[], context: StepContext) {
    const open = leased.filter(({ idempotencyKey, end }) => !setAsideAt.has(idempotencyKey) && end !== 'DONE');
    const entries = await openEntries(open.map(toEntry));
    const requests = entries.filter(isToBeTried).map(({ parked, decoded, paymentMethod }) => {
      const { partnerId, idempotencyKey } = parked;
      return { ...toPartnerRequest(decoded.message, decoded.order, paymentMethod!), partnerId, idempotencyKey };
    });
    const outcomes = (await partner.deliver(requests)).values();
    const tried = entries.map((entry): Tried =>
      entry.line ? entry : afterTry(entry, outcomes.next().value as DeliveryOutcome, retry),
    );
    const lines = tried.flatMap(({ record, decoded, line }) => (line ? { record, names: namesIn(decoded), line } : []));
    const standing = (await recordLines(metastore, STAGE, lines)).values();
    const delivered: DeliveryName[] = [];
    const postponed: (DeliveryName & NextTry)[] = [];
    const ended: Ended[] = [];
    for (const { parked, record, decoded, line, next } of tried) {
      const stands = line && standing.next().value!;
      const failure = stands && failureIn(stands, namesIn(decoded));
      if (failure) ended.push({ parked, record, failure });
      else if (stands?.status === 'DELIVERED') delivered.push(parked);
      else if (next) postponed.push({ orderId: parked.orderId, attempt: parked.attempt, ...next });
    }
    const gone = [...delivered, ...leased.filter(({ end }) => end === 'DONE')];
    if (postponed.length > 0) await ask(metastore.postponeDeliveries(postponed));
    if (gone.length > 0) await ask(metastore.removeParkedDeliveries(gone));
    if (delivered.length > 0) context.count('redelivery.out', delivered.length);
    if (postponed.length > 0) context.count('redelivery.pending', postponed.length);
    return { ended, isTaking: delivered.length > 0 };
  }

  /** All that a partner takes in the time that there is. */
  async function drain(partnerId: string, share: number, context: StepContext): Promise<Ended[]> {
    const ended: Ended[] = [];
    for (;;) {
      const room = partner.roomFor(partnerId);
      if (room === 'NONE') return ended;
      const most = room === 'ONE' ? 1 : share;
      const leased = await ask(metastore.leaseParkedDeliveries(partnerId, most, leaseMs));
      const round = await handle(leased, context);
      ended.push(...round.ended);
      if (!round.isTaking || millisLeft() < MIN_ROUND_MS) return ended;
    }
  }

  async function setGivenUpAside(context: StepContext): Promise<Ended[]> {
    return (await handle(await ask(metastore.leaseGivenUpDeliveries(limit, leaseMs)), context)).ended;
  }

  return async (context: StepContext): Promise<readonly StepOutput[]> => {
    const now = clock();
    await takeOutConfirmed(now);
    const partners = await ask(metastore.parkedPartners());
    const share = Math.ceil(limit / Math.max(1, partners.length));
    const parts = await Promise.allSettled([
      setGivenUpAside(context),
      ...partners.map((partnerId) => drain(partnerId, share, context)),
    ]);
    const broken = parts.find((part) => part.status === 'rejected');
    // The dead letters of the others are made again: none of them was handed over.
    if (broken) throw broken.reason;
    const ended = parts.flatMap((part) => (part.status === 'fulfilled' ? part.value : []));
    for (const { parked } of ended) setAsideAt.set(parked.idempotencyKey, { name: parked, time: now });
    if (ended.length > 0) context.count('redelivery.dead_letter', ended.length);
    for (const { failure } of ended) context.count(`dead_letter.${failure.reason}`);
    return ended.flatMap(({ record, failure }) => setAside(STAGE, record, failure).output ?? []);
  };
}
