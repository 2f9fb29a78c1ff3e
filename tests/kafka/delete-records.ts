/** What retention does, at once. */
import type { Config } from '../../config.js';
import { topicOffsets, withKafkaAdmin } from '../../kafka/client.js';

/** Deletes all records that the topic has; in the name of somebody who may. */
export const deleteRecords = (config: Config, topic: string): Promise<void> =>
  withKafkaAdmin(config, async (admin) => {
    const ends = (await topicOffsets(admin, topic)).map(({ partition, high }) => ({ partition, offset: String(high) }));
    await admin.deleteTopicRecords({ topic, partitions: ends });
  });
