/** Adds up what a ledger holds, and names what is missing or doubled. Pure. */
import type { DeadLetterReason, RejectReason } from '../proto/messages.js';
import type { StageName } from '../model/stages.js';
import { besideOthers, findingsOf, lastSeen, partnerFindings } from './evidence.js';
import type { Gap } from './gaps.js';
import type { Ledger } from './ledger.js';
import type { Name } from './names.js';
import { createOrderCounts, createPartnerCounts, ended, isDelivered } from './orders.js';
import { outcomeOf, outcomes, type Outcome } from './outcome.js';
import { createProblems } from './problems.js';
import { reasonsOf, seenIn, type OrderEntry, type Publication } from './publication.js';
import type { Check, Report } from './report.js';
import type { Slice } from './slice.js';
import { createStageTimings, stageRows } from './stage-rows.js';
import { createTiming, perSecond } from './timing.js';
import { compareWindows, createExpected, type PaneBaseline } from './windows.js';

export interface AccountOptions {
  /** False where the partner is not ours to look into. */
  readonly hasJournal: boolean;
  /** What newest panes held before the run that is counted. */
  readonly baseline?: PaneBaseline;
  /** Windows that begin before that time (ms) are left out: of earlier orders, raw_order has not all records. */
  readonly windowsSince?: number;
  /** What Kafka has deleted before a stage has read it. */
  readonly gaps?: readonly Gap[];
  /** Messages that a record holds which does not count: their records that do are its redeliveries. */
  readonly heldBefore?: ReadonlySet<string>;
}

/** The report on all records that the ledger has taken. */
export function account(ledger: Ledger, options: AccountOptions): Report {
  const sums = createSums(ledger, options);
  for (const slice of ledger.slices()) sums.add(slice);
  return sums.report();
}

/** Those that raw_order has shown: others are of another run, or their records are no longer there. */
export function* publicationsOf(ledger: Ledger): Generator<Publication> {
  for (const { orders } of ledger.slices())
    for (const order of orders)
      for (let publication = order.first; publication; publication = publication.next)
        if (publication.records > 0) yield publication;
}

