/** What all stages have in common: decode each record, ask once, decide each, record the statuses once, count. */
import { describeError } from '../../errors.js';
import type { Metastore, RecordedLine } from '../../metastore/metastore.js';
import type { KafkaRecord, OutgoingRecord } from '../../model/record.js';
import { isFor } from '../../model/release.js';
import type { StageName } from '../../model/stages.js';
import type { DeadLetterReason, RejectReason } from '../../proto/messages.js';
import type { Decode, Decoded, Failure } from '../decoding/decode.js';
import type { ValidOrder } from '../decoding/order-problems.js';
import { toDeadLetter } from './dead-letter.js';
import { aboutOf, asideLine, failureIn, namesIn, recordLines, type Proposal } from './record-lines.js';
import type { StepContext } from './step.js';

/** The Beam counters of the stages. Each record that is `in` counts in exactly one other of those without a dot. */
export type Counter =
  | 'in' // every record that was read
  | 'out' // went on: to the next topic, to the partner or into the aggregates
  | `out.${'INTERNAL' | 'EXTERNAL'}` // which way it went on (router)
  | 'rejected' // broke at least one rule (validator)
  | `rejected.${RejectReason}` // each reason of it
  | 'redelivered' // the same message id at another position again; changes nothing (validator)
  | 'repeated' // another record of the same order counts; changes nothing (external-processor, aggregator)
  | 'passed_over' // a release for another stage that reads the same topic; changes nothing (router, aggregator)
  | 'pretended_release' // bears the header of a release that the metastore does not know; is taken as an ordinary record, and counted so, too
  | 'done' // read again after its outcome was recorded (external-processor)
  | 'pending' // parked until the partner can be reached (external-processor)
  | 'dead_letter' // set aside
  | `dead_letter.${DeadLetterReason}` // the reason of it
  | `redelivery.${'out' | 'pending' | 'dead_letter'}`; // outcomes of parked deliveries, which were `pending` before

/** What follows for one record: what is written, and what counts. */
export interface Outcome<Output> {
  readonly output?: Output;
  readonly counters: readonly Counter[];
}

/** What a stage makes of a record: a line to be recorded, or what follows where there is nothing to record. */
export type Decision<Output> = Proposal | Outcome<Output>;

/** A message with the record it came in. */
export interface Item<Message> {
  readonly record: KafkaRecord;
  readonly message: Message;
  readonly order: ValidOrder;
}

export interface BatchStep<Message, Fact, Output> {
  readonly stage: StageName;
  readonly metastore: Pick<Metastore, 'recordStatuses'>;
  /** Larger values are TOO_LARGE. */
  readonly maxBytes?: number;
  readonly decode: Decode<Message>;
  /**
   * Of batches that are under way at once, the one that began first records first, so that of two records it is the earlier one that counts.
   * Their look-ups still go on side by side.
   */
  readonly recordsInTurn?: true;
  /** One fact per item, in the same order. Called once per batch. */
  readonly lookup: (items: readonly Item<Message>[]) => Promise<readonly Fact[]>;
  /** What it throws is a bug that one record brings out: that record is set aside, and costs the others nothing. */
  readonly decide: (item: Item<Message>, fact: Fact) => Decision<Output>;
  /**
   * What follows from the line that stands, whoever recorded it and when, unless it sets the record aside. Pure: the same record and line give the
   * same bytes, whatever has changed since.
   */
  readonly outcomeOf: (item: Item<Message>, line: RecordedLine) => Outcome<Output>;
}

/** Sets a record aside: its dead letter, its counters. */
export function setAside(
  stage: StageName,
  record: KafkaRecord,
  failure: Failure,
): Outcome<{ readonly dead_letter: OutgoingRecord }> {
  return {
    output: { dead_letter: toDeadLetter(record, stage, failure) },
    counters: ['dead_letter', `dead_letter.${failure.reason}`],
  };
}

