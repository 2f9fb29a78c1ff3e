/** The aggregator over records that the stream had before: which of them count is decided as the stream decided it. */
import { PublicError } from '../errors.js';
import type { AggregationClaim, EarlierAnswer, Metastore } from '../metastore/metastore.js';
import { batchMillis, withinMillis } from '../model/deadline.js';
import type { KafkaRecord } from '../model/record.js';
import { isFor } from '../model/release.js';
import type { EnrichedOrder } from '../proto/messages.js';
import { add, claimOf, inputOf, type AggregationInput } from './aggregator.js';
import { decodeEnrichedOrder } from './decoding/decode.js';
import type { Item } from './step/batch-step.js';
import { trustKnownReleases } from './step/known-releases.js';
import type { StepContext } from './step/step.js';
import { ask } from './step/transient-error.js';

/** What may become of a record. */
export const backfillOutcomes = [
  'counted',
  // No record of its order has claimed it yet, or its claim is forgotten: the earliest of those that were read counts.
  'unclaimed',
  // Another record of the order counts.
  'repeated',
  // The order came too late to be in a sum.
  'too_late',
  // The aggregator has set it aside, or would.
  'set_aside',
  // A release for another stage that reads the same topic.
  'passed_over',
  // Of another time than that which is asked for.
  'out_of_span',
] as const;
export type BackfillOutcome = (typeof backfillOutcomes)[number];

/** How many records had which outcome. */
export type Tally = Readonly<Record<BackfillOutcome, number>>;

/** A record whose order nobody has claimed. Plain JSON, as it travels through Beam. */
export interface Unclaimed {
  /** What the aggregator would ask about the record. */
  readonly claim: AggregationClaim;
  /** Time, partition and offset of the record: the least of an order's is its earliest record. */
  readonly place: readonly [number, number, number];
  readonly input: AggregationInput;
}

export interface BackfillDependencies {
  readonly metastore: Pick<Metastore, 'answersForAggregation' | 'knowsReleases'>;
  readonly allowedLatenessMs: number;
  /** Whether an order of that time (created_at in ms) is asked for. */
  readonly isInSpan: (createdAt: number) => boolean;
  /** Records that the aggregator set aside though they are complete orders, as `partition@offset`. */
  readonly setAside: ReadonlySet<string>;
}

type Verdict = { readonly outcome: BackfillOutcome; readonly input?: AggregationInput; readonly unclaimed?: Unclaimed };

const outcomeOf: Readonly<Record<EarlierAnswer, BackfillOutcome>> = {
  COUNTS: 'counted',
  TOO_LATE: 'too_late',
  REPEAT: 'repeated',
  UNCLAIMED: 'unclaimed',
};

/**
 * What each record of a batch adds to the sums, and why it does not. Changes nothing: it may be called again, at any time. Has a batch's time
 * (model/deadline.ts); rejects with a TransientError when the metastore does not answer.
 */
export function createBackfillStep({ metastore, allowedLatenessMs, isInSpan, setAside }: BackfillDependencies) {
  function verdictOf(item: Item<EnrichedOrder>, answer: EarlierAnswer): Verdict {
    const { record, order } = item;
    const outcome = outcomeOf[answer];
    const input = inputOf(order);
    const isOpen = outcome === 'counted' || outcome === 'unclaimed';
    if (isOpen && setAside.has(`${record.partition}@${record.offset}`)) return { outcome: 'set_aside' };
    if (outcome === 'counted') return { outcome, input };
    if (outcome !== 'unclaimed') return { outcome };
    const { timestamp, partition, offset } = record;
    const claim = claimOf(item, allowedLatenessMs);
    return { outcome, unclaimed: { claim, place: [timestamp, partition, offset], input } };
  }

  /** What becomes of a record, or, where that has to be asked, what is asked about. */
  function known(record: KafkaRecord): BackfillOutcome | Item<EnrichedOrder> {
    if (!isFor('aggregator', record)) return 'passed_over';
    const decoded = decodeEnrichedOrder(record);
    if (decoded.failure) return 'set_aside';
    const { message, order } = decoded;
    return isInSpan(inputOf(order).createdAt) ? { record, message, order } : 'out_of_span';
  }

  async function decide(records: readonly KafkaRecord[]): Promise<Verdict[]> {
    const entries = records.map(known);
    const items = entries.filter((entry) => typeof entry !== 'string');
    const claims = items.map((item) => claimOf(item, allowedLatenessMs));
    const answers = (await ask(metastore.answersForAggregation(claims))).values();
    return entries.map((entry) =>
      typeof entry === 'string' ? { outcome: entry } : verdictOf(entry, answers.next().value!),
    );
  }

  const step = trustKnownReleases(decide, { metastore });
  return (records: readonly KafkaRecord[], context: StepContext) =>
    withinMillis(batchMillis, () => step(records, context));
}

