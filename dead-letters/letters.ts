/** The dead letters of the topic: each once, however often it was written, and as it came back last. */
import { readTopic } from '../kafka/topic-reader.js';
import type { ReleaseLine } from '../metastore/releases.js';
import { topicNameOf } from '../model/incarnation.js';
import type { KafkaRecord } from '../model/record.js';
import { formatLetter, parseRelease } from '../model/release.js';
import { deadLetterCodec, messageIn, v1, type DeadLetterReason } from '../proto/messages.js';
import type { KafkaAccess } from '../kafka/security.js';

export interface Letter {
  /** topic/partition/offset/step of the record that was set aside first; the topic as incarnationOf has it. */
  readonly id: string;
  /** Where its record is sent back to. */
  readonly topic: string;
  readonly step: string;
  readonly reason: DeadLetterReason;
  readonly error: string;
  /** Empty where they could not be read. */
  readonly orderId: string;
  readonly messageId: string;
  /** The number of the release that it came back from last; 0 if it did not. */
  readonly returned: number;
  /** When it was set aside the last time, ms since the epoch. */
  readonly at: number;
  /** partition@offset of its newest record in dead_letter. */
  readonly position: string;
}

export const positionOf = ({ partition, offset }: Pick<KafkaRecord, 'partition' | 'offset'>) =>
  `${partition}@${offset}`;

/** The letter in a record of dead_letter; null for what no stage of ours has written there. */
export function letterOf(record: KafkaRecord): Letter | null {
  const decoded = messageIn(deadLetterCodec, record.value);
  if (!decoded) return null;
  const { topic, partition, offset, step, reason, error, orderId, messageId } = decoded;
  if (topic === '' || step === '') return null;
  const release = parseRelease(decoded.release);
  return {
    id: formatLetter(release?.letter ?? { topic, partition, offset, step }),
    topic: topicNameOf(topic),
    step,
    reason: v1.DeadLetterReason[reason] as DeadLetterReason,
    error,
    orderId,
    messageId,
    returned: release?.number ?? 0,
    at: record.timestamp,
    position: positionOf(record),
  };
}

export interface Letters {
  /** The longest set aside first. */
  readonly letters: readonly Letter[];
  /** How many records of the topic hold no dead letter of ours. */
  readonly unreadable: number;
}

/** Takes records of dead_letter, in the order of each partition. */
export function createLetterIndex() {
  const letters = new Map<string, Letter>();
  let unreadable = 0;
  return {
    add(record: KafkaRecord): void {
      const letter = letterOf(record);
      if (!letter) {
        unreadable += 1;
        return;
      }
      const known = letters.get(letter.id);
      // Copies of the same release stand in other partitions, perhaps: the first one is enough.
      if (!known || letter.returned > known.returned) letters.set(letter.id, letter);
    },
    result: (): Letters => ({
      letters: [...letters.values()].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)),
      unreadable,
    }),
  };
}

/** Reads the whole topic, as it is now. Fails as readTopic does. */
export async function readLetters(config: KafkaAccess): Promise<Letters> {
  const index = createLetterIndex();
  await readTopic(config, 'dead_letter', index.add);
  return index.result();
}

/** What a letter has to be like; what is not given, is not asked. */
export interface LetterFilter {
  readonly step?: string;
  readonly reason?: string;
  readonly order?: string;
  /** Set aside at this time or later, ms since the epoch. */
  readonly since?: number;
  /** At most so many: those that were set aside first. */
  readonly limit?: number;
}

/** Those of the letters that the filter lets pass, in their order. */
export function filterLetters(letters: readonly Letter[], filter: LetterFilter): Letter[] {
  const { step, reason, order, since = -Infinity, limit } = filter;
  return letters
    .filter(
      (letter) =>
        (step === undefined || letter.step === step) &&
        (reason === undefined || letter.reason === reason) &&
        (order === undefined || letter.orderId === order) &&
        letter.at >= since,
    )
    .slice(0, limit);
}

/**
 * waiting: it can be released · released: it was, and has not come back since · claimed: a command is sending it back, or
 * died when it did: a replay sends the same release again.
 */
export type LetterState = 'waiting' | 'released' | 'claimed';

/** What became of a letter, by its releases: those up to `returned` have come back. */
export function stateOf({ returned }: Letter, releases: readonly ReleaseLine[]): LetterState {
  const newest = releases.find(({ number }) => number === returned + 1);
  if (!newest) return 'waiting';
  return newest.sentAt === null ? 'claimed' : 'released';
}

/** The releases of each letter, by its id. */
export function byLetter(releases: readonly ReleaseLine[]): Map<string, ReleaseLine[]> {
  const lines = new Map<string, ReleaseLine[]>();
  for (const release of releases) {
    const known = lines.get(release.letter);
    if (known) known.push(release);
    else lines.set(release.letter, [release]);
  }
  return lines;
}
