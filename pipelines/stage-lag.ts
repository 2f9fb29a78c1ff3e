/** How far the stages are behind, by what they have committed to Kafka. */
import type { Config } from '../config.js';
import { topicOffsets, whileElecting, withKafkaAdmin } from './kafka.js';
import { stages, type StageName } from './stages.js';

/**
 * Records of each stage's input that lie after the offsets that its consumer group has committed. Stages commit when a
 * checkpoint completes, so that a stage which has done all its work shows 0 only a checkpoint later. Throws
 * KAFKA_UNREACHABLE.
 */
export async function stageLag(config: Pick<Config, 'kafka'>): Promise<Record<StageName, number>> {
  return withKafkaAdmin(config, async (admin) => {
    const lags = await Promise.all(
      stages.map(async ({ name, input }): Promise<[StageName, number]> => {
        const [ends, groups] = await Promise.all([
          topicOffsets(admin, input),
          whileElecting.execute(() => admin.fetchOffsets({ groupId: name, topics: [input] })),
        ]);
        const committed = new Map(groups[0]?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
        const behind = ends.map(({ partition, low, high }) => {
          // -1 where the group has committed nothing yet.
          const next = Math.max(low, committed.get(partition) ?? -1);
          return Math.max(0, high - next);
        });
        return [name, behind.reduce((sum, records) => sum + records, 0)];
      }),
    );
    return Object.fromEntries(lags) as Record<StageName, number>;
  });
}
