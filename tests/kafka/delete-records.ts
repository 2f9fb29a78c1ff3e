/** What retention does, at once. */
import type { Config } from '../../config.js';
import { topicOffsets, withKafkaAdmin } from '../../kafka/client.js';

/** Deletes the oldest part of what each partition of the topic has, all of it unless given; in the name of somebody who may. */
export const deleteOldest = (config: Config, topic: string, part = 1): Promise<void> =>
  withKafkaAdmin(config, async (admin) => {
    const partitions = (await topicOffsets(admin, topic)).map(({ partition, low, high }) => ({
      partition,
      offset: String(low + Math.ceil((high - low) * part)),
    }));
    await admin.deleteTopicRecords({ topic, partitions });
  });
