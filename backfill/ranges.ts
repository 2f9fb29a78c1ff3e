/** Which records of a topic a backfill reads, cut into ranges that are read side by side. */
import { join } from 'node:path';
import { filesOf, listArchive } from '../archive/files.js';
import { archivedBefore } from '../archive/offsets.js';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { offsetsAt, requireTopic, topicOffsets, withKafkaAdmin } from '../kafka/client.js';
import { limits } from '../model/limits.js';
import type { OffsetRange } from '../model/offset-range.js';
import type { TopicName } from '../model/topics.js';

/** A span of time, in ms since the epoch; its end is exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A larger range would be too much to read again where a worker dies, and a smaller one not worth its connection. In records. */
const mostRecords = 50_000;
const leastRecords = 2_000;

/** So many ranges for each that is read at a time, so that none is waited for long in the end. */
const rangesPerReader = 4;

/** Records of a partition: of Kafka, or of a file. */
export type Part = Omit<OffsetRange, 'index'>;

/** Where the records of the span are of a partition. */
export interface PartitionRange {
  readonly partition: number;
  /** In the archive, where Kafka has deleted them. */
  readonly archived: readonly (Part & { readonly file: string })[];
  /** In Kafka. */
  readonly from: number;
  readonly to: number;
  /** Whether there may be some that neither has. */
  readonly isCutOff: boolean;
}

/**
 * When the topic took the orders that were created in a span: one is there before its created_at by no more than clocks differ, and later by
 * no more than it may be late, or it is in no sum.
 */
export const takenIn = ({ from, to }: Span, { allowedLatenessMs }: Pick<Config, 'allowedLatenessMs'>): Span => ({
  from: from - limits.ahead,
  to: to + allowedLatenessMs,
});

/** Where there is what the topic, which has that id, took in a span. Throws KAFKA_UNREACHABLE, NO_SUCH_TOPIC. */
export async function partitionRanges(
  config: Config,
  topic: TopicName,
  topicId: string,
  taken: Span,
): Promise<PartitionRange[]> {
  const { files } = await listArchive(config.archive);
  const inKafka = await withKafkaAdmin(config, async (admin) => {
    await requireTopic(admin, topic);
    const [first, last] = [await offsetsAt(admin, topic, taken.from), await offsetsAt(admin, topic, taken.to)];
    return (await topicOffsets(admin, topic)).map(({ partition, low, high }) => {
      const from = Math.max(low, first.get(partition) ?? low);
      const to = Math.max(from, Math.min(high, last.get(partition) ?? high));
      return { partition, low, from, to };
    });
  });
  return inKafka.map(({ low, ...range }) => {
    const { partition, from } = range;
    if (from > low) return { ...range, archived: [], isCutOff: false };
    const { ranges, isWhole } = archivedBefore(filesOf(files, { topic, topicId, partition }), low, taken);
    const archived = ranges.map(({ file, ...offsets }) => ({
      partition,
      ...offsets,
      file: join(config.archive, file.path),
    }));
    return { ...range, archived, isCutOff: !isWhole };
  });
}

/** Fails with HISTORY_DELETED where records of the span may be gone, so that no sum would be known to be whole. */
export function requireWhole(topic: TopicName, ranges: readonly PartitionRange[]): void {
  const cutOff = ranges.filter(({ isCutOff }) => isCutOff).map(({ partition }) => partition);
  if (cutOff.length === 0) return;
  throw new OperatorError(
    'HISTORY_DELETED',
    `Kafka may have deleted records of that time from ${topic} (partition ${cutOff.join(', ')}), and the archive ` +
      '(ORDERFLOW_ARCHIVE) does not have them: give a later --from, or --partial, which sums what is left',
  );
}

/**
 * Cuts what is to be read into ranges for so many readers. Each offset is in one of them. A file is a range of its own: it is read from its
 * beginning.
 */
export function cutRanges(partitions: readonly PartitionRange[], readers: number): OffsetRange[] {
  const records = partitions.reduce((sum, { from, to }) => sum + to - from, 0);
  const size = Math.min(mostRecords, Math.max(leastRecords, Math.ceil(records / (readers * rangesPerReader))));
  const parts = partitions.flatMap(({ partition, from, to, archived }): Part[] => [
    ...archived,
    ...Array.from({ length: Math.ceil((to - from) / size) }, (_, index) => {
      const start = from + index * size;
      return { partition, from: start, to: Math.min(start + size, to) };
    }),
  ]);
  return parts.map((part, index) => ({ index, ...part }));
}