/**
 * The earliest records of orders that nobody had claimed when they were read, with what the aggregator has decided of them meanwhile: to be called once all is read. Where
 * it has claimed another record of the order, that one may be counted already: rejects with a PublicError. Else as createBackfillStep's.
 */
export function createEarliestStep({ metastore }: Pick<BackfillDependencies, 'metastore'>) {
  function asDecided(record: Unclaimed, answer: EarlierAnswer): Unclaimed {
    const { claim } = record;
    if (answer === 'UNCLAIMED') return record;
    if (answer === 'REPEAT')
      throw new PublicError(`the aggregator claimed another record of order ${claim.orderId} meanwhile: run it again`);
    return { ...record, claim: { ...claim, isTooLate: answer === 'TOO_LATE' } };
  }

  return (records: readonly Unclaimed[]): Promise<Unclaimed[]> =>
    withinMillis(batchMillis, async () => {
      const answers = await ask(metastore.answersForAggregation(records.map(({ claim }) => claim)));
      return records.map((record, index) => asDecided(record, answers[index]!));
    });
}

/** What a range of records comes to, as it is read. */
export function createRangeSums(windowMs: number) {
  const sums = new Map<string, AggregationInput>();
  const unclaimed: Unclaimed[] = [];
  const tally = Object.fromEntries(backfillOutcomes.map((outcome) => [outcome, 0])) as Record<BackfillOutcome, number>;

  function addInput(input: AggregationInput): void {
    const createdAt = windowStart(input.createdAt, windowMs);
    const key = `${createdAt} ${input.toLocationId}`;
    const before = sums.get(key);
    sums.set(key, before ? { ...before, ...add(before, input) } : { ...input, createdAt });
  }

  return {
    add(verdicts: readonly Verdict[]): void {
      for (const verdict of verdicts) {
        tally[verdict.outcome] += 1;
        if (verdict.input) addInput(verdict.input);
        if (verdict.unclaimed) unclaimed.push(verdict.unclaimed);
      }
    },
    tally: (): Tally => ({ ...tally }),
    /** The sums by to-location and window, which begins at `createdAt`. */
    sums: (): readonly AggregationInput[] => [...sums.values()],
    unclaimed: (): readonly Unclaimed[] => unclaimed,
  };
}

/** When the window begins in which an order of that time counts; all in ms. */
export const windowStart = (createdAt: number, windowMs: number) => Math.floor(createdAt / windowMs) * windowMs;

/** Beam's CombineFn of an order's records that nobody has claimed: the earliest one. Its neutral element is null. */
export const earliest = {
  createAccumulator: (): Unclaimed | null => null,
  addInput: (first: Unclaimed | null, record: Unclaimed): Unclaimed | null => earlierOf(first, record),
  mergeAccumulators: (all: Iterable<Unclaimed | null>): Unclaimed | null => [...all].reduce(earlierOf, null),
  extractOutput: (first: Unclaimed | null): Unclaimed | null => first,
};

function earlierOf(left: Unclaimed | null, right: Unclaimed | null): Unclaimed | null {
  if (!left || !right) return left ?? right;
  const differs = left.place.findIndex((value, index) => value !== right.place[index]);
  return differs >= 0 && right.place[differs]! < left.place[differs]! ? right : left;
}
