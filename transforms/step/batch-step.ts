/** What all stages have in common: decode each record, ask once, decide each, record the statuses once, count. */
import { describeError } from '../../errors.js';
import type { Metastore, StatusChange } from '../../metastore/metastore.js';
import type { KafkaRecord, OutgoingRecord } from '../../model/record.js';
import { attemptOf, formatLetter, isFor, releaseOf } from '../../model/release.js';
import { stageByName, type StageName } from '../../model/stages.js';
import type { Status } from '../../model/statuses.js';
import { toMillis, type DeadLetterReason, type RejectReason } from '../../proto/messages.js';
import { failureOf, type Decode, type Failure } from '../decoding/decode.js';
import type { ValidOrder } from '../decoding/order-problems.js';
import { toDeadLetter } from './dead-letter.js';
import { paired } from './paired.js';
import type { StepContext } from './step.js';
import { ask } from './transient-error.js';

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
  | 'done' // read again after its outcome was recorded (external-processor)
  | 'pending' // parked until the partner can be reached (external-processor)
  | 'dead_letter' // set aside
  | `dead_letter.${DeadLetterReason}` // the reason of it
  | `redelivery.${'out' | 'pending' | 'dead_letter'}`; // outcomes of parked deliveries, which were `pending` before

/** What becomes of one record: a decision. See docs/glossary.md. */
export interface Outcome<Output> {
  readonly output?: Output;
  readonly change?: StatusChange;
  readonly counters: readonly Counter[];
}

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
  /** One fact per item, in the same order. Called once per batch. */
  readonly lookup: (items: readonly Item<Message>[]) => Promise<readonly Fact[]>;
  /** What it throws is a bug that one record brings out: that record is set aside, and costs the others nothing. */
  readonly decide: (item: Item<Message>, fact: Fact) => Outcome<Output>;
}

/** One line of the order's history. */
export function statusOf(order: ValidOrder, status: Status, recordedBy: StageName, detail = ''): StatusChange {
  const { orderId, messageId, createdAt } = order;
  return { orderId, messageId, createdAt: toMillis(createdAt), status, recordedBy, detail };
}

/** The DEAD_LETTERED line of a failure, where the stage records statuses and the ids could be read. */
export function statusOfFailure(stage: StageName, failure: Failure): StatusChange | undefined {
  const { orderId, messageId, createdAt, reason, error } = failure;
  if (!orderId || !messageId || !stageByName(stage).statuses.includes('DEAD_LETTERED')) return undefined;
  return { orderId, messageId, createdAt, status: 'DEAD_LETTERED', recordedBy: stage, detail: `${reason}: ${error}` };
}

/** The lines of a record's outcome: of a released one they are those of its attempt, and the first one says so. */
export function linesOf(record: KafkaRecord, change: StatusChange): StatusChange[] {
  const release = releaseOf(record);
  if (!release) return [change];
  const attempt = attemptOf(record);
  const detail = `release ${release.number} of ${formatLetter(release.letter)}`;
  return [
    { ...change, status: 'RELEASED', attempt, detail },
    { ...change, attempt },
  ];
}

/** Sets a record aside: its dead letter, its status, its counters. */
export function setAside(
  stage: StageName,
  record: KafkaRecord,
  failure: Failure,
): Outcome<{ readonly dead_letter: OutgoingRecord }> {
  return {
    output: { dead_letter: toDeadLetter(record, stage, failure) },
    change: statusOfFailure(stage, failure),
    counters: ['dead_letter', `dead_letter.${failure.reason}`],
  };
}

/**
 * A step from its parts. Two round trips to the metastore at most: the lookup, and the statuses. Counts only when all is
 * done, so that a batch that fails and is tried again counts once. Rejects as `lookup` and the metastore do.
 */
export function createBatchStep<Message, Fact, Output>(parts: BatchStep<Message, Fact, Output>) {
  const { stage, metastore, maxBytes, decode, lookup } = parts;
  function decide(item: Item<Message>, fact: Fact) {
    try {
      return parts.decide(item, fact);
    } catch (error) {
      const text = `${stage} failed on this record: ${describeError(error)}`;
      return setAside(stage, item.record, failureOf(item.order, 'PROCESSING_FAILED', text));
    }
  }
  return async (
    records: readonly KafkaRecord[],
    context: StepContext,
  ): Promise<(readonly (Output | { readonly dead_letter: OutgoingRecord })[])[]> => {
    const isOurs = records.map((record) => isFor(stage, record));
    const ours = records.filter((_, index) => isOurs[index]);
    const decoded = ours.map((record) => ({ record, ...decode(record, { maxBytes }) }));
    const items = decoded.filter((entry) => entry.failure === undefined);
    const facts = items.length > 0 ? (await lookup(items)).values() : [].values();
    const outcomes = decoded.map((entry) =>
      entry.failure === undefined
        ? decide(entry, facts.next().value as Fact)
        : setAside(stage, entry.record, entry.failure),
    );
    const changes = paired(ours, outcomes).flatMap(([record, { change }]) => (change ? linesOf(record, change) : []));
    if (changes.length > 0) await ask(metastore.recordStatuses(changes));
    context.count('in', records.length);
    if (ours.length < records.length) context.count('passed_over', records.length - ours.length);
    for (const { counters } of outcomes) for (const counter of counters) context.count(counter);
    const outputs = outcomes.map(({ output }) => (output === undefined ? [] : [output])).values();
    return isOurs.map((isOne) => (isOne ? outputs.next().value! : []));
  };
}
