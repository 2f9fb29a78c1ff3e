/** How far the stages are, by what they have committed to Kafka. */
import type { UnreadGap } from '../model/record.js';
import { stageByName, stageNames, type StageName } from '../model/stages.js';
import type { TopicName } from '../model/topics.js';
import { topicOffsets, whileElecting, withKafkaAdmin } from './client.js';
import { withRecords } from './reach.js';
import type { KafkaAccess } from './security.js';

/** Sums over the partitions of a stage's input. */
export interface StageProgress {
  /** Records that the topic ever got. */
  readonly written: number;
  /** Records up to the offsets that the stage's consumer group has committed, and what comes then that no reader sees. */
  readonly committed: number;
}

/**
 * How many records each stage's input has, and how many of them the stage has done. Stages commit when a checkpoint completes. Throws
 * KAFKA_UNREACHABLE.
 */
export async function stageProgress(config: KafkaAccess): Promise<Record<StageName, StageProgress>> {
  const positions = await inputPositions(config, stageNames);
  const rest = positions.map(({ stage, topic, partition, low, high: to, committed }) => {
    // -1 where the group has committed nothing yet.
    return { stage, topic, partition, from: Math.min(to, Math.max(low, committed)), to };
  });
  // A group commits the offset behind its last record: never one behind the mark of a transaction.
  const behind = await withRecords(
    config,
    rest.filter(({ from, to }) => from < to),
  );
  const progress = stageNames.map((name): [StageName, StageProgress] => {
    const own = rest.filter(({ stage }) => stage === name);
    const committed = own.reduce((sum, stretch) => sum + (behind.has(stretch) ? stretch.from : stretch.to), 0);
    return [name, { written: own.reduce((sum, { to }) => sum + to, 0), committed }];
  });
  return Object.fromEntries(progress) as Record<StageName, StageProgress>;
}

/**
 * Records of each stage's input that lie after the offsets that its consumer group has committed: a stage which has done all its work shows 0
 * only a checkpoint later. Throws KAFKA_UNREACHABLE.
 */
export async function stageLag(config: KafkaAccess): Promise<Record<StageName, number>> {
  const progress = Object.entries(await stageProgress(config));
  return Object.fromEntries(progress.map(([name, { written, committed }]) => [name, written - committed])) as Record<
    StageName,
    number
  >;
}

/** Where a stage is in a partition of its input. */
export interface InputPosition {
  readonly stage: StageName;
  readonly topic: TopicName;
  readonly partition: number;
  /** The first offset, and the one after the last. */
  readonly low: number;
  readonly high: number;
  /** What it has committed; -1 where that is nothing. */
  readonly committed: number;
}

/** Where the stages are in their inputs, which are there. Throws KAFKA_UNREACHABLE. */
export async function inputPositions(config: KafkaAccess, names: readonly StageName[]): Promise<InputPosition[]> {
  return withKafkaAdmin(config, async (admin) => {
    const perStage = names.map(async (stage): Promise<InputPosition[]> => {
      const { input: topic } = stageByName(stage);
      // Before the ends: what is written and committed in between is no offset beyond them.
      const groups = await whileElecting.execute(() => admin.fetchOffsets({ groupId: stage, topics: [topic] }));
      const ends = await topicOffsets(admin, topic);
      const committed = new Map(groups[0]?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
      return ends.map((end) => ({ stage, topic, ...end, committed: committed.get(end.partition) ?? -1 }));
    });
    return (await Promise.all(perStage)).flat();
  });
}

/**
 * What was deleted and is not read yet, by what the stages have committed and where the topics now begin. Once a stage has read on behind
 * the gap and committed, the metastore has it (metastore/unread-gaps.ts). Throws KAFKA_UNREACHABLE.
 */
export async function unreadGaps(config: KafkaAccess): Promise<UnreadGap[]> {
  const positions = await inputPositions(config, stageNames);
  return positions.flatMap(({ stage, topic, partition, low, committed }) => {
    const first = Math.max(0, committed);
    return first < low ? [{ stage, topic, partition, first, next: low }] : [];
  });
}