/**
 * A step from its parts. Two round trips to the metastore at most: the lookup, and the statuses. What is written follows from the
 * statuses that stand then, so that a record that is read again has the outcome that it had. Counts only when all is
 * done, so that a batch that fails and is tried again counts once. Rejects as `lookup` and the metastore do.
 */
export function createBatchStep<Message, Fact, Output>(parts: BatchStep<Message, Fact, Output>) {
  type Outputs = Output | { readonly dead_letter: OutgoingRecord };
  type Entry = { readonly record: KafkaRecord } & Decoded<Message>;
  const { stage, metastore, maxBytes, decode, lookup } = parts;

  function entryOf(record: KafkaRecord): Entry {
    const decoded = decode(record, { maxBytes });
    if (decoded.failure) return { record, failure: decoded.failure };
    const { message, order } = decoded;
    return { record, message, order };
  }

  function decide(item: Item<Message>, fact: Fact): Decision<Output> {
    try {
      return parts.decide(item, fact);
    } catch (error) {
      return asideLine({
        reason: 'PROCESSING_FAILED',
        error: `${stage} failed on this record: ${describeError(error)}`,
      });
    }
  }

  function outcomeBy(entry: Entry, line: RecordedLine): Outcome<Outputs> {
    // What passed before, and is no order to later checks, is set aside: its bytes are all that is left to go by.
    const failure = failureIn(line, namesIn(entry)) ?? entry.failure;
    if (failure) return setAside(stage, entry.record, failure);
    return parts.outcomeOf(entry as Item<Message>, line);
  }

  /** What follows from the decisions, once they are recorded. */
  async function settle(decided: readonly (readonly [Entry, Decision<Output>])[]): Promise<Outcome<Outputs>[]> {
    const proposed = decided.flatMap(([entry, decision]) => {
      if (!('status' in decision)) return [];
      const about = entry.failure && aboutOf(stage, entry.record);
      return { record: entry.record, names: namesIn(entry), line: about ? { about, ...decision } : decision };
    });
    const standing = (await recordLines(metastore, stage, proposed)).values();
    return decided.map(([entry, decision]) =>
      'status' in decision ? outcomeBy(entry, standing.next().value!) : decision,
    );
  }

  let before: Promise<void> = Promise.resolve();
  /** Takes a place behind the batches that began before: `isOurTurn` when they have recorded, and `isDone` is to be called in any case. */
  function takeTurn() {
    const isOurTurn = before;
    let isDone = () => {};
    if (parts.recordsInTurn) before = new Promise((resolve) => (isDone = resolve));
    return { isOurTurn, isDone };
  }

  async function decideAll(decoded: readonly Entry[]): Promise<Outcome<Outputs>[]> {
    const { isOurTurn, isDone } = takeTurn();
    try {
      const items = decoded.filter((entry) => entry.failure === undefined);
      const facts = items.length > 0 ? (await lookup(items)).values() : [].values();
      const decided = decoded.map((entry): [Entry, Decision<Output>] => [
        entry,
        entry.failure === undefined ? decide(entry, facts.next().value as Fact) : asideLine(entry.failure),
      ]);
      await isOurTurn;
      return await settle(decided);
    } finally {
      isDone();
    }
  }

  return async (records: readonly KafkaRecord[], context: StepContext): Promise<(readonly Outputs[])[]> => {
    const isOurs = records.map((record) => isFor(stage, record));
    const ours = records.filter((_, index) => isOurs[index]);
    const decoded = ours.map(entryOf);
    const outcomes = await decideAll(decoded);
    context.count('in', records.length);
    if (ours.length < records.length) context.count('passed_over', records.length - ours.length);
    for (const { counters } of outcomes) for (const counter of counters) context.count(counter);
    const outputs = outcomes.map(({ output }) => (output === undefined ? [] : [output])).values();
    return isOurs.map((isOne) => (isOne ? outputs.next().value! : []));
  };
}
