/** A topic that somebody deletes, and makes anew. */
import { vi } from 'vitest';
import type { Config } from '../../config.js';
import { withKafkaAdmin } from '../../kafka/client.js';
import { topicIds } from '../../kafka/topic-ids.js';
import { applyTopics } from '../../kafka/topics.js';

/** Resolves when another topic has the name, with no record in it. */
export async function makeAnew(config: Config, topic: string): Promise<void> {
  await withKafkaAdmin(config, (admin) => admin.deleteTopics({ topics: [topic] }));
  await vi.waitUntil(async () => (await topicIds(config, [topic])).size === 0, { timeout: 30_000 });
  await applyTopics(config);
}
