/** The lines that a stage records of its records, and the ones that stand: what was recorded first is the decision. */
import type { Metastore, RecordedLine, StatusChange } from '../../metastore/metastore.js';
import type { KafkaRecord } from '../../model/record.js';
import { attemptOf, formatLetter, releaseOf } from '../../model/release.js';
import { stageByName, type StageName } from '../../model/stages.js';
import { toMillis, type DeadLetterReason } from '../../proto/messages.js';
import type { Decoded, Failure } from '../decoding/decode.js';
import { paired } from './paired.js';
import { ask } from './transient-error.js';

/** A line that a stage wants to record: it stands unless another one does. See docs/glossary.md. */
export type Proposal = RecordedLine & Pick<StatusChange, 'about' | 'otherwise'>;

/** The ids and the time under which a record has its lines; the ids are empty where they could not be read. */
export type Names = Omit<Failure, 'reason' | 'error'>;

export interface RecordLine {
  readonly record: KafkaRecord;
  readonly names: Names;
  readonly line: Proposal;
}

export function namesIn(decoded: Decoded<unknown>): Names {
  if (decoded.failure) return decoded.failure;
  const { orderId, messageId, createdAt } = decoded.order;
  return { orderId, messageId, createdAt: toMillis(createdAt) };
}

/** The line that sets a record aside. `failureIn` reads it. */
export const asideLine = ({ reason, error }: Pick<Failure, 'reason' | 'error'>): Proposal => ({
  status: 'DEAD_LETTERED',
  detail: `${reason}: ${error}`,
});

/** Why a record is set aside, by the line that stands for it; undefined where it is not. */
export function failureIn(
  { status, detail }: RecordedLine,
  { orderId, messageId, createdAt }: Names,
): Failure | undefined {
  const names = { orderId, messageId, createdAt };
  if (status === 'DELIVERY_FAILED')
    return { ...names, reason: 'DELIVERY_REFUSED', error: `the delivery failed: ${detail}` };
  if (status !== 'DEAD_LETTERED') return undefined;
  const end = detail.indexOf(': ');
  return { ...names, reason: detail.slice(0, end) as DeadLetterReason, error: detail.slice(end + 2) };
}

/**
 * What the line is about (see StatusChange) that sets a record aside whose ids prove nothing: on `raw_order`, where anybody writes, what
 * is no complete order may bear the ids of any publication, and is none of it.
 */
export function aboutOf(stage: StageName, { topic, partition, offset }: KafkaRecord): string {
  if (stage !== 'validator') return '';
  const { input } = stageByName(stage);
  // Of a topic made anew also which: the same place was another record's before.
  return `${partition}@${offset}${topic.slice(input.length)}`;
}

/**
 * Records a line of each record, where the stage records its status and the ids could be read, and answers with the line that stands for
 * it then: its own, unless the stage has decided before. Of a released record the lines are those of its attempt, and another one
 * before says so. May be called again. Rejects as `ask` does.
 */
export async function recordLines(
  metastore: Pick<Metastore, 'recordStatuses'>,
  stage: StageName,
  entries: readonly RecordLine[],
): Promise<RecordedLine[]> {
  const changes = entries.map((entry) => changesOf(stage, entry));
  const all = changes.flat();
  const answers = all.length > 0 ? await ask(metastore.recordStatuses(all)) : [];
  let end = 0;
  return paired(entries, changes).map(([{ line }, { length }]) => {
    end += length;
    const stands = length > 0 ? answers[end - 1] : null;
    return stands ? withFacts(stands, line) : line;
  });
}

function changesOf(recordedBy: StageName, { record, names, line }: RecordLine): StatusChange[] {
  const { orderId, messageId, createdAt } = names;
  if (!orderId || !messageId || !stageByName(recordedBy).statuses.includes(line.status)) return [];
  const { status, detail: text, facts, about, otherwise } = line;
  const change = { orderId, messageId, createdAt, recordedBy, status, detail: text, facts, about, otherwise };
  const release = releaseOf(record);
  if (!release) return [change];
  const attempt = attemptOf(record);
  const detail = `release ${release.number} of ${formatLetter(release.letter)}`;
  const released = { orderId, messageId, createdAt, recordedBy, status: 'RELEASED', ...(about && { about }) } as const;
  return [
    { ...released, attempt, detail },
    { ...change, attempt },
  ];
}

/** The line that stands. One from before facts were kept has those that are found now. */
const withFacts = (stands: RecordedLine, { status, facts }: Proposal): RecordedLine =>
  stands.facts === undefined && stands.status === status && facts !== undefined ? { ...stands, facts } : stands;
