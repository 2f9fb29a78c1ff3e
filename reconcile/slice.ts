/** The orders of one bucket, put together from their facts. Pure. */
import { statuses, type Status } from '../model/statuses.js';
import { bitsOf } from '../model/transitions.js';
import { stageNames, type StageName } from '../model/stages.js';
import type { JournalOutcome } from '../partner/journal.js';
import { v1, type DeadLetterReason } from '../proto/messages.js';
import { kinds, historyWords, recordWords } from './fact-kinds.js';
import type { FactStore } from './facts.js';
import { createLineages } from './lineages.js';
import { newPublication, onceIn, seenIn, type OrderEntry, type Publication } from './publication.js';

/** A dead letter, its repeats left out. */
export interface Letter {
  readonly step: StageName | undefined;
  readonly reason: DeadLetterReason;
}

export interface Incomplete {
  readonly partition: number;
  readonly offset: number;
  readonly isAside: boolean;
}

export interface Slice {
  /** In the order in which raw_order, or another topic, showed them first. */
  readonly orders: readonly OrderEntry[];
  readonly letters: Iterable<Letter>;
  /** Records on raw_order that hold no complete order. */
  readonly incomplete: readonly Incomplete[];
}

interface Facts {
  readonly records: FactStore;
  readonly history: FactStore;
  readonly journal: FactStore;
}

const placeOf = (partition: number, offset: number) => offset * 65_536 + partition;
const keyOf = (high: number, low: number) => high * 2 ** 20 + (low >>> 12);

export function readSlice(facts: Facts, bucket: number): Slice {
  const orders: OrderEntry[] = [];
  const byHash = new Map<number, OrderEntry>();
  const publications = new Map<number, Publication>();
  const letters = new Map<string, Letter>();
  const lineages = createLineages();
  const incomplete: Incomplete[] = [];
  const aside = asideIn(facts.records, bucket);

  function findOrder(low: number, high: number): OrderEntry | undefined {
    let order = byHash.get(keyOf(high, low));
    while (order && (order.low !== low || order.high !== high)) order = order.beside;
    return order;
  }

  function orderOf(low: number, high: number): OrderEntry {
    const known = findOrder(low, high);
    if (known) return known;
    const key = keyOf(high, low);
    const none = { first: undefined, last: undefined, claim: undefined, parked: undefined, journal: undefined };
    const order: OrderEntry = { low, high, ...none, beside: byHash.get(key) };
    byHash.set(key, order);
    orders.push(order);
    return order;
  }

  function find(words: Uint32Array, at: number): Publication | undefined {
    const [low, high, messageLow, messageHigh] = [words[at + 1]!, words[at + 2]!, words[at + 3]!, words[at + 4]!];
    let publication = publications.get(keyOf((high ^ messageHigh) >>> 0, messageLow));
    for (; publication; publication = publication.beside) {
      const { order } = publication;
      if (publication.low !== messageLow || publication.high !== messageHigh) continue;
      if (order.low === low && order.high === high) return publication;
    }
    return undefined;
  }

  function publicationOf(words: Uint32Array, at: number): Publication {
    const known = find(words, at);
    if (known) return known;
    const [high, messageLow, messageHigh] = [words[at + 2]!, words[at + 3]!, words[at + 4]!];
    const order = orderOf(words[at + 1]!, high);
    const publication = newPublication(order, messageLow, messageHigh);
    const key = keyOf((high ^ messageHigh) >>> 0, messageLow);
    publication.beside = publications.get(key);
    publications.set(key, publication);
    if (order.last) order.last.next = publication;
    else order.first = publication;
    order.last = publication;
    return publication;
  }

  function addRaw(words: Uint32Array, doubles: Float64Array, at: number): void {
    const publication = publicationOf(words, at);
    const offset = doubles[at / 2 + 3]!;
    publication.records += 1;
    if (words[at + 12] === 1) publication.resent += 1;
    if (aside.has(placeOf(words[at + 5]!, offset))) publication.setAside += 1;
    if (publication.records > 1) return;
    publication.partition = words[at + 5]!;
    publication.offset = offset;
    publication.publishedAt = doubles[at / 2 + 4]!;
    publication.name = doubles[at / 2 + 5]!;
  }

  /** Times, and what is added up, are of the first record: later ones are repeats. */
  function addSeen(words: Uint32Array, doubles: Float64Array, at: number): void {
    const publication = publicationOf(words, at);
    const topic = words[at]! >>> 8;
    const { bit, time } = shown[topic]!;
    const digest = words[at + 5]!;
    const b = words[at + 12]!;
    if (bit === seenIn.external) publication.wantedAttempt = Math.max(publication.wantedAttempt, b);
    if (publication[time] === 0) publication[time] = doubles[at / 2 + 3]!;
    if ((publication.seen & bit) !== 0) {
      if (publication.digests[topic] !== digest) publication.differs |= 1 << topic;
      return;
    }
    publication.seen |= bit;
    publication.digests[topic] = digest;
    if (bit === seenIn.rejected) publication.reasons = b;
    if (bit !== seenIn.enriched) return;
    publication.window = b;
    publication.items = doubles[at / 2 + 4]!;
    publication.amount = doubles[at / 2 + 5]!;
    publication.currency = words[at + 13]!;
  }

  function addLetter(words: Uint32Array, doubles: Float64Array, at: number): void {
    const number = words[at + 5]!;
    const name = `${words[at + 12]} ${words[at + 13]}`;
    const step = stageNames[doubles[at / 2 + 3]!];
    const reason = v1.DeadLetterReason[doubles[at / 2 + 4]!] as DeadLetterReason;
    letters.set(`${name}/${number}`, { step, reason });
    if (doubles[at / 2 + 5] === 1) return;
    const hasIds = words[at + 3] !== 0 || words[at + 4] !== 0;
    const publication = hasIds ? publicationOf(words, at) : undefined;
    if (publication && step === 'external-processor')
      publication.deadAttempt = Math.max(publication.deadAttempt, number + 1);
    lineages.addLetter(name, number, publication, bitOfLetter(step, reason));
  }

  facts.records.read(bucket, ({ words, doubles, at: end }) => {
    for (let at = 0; at < end; at += recordWords) {
      const kind = words[at]! & 255;
      if (kind === kinds.seen) addSeen(words, doubles, at);
      else if (kind === kinds.raw) addRaw(words, doubles, at);
      else if (kind === kinds.letter) addLetter(words, doubles, at);
      else if (kind === kinds.release) lineages.addRelease(`${words[at + 12]} ${words[at + 13]}`, words[at + 5]!);
      else if (kind === kinds.incomplete) {
        const place = { partition: words[at + 5]!, offset: doubles[at / 2 + 3]! };
        incomplete.push({ ...place, isAside: aside.has(placeOf(place.partition, place.offset)) });
      }
    }
  });

  function addStatus(publication: Publication, status: Status, line: number, time: number): void {
    const attempt = line >>> 1;
    if ((line & 1) === 0) publication.held |= bitOf[status];
    else if (attempt >= publication.attempt) {
      if (attempt > publication.attempt) publication.heldOfDelivery = publication.endedAt = 0;
      publication.attempt = attempt;
      publication.heldOfDelivery |= bitOf[status];
    } else return;
    if (status === 'ROUTED') publication.routedStatusAt = time;
    else if (ending.has(status)) publication.endedAt = time;
  }

  facts.history.read(bucket, ({ words, doubles, at: end }) => {
    for (let at = 0; at < end; at += historyWords) {
      const kind = words[at]! & 255;
      if (kind === kinds.status) {
        const publication = find(words, at);
        if (publication) addStatus(publication, statuses[words[at]! >>> 8]!, words[at + 5]!, doubles[at / 2 + 3]!);
        continue;
      }
      const order = findOrder(words[at + 1]!, words[at + 2]!);
      if (!order) continue;
      if (kind === kinds.claim) order.claim = { low: words[at + 3]!, high: words[at + 4]! };
      else (order.parked ??= new Map()).set(words[at + 5]! >>> 1, (words[at + 5]! & 1) === 0);
    }
  });

  for (const order of orders)
    for (let publication = order.first; publication; publication = publication.next) {
      publication.held |= publication.heldOfDelivery;
      publication.endedAt ||= publication.routedStatusAt;
    }

  facts.journal.read(bucket, ({ words, at: end }) => {
    for (let at = 0; at < end; at += historyWords) {
      const order = findOrder(words[at + 1]!, words[at + 2]!);
      if (!order) continue;
      order.journal ??= { effects: 0, repeats: 0, conflicts: 0, refusals: 0 };
      order.journal[journalCounts[words[at]! >>> 8]!] += 1;
    }
  });

  return { orders, letters: letters.values(), incomplete };
}

