/** Adds up what a ledger holds, and names what is missing or doubled. Pure. */
import type { OrderInJournal } from '../partner/journal.js';
import type { DeadLetterReason, RejectReason } from '../proto/messages.js';
import { positionOf, type Ledger } from './ledger.js';
import { countOrders, createOrderIndex, partnerCounts, partnerProblems } from './orders.js';
import { endOf, outcomes, type Outcome } from './outcome.js';
import { reasonsOf, seenIn, type Publication } from './publication.js';
import type { Check, Problem, Report } from './report.js';
import { createStageTimings, stageRows } from './stage-rows.js';
import { createTiming, perSecond } from './timing.js';
import { compareWindows, expectInWindow, type PaneBaseline } from './windows.js';

export interface AccountOptions {
  /** By order id; null where the partner is not ours to look into. */
  readonly journal: ReadonlyMap<string, OrderInJournal> | null;
  /** What newest panes held before the run that is counted. */
  readonly baseline?: PaneBaseline;
  /** raw_order no longer has its first records: windows from before are left out, as their orders cannot be counted. */
  readonly isTruncated?: boolean;
}

/** The report on all records that the ledger has taken. */
export function account(ledger: Ledger, { journal, baseline, isTruncated }: AccountOptions): Report {
  const tally = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  const byReason: Partial<Record<RejectReason, number>> = {};
  const problems: Problem[] = [];
  const expected = new Map<string, number>();
  const index = createOrderIndex();
  const timings = createStageTimings();
  const endToEnd = createTiming();
  let raw = ledger.incomplete.size;
  let rejected = 0;
  let unaccounted = 0;
  let firstPublished = Infinity;
  let lastEnded = 0;

  const setAside = setAsideByPublication(ledger);
  tally.deadLettered = setAside.records;
  for (const position of ledger.incomplete.keys()) {
    if (ledger.setAside.has(position)) continue;
    unaccounted += 1;
    problems.push({ kind: 'lost', count: 1, position, what: 'holds no complete order, and is not in dead_letter' });
  }
  for (const publication of publicationsOf(ledger)) {
    raw += publication.records;
    const aside = setAside.of.get(publication) ?? 0;
    const { outcome, missing, twice, unrecorded } = endOf(publication);
    // Of a release that came back, a copy that was sent again changed nothing, as another record of its message.
    const resent = aside > 0 && !outcome ? Math.min(publication.resent, publication.records - aside) : 0;
    tally.redelivery += resent;
    const records = publication.records - aside - resent;
    if (records === 0) {
      index.add(publication);
      continue;
    }
    const { orderId, messageId } = publication;
    const name = { orderId, messageId, position: positionOf(publication) };
    if (!outcome && hasOtherWithOutcome(ledger, publication)) {
      tally.redelivery += records;
      continue;
    }
    if (outcome) {
      tally[outcome] += 1;
      tally.redelivery += records - 1;
    } else unaccounted += records;
    if (missing) problems.push({ kind: 'lost', count: 1, ...name, what: missing });
    if (twice) problems.push({ kind: 'doubled', count: 1, ...name, what: twice });
    for (const status of unrecorded)
      problems.push({ kind: 'unrecorded', count: 1, ...name, what: `lacks ${status} in its history` });
    const others = index.add(publication);
    if ((publication.seen & others & seenIn.valid) !== 0)
      problems.push({
        kind: 'doubled',
        count: 1,
        ...name,
        what: 'is a second publication of its order in valid_order',
      });
    if ((publication.seen & seenIn.rejected) !== 0) {
      rejected += 1;
      for (const reason of reasonsOf(publication)) byReason[reason] = (byReason[reason] ?? 0) + 1;
    }
    if ((others & seenIn.enriched) === 0) expectInWindow(expected, publication);
    timings.add(publication);
    if (outcome === 'internal' || outcome === 'delivered') {
      if (publication.endedAt > 0) endToEnd.add(publication.publishedAt, publication.endedAt);
    }
    firstPublished = Math.min(firstPublished, publication.publishedAt);
    lastEnded = Math.max(lastEnded, publication.endedAt);
  }

  const orders = countOrders(index.orders);
  const windows = compareWindows(ledger.panes, expected, { baseline, ...(isTruncated && { since: firstPublished }) });
  problems.push(...windows.problems, ...(journal ? partnerProblems(index.orders, journal) : []));
  const total = (kind: Problem['kind']) =>
    problems.reduce((sum, problem) => sum + (problem.kind === kind ? problem.count : 0), 0);
  const partner = journal && partnerCounts(index.orders, journal);
  const checks: Check[] = [
    {
      name: 'records on raw_order = by outcome',
      left: raw,
      right: outcomes.reduce((sum, outcome) => sum + tally[outcome], 0),
    },
    { name: 'valid = enriched + set aside', left: orders.valid, right: orders.enriched + orders.deadAtEnricher },
    {
      name: 'enriched = internal + external + set aside',
      left: orders.enriched,
      right: orders.internal + orders.external + orders.deadAtRouter,
    },
    {
      name: 'external = delivered + pending + failed + set aside',
      left: orders.external,
      right: orders.delivered + orders.deliveryPending + orders.deliveryFailed + orders.deadAtDelivery,
    },
    { name: 'enriched and not too late = in newest panes', left: windows.expected, right: windows.orders },
    ...(partner
      ? [{ name: "delivered = in the partner's journal", left: orders.delivered, right: partner.taken }]
      : []),
  ];
  const lost = total('lost');
  const duplicated = total('doubled');
  return {
    orders: index.orders.size,
    raw,
    valid: orders.valid,
    rejected: { total: rejected, byReason },
    enriched: orders.enriched,
    internal: orders.internal,
    external: orders.external,
    delivered: orders.delivered,
    deliveryPending: orders.deliveryPending,
    deliveryFailed: orders.deliveryFailed,
    cancelled: tally.cancelled,
    deadLettered: tally.deadLettered,
    redelivered: tally.redelivery,
    outcomes: tally,
    unaccounted,
    deadLetters: { total: ledger.letters.size, byReason: lettersByReason(ledger), released: ledger.releases.size },
    aggregated: { windows: windows.windows, orders: windows.orders },
    partner: partner && partner.counts,
    lost,
    duplicated,
    reconciled: problems.length === 0 && checks.every(({ left, right }) => left === right),
    firstDeliveredAt: timings.of['external-processor'].first(),
    ordersPerSecond: perSecond(index.orders.size, firstPublished, lastEnded),
    latencyMs: endToEnd.latency(),
    perStage: stageRows({ ledger, orders, raw, rejected, windows, timings }),
    checks,
    problems,
  };
}

