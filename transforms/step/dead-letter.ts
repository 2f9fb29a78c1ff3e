/** Makes the record for `dead_letter`: the original, byte for byte, with where it came from and what is wrong with it. */
import { limits } from '../../model/limits.js';
import type { KafkaRecord, OutgoingRecord } from '../../model/record.js';
import { formatRelease, releaseOf } from '../../model/release.js';
import { deadLetterCodec, fromMillis, isTimestamp, v1 } from '../../proto/messages.js';
import type { Failure } from '../decoding/decode.js';

/**
 * What fits into a message of the topic, with room for the other fields. Records of our own topics fit; a topic that
 * was made by others may hold larger ones.
 */
const MAX_ORIGINAL_BYTES = limits.deadLetterBytes - 64 * 1024;

const cutMark = (kept: number, length: number) => ` (only ${kept} of the value's ${length} bytes are kept)`;

/** Whether a dead letter with this error holds less than its record did. */
export const isCut = (error: string) => / \(only \d+ of the value's \d+ bytes are kept\)$/.test(error);

const EMPTY = new Uint8Array(0);

/**
 * The dead letter of a record, keyed as the original was. `step` is the stage's name. A value that does not fit into the
 * topic is cut, and the error says so: the original then stands at its topic, partition and offset only. The dead letter of
 * a released record names the release. See docs/glossary.md.
 */
export function toDeadLetter(record: KafkaRecord, step: string, failure: Failure): OutgoingRecord {
  const key = record.key ?? EMPTY;
  const value = record.value ?? EMPTY;
  const room = Math.max(0, MAX_ORIGINAL_BYTES - key.length);
  const fits = value.length <= room;
  const release = releaseOf(record);
  return {
    key: key.subarray(0, limits.deadLetterKeyBytes),
    value: deadLetterCodec.encode(
      v1.DeadLetter.create({
        key,
        value: fits ? value : value.subarray(0, room),
        topic: record.topic,
        partition: record.partition,
        offset: record.offset,
        // Kafka takes any number from a producer as a record's time.
        recordTime: isTimestamp(fromMillis(record.timestamp)) ? fromMillis(record.timestamp) : null,
        step,
        reason: v1.DeadLetterReason[failure.reason],
        error: fits ? failure.error : failure.error + cutMark(room, value.length),
        orderId: failure.orderId,
        messageId: failure.messageId,
        ...(release && { release: formatRelease(release) }),
      }),
    ),
  };
}