function createSums(ledger: Ledger, { hasJournal, baseline, windowsSince, gaps = [], heldBefore }: AccountOptions) {
  const tally = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  const byReason: Partial<Record<RejectReason, number>> = {};
  const lettersByReason: Partial<Record<DeadLetterReason, number>> = {};
  const lettersByStage = new Map<StageName, number>();
  const problems = createProblems();
  const expected = createExpected();
  const orders = createOrderCounts();
  const partner = createPartnerCounts();
  const timings = createStageTimings();
  const endToEnd = createTiming();
  let [raw, letters, rejected, unaccounted] = [0, 0, 0, 0];
  let firstPublished = Infinity;
  let lastEnded = 0;

  /** Where the publication was seen, with its end, beside the publications of its order before it. */
  function addPublication(publication: Publication, others: number): number {
    const { records, setAside, seen } = publication;
    raw += records;
    tally.deadLettered += setAside;
    const outcome = outcomeOf(publication);
    // Of a release that came back, a copy that was sent again changed nothing, as another record of its message.
    const resent = setAside > 0 && !outcome ? Math.min(publication.resent, records - setAside) : 0;
    tally.redelivery += resent;
    const rest = records - setAside - resent;
    const bits = seen | ((outcome && ended[outcome]) ?? 0);
    if (rest === 0) return bits;
    const name = nameOf(publication);
    if (!outcome && heldBefore?.has(name().messageId)) {
      tally.redelivery += rest;
      return bits;
    }
    if (outcome) {
      tally[outcome] += 1;
      tally.redelivery += rest - 1;
    } else {
      unaccounted += rest;
      problems.add({ kind: 'lost', count: 1, what: lastSeen(publication) }, name);
    }
    for (const finding of findingsOf(publication, outcome)) problems.add({ ...finding, count: 1 }, name);
    for (const finding of besideOthers(publication, others)) problems.add({ ...finding, count: 1 }, name);
    if ((seen & seenIn.rejected) !== 0) {
      rejected += 1;
      for (const reason of reasonsOf(publication)) byReason[reason] = (byReason[reason] ?? 0) + 1;
    }
    if ((others & seenIn.enriched) === 0) expected.add(publication);
    timings.add(publication, outcome);
    if (outcome === 'internal' || outcome === 'delivered') {
      if (publication.endedAt > 0) endToEnd.add(publication.publishedAt, publication.endedAt);
    }
    firstPublished = Math.min(firstPublished, publication.publishedAt);
    lastEnded = Math.max(lastEnded, publication.endedAt);
    return bits;
  }

  const nameOf = (publication: Publication) => (): Name & { position: string } => ({
    ...ledger.nameOf(publication),
    position: positionOf(publication),
  });

  function addOrder(order: OrderEntry): void {
    let bits = 0;
    let named: Publication | undefined;
    for (let publication = order.first; publication; publication = publication.next) {
      if (publication.records === 0) continue;
      named ??= publication;
      bits |= addPublication(publication, bits);
    }
    if (!named) return;
    orders.add(bits);
    if (!hasJournal) return;
    partner.add(order, bits);
    // Of a rejected order another publication may have been accepted that is not counted here.
    const isElsewhere = (bits & seenIn.internal) !== 0 && (bits & seenIn.external) === 0;
    const { name } = named;
    for (const finding of partnerFindings(order.journal?.effects ?? 0, { isDelivered: isDelivered(bits), isElsewhere }))
      problems.add({ ...finding, count: 1 }, () => ({ orderId: ledger.nameOf({ name }).orderId }));
  }

  return {
    add({ orders: some, letters: ofSlice, incomplete }: Slice): void {
      for (const { isAside, ...place } of incomplete) {
        raw += 1;
        if (isAside) tally.deadLettered += 1;
        else {
          unaccounted += 1;
          const position = positionOf(place);
          problems.add({
            kind: 'lost',
            count: 1,
            position,
            what: 'holds no complete order, and is not in dead_letter',
          });
        }
      }
      some.forEach(addOrder);
      for (const { step, reason } of ofSlice) {
        letters += 1;
        lettersByReason[reason] = (lettersByReason[reason] ?? 0) + 1;
        if (step) lettersByStage.set(step, (lettersByStage.get(step) ?? 0) + 1);
      }
    },
    report(): Report {
      const windows = compareWindows(ledger, expected.sums(), { baseline, since: windowsSince });
      windows.problems.forEach((problem) => problems.add(problem));
      for (const { stage, topic, partition, first, next, noticedAt } of gaps)
        problems.add({
          kind: 'lost',
          count: next - first,
          topic,
          position: positionOf({ partition, offset: first }),
          what: `to ${partition}@${next - 1} were deleted by Kafka before the ${stage} had read them${noticedText(noticedAt)}`,
        });
      const { counts } = orders;
      const checks: Check[] = [
        {
          name: 'records on raw_order = by outcome',
          left: raw,
          right: outcomes.reduce((sum, outcome) => sum + tally[outcome], 0),
        },
        { name: 'valid = enriched + set aside', left: counts.valid, right: counts.enriched + counts.deadAtEnricher },
        {
          name: 'enriched = internal + external + set aside',
          left: counts.enriched,
          right: counts.internal + counts.external + counts.deadAtRouter,
        },
        {
          name: 'external = delivered + pending + failed + set aside',
          left: counts.external,
          right: counts.delivered + counts.deliveryPending + counts.deliveryFailed + counts.deadAtDelivery,
        },
        { name: 'enriched and not too late = in newest panes', left: windows.expected, right: windows.orders },
        ...(hasJournal
          ? [{ name: "delivered = in the partner's journal", left: counts.delivered, right: partner.taken() }]
          : []),
      ];
      return {
        orders: orders.orders(),
        raw,
        valid: counts.valid,
        rejected: { total: rejected, byReason },
        enriched: counts.enriched,
        internal: counts.internal,
        external: counts.external,
        delivered: counts.delivered,
        deliveryPending: counts.deliveryPending,
        deliveryFailed: counts.deliveryFailed,
        cancelled: tally.cancelled,
        deadLettered: tally.deadLettered,
        redelivered: tally.redelivery,
        outcomes: tally,
        unaccounted,
        deadLetters: { total: letters, byReason: lettersByReason, released: ledger.released() },
        aggregated: { windows: windows.windows, orders: windows.orders },
        partner: hasJournal ? partner.counts : null,
        lost: problems.total('lost'),
        duplicated: problems.total('doubled'),
        reconciled: problems.count() === 0 && checks.every(({ left, right }) => left === right),
        firstDeliveredAt: timings.of['external-processor'].first(),
        ordersPerSecond: perSecond(orders.orders(), firstPublished, lastEnded),
        latencyMs: endToEnd.latency(),
        perStage: stageRows({ lettersByStage, orders: counts, raw, rejected, windows, timings }),
        checks,
        problems: problems.sorted(),
        problemsLeftOut: problems.leftOut(),
      };
    },
  };
}

const noticedText = (time: number | undefined) =>
  time === undefined ? '' : `, which it came to at ${new Date(time).toISOString()}`;

const positionOf = ({ partition, offset }: { partition: number; offset: number }) => `${partition}@${offset}`;
