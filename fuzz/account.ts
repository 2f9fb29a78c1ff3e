/** Says of each record what became of it at the validator, and what is wrong with that. Pure. */
import type { KafkaRecord } from '../model/record.js';
import { topics } from '../model/topics.js';
import { deadLetterCodec, orderCodec, rejectedOrderCodec, v1 } from '../proto/messages.js';
import type { StepOutput } from '../transforms/step/step.js';
import type { Outcome } from './kind.js';
import type { HostileRecord } from './values.js';

/** A record of which something is wrong. */
export interface Finding {
  readonly index: number;
  readonly kind: string;
  readonly problem: string;
}

export interface Accounted {
  /** Undefined where it ended as nothing, or as several things. */
  readonly outcome: Outcome | undefined;
  readonly problems: readonly string[];
}

/** Bytes of a record on a topic beside key and value: the batch's header, and its own with room for its fields. */
export const RECORD_OVERHEAD = 61 + 31;

const same = (left: Uint8Array | null, right: Uint8Array | null | undefined) =>
  Buffer.compare(left ?? Buffer.alloc(0), right ?? Buffer.alloc(0)) === 0;

/** What is wrong with a record for a topic, whatever it holds. */
export function problemsOfOutput(output: StepOutput): string[] {
  return Object.entries(output).flatMap(([topic, { key, value }]) => {
    const size = key.length + value.length + RECORD_OVERHEAD;
    return size > topics[topic as keyof typeof topics].maxMessageBytes
      ? [`${size} bytes do not fit into ${topic}`]
      : [];
  });
}

function problemsOfLetter(record: KafkaRecord, value: Uint8Array, personal: readonly string[]): string[] {
  const letter = deadLetterCodec.decode(value);
  const reason = v1.DeadLetterReason[letter.reason];
  return [
    ...(same(record.value, letter.value) && same(record.key, letter.key) ? [] : ['the original bytes are not kept']),
    ...(letter.topic === record.topic && letter.partition === record.partition && letter.offset === record.offset
      ? []
      : ['the dead letter names another record']),
    ...(letter.step === 'validator' ? [] : [`set aside by ${letter.step}`]),
    ...(reason === 'PROCESSING_FAILED' ? [`brought out a bug: ${letter.error}`] : []),
    ...(letter.error === '' ? ['no error is named'] : []),
    ...(personal.some((text) => letter.error.includes(text)) ? ['the error names personal data'] : []),
  ];
}

function outcomeOf(outputs: readonly StepOutput[]): Outcome | undefined {
  const written = outputs.flatMap((output) => Object.keys(output));
  if (written.length === 0) return 'redelivery';
  if (written.length > 1) return undefined;
  const letter = outputs[0]!.dead_letter;
  if (letter && deadLetterCodec.decode(letter.value).reason === v1.DeadLetterReason.MESSAGE_ID_REUSED) return 'reused';
  return ({ valid_order: 'valid', rejected_order: 'rejected', dead_letter: 'dead-lettered' } as const)[written[0]!];
}

/** The message id that a record claims when it is no dead letter. */
export const messageIdOf = ({ value }: KafkaRecord) => orderCodec.decode(value!).messageId;

/** What a record has to be whose message id came before: by the bytes it came with first. */
const outcomeAfter = (value: Uint8Array | null, first: Uint8Array): Outcome =>
  same(value, first) ? 'redelivery' : 'reused';

/**
 * The account of one record: `outputs` is what the validator answered for it, `claimed` holds the message ids of the records
 * before it that were accepted or rejected with their bytes, and gets those of this one.
 */
export function accountFor(
  { kind, record, order }: HostileRecord,
  outputs: readonly StepOutput[],
  claimed: Map<string, Uint8Array>,
): Accounted {
  const outcome = outcomeOf(outputs);
  const [output] = outputs;
  const problems = outputs.flatMap(problemsOfOutput);
  if (outcome === undefined) problems.push(`ends as ${outputs.length} records`);
  else if (!kind.may.includes(outcome)) problems.push(`is ${outcome}, which its kind cannot be`);
  if (output?.dead_letter)
    problems.push(...problemsOfLetter(record, output.dead_letter.value, [order.customerId, order.ipAddress]));
  if (output?.valid_order && !same(record.value, output.valid_order.value)) problems.push('passed with other bytes');
  if (output?.rejected_order && rejectedOrderCodec.decode(output.rejected_order.value).rejections.length === 0)
    problems.push('rejected without a reason');
  if (outcome !== undefined && outcome !== 'dead-lettered') {
    const messageId = messageIdOf(record);
    const first = claimed.get(messageId);
    const isLater = outcome === 'redelivery' || outcome === 'reused';
    if (first ? outcomeAfter(record.value, first) !== outcome : isLater)
      problems.push(`is ${outcome}, and its message id ${first ? 'was' : 'was not'} seen before`);
    if (!first) claimed.set(messageId, record.value!);
  }
  return { outcome, problems };
}