/** Where the records stand that the validator set aside: known before the records are, as the topics are not read in order. */
function asideIn(records: FactStore, bucket: number): ReadonlySet<number> {
  const places = new Set<number>();
  records.read(bucket, ({ words, doubles, at: end }) => {
    for (let at = 0; at < end; at += recordWords)
      if (words[at] === kinds.aside) places.add(placeOf(words[at + 5]!, doubles[at / 2 + 3]!));
  });
  return places;
}

/** Outcomes of requests that are counted, and as what. */
export const journalOutcomes: readonly JournalOutcome[] = ['effect', 'repeat', 'conflict', 'refused'];
const journalCounts = ['effects', 'repeats', 'conflicts', 'refusals'] as const;

/** In the order of `onceIn`. */
const shown: readonly { readonly bit: number; readonly time: 'validatedAt' | 'enrichedAt' | 'routedAt' }[] = onceIn.map(
  (topic) =>
    ({
      valid_order: { bit: seenIn.valid, time: 'validatedAt' },
      rejected_order: { bit: seenIn.rejected, time: 'validatedAt' },
      enriched_order: { bit: seenIn.enriched, time: 'enrichedAt' },
      internal_order: { bit: seenIn.internal, time: 'routedAt' },
      external_order: { bit: seenIn.external, time: 'routedAt' },
    })[topic] as { bit: number; time: 'validatedAt' },
);

const bitOf = Object.fromEntries(statuses.map((status) => [status, bitsOf([status])])) as Record<Status, number>;
const ending: ReadonlySet<Status> = new Set(['DELIVERED', 'DELIVERY_FAILED', 'REJECTED']);

function bitOfLetter(step: StageName | undefined, reason: DeadLetterReason): number {
  if (reason === 'DELIVERY_REFUSED') return seenIn.refused;
  return (step && bitOfStep[step]) ?? 0;
}

const bitOfStep: Partial<Readonly<Record<StageName, number>>> = {
  enricher: seenIn.deadAtEnricher,
  router: seenIn.deadAtRouter,
  'external-processor': seenIn.deadAtDelivery,
  aggregator: seenIn.deadAtAggregator,
};