/** Those that raw_order has shown: others are of another run, or their records are no longer there. */
export function* publicationsOf({ publications }: Ledger): Generator<Publication> {
  for (const first of publications.values())
    for (let publication: Publication | undefined = first; publication; publication = publication.next)
      if (publication.records > 0) yield publication;
}

/** Of a message id that two orders share, the validator lets the first record count: the others are its redeliveries. */
function hasOtherWithOutcome({ publications }: Ledger, { orderId, messageId }: Publication): boolean {
  for (let other = publications.get(messageId); other; other = other.next)
    if (other.orderId !== orderId && other.records > 0 && endOf(other).outcome) return true;
  return false;
}

/** The records that the validator set aside: complete orders by their publication, and all in all. */
function setAsideByPublication({ setAside, incomplete }: Ledger) {
  const of = new Map<Publication, number>();
  let records = 0;
  for (const [position, publication] of setAside) {
    if (incomplete.has(position)) records += 1;
    else if (publication && publication.records > (of.get(publication) ?? 0)) {
      records += 1;
      of.set(publication, (of.get(publication) ?? 0) + 1);
    }
  }
  return { of, records };
}

function lettersByReason({ letters }: Ledger) {
  const byReason: Partial<Record<DeadLetterReason, number>> = {};
  for (const { reason } of letters.values()) byReason[reason] = (byReason[reason] ?? 0) + 1;
  return byReason;
}
