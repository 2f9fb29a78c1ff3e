/**
 * The ids by which Kafka tells a topic from one that had its name before. kafkajs does not know them: its Metadata ends at version 6, and
 * they came with 10 (KIP-516).
 */
import { withBroker } from './client.js';
import { metadataOf, topicRefused } from './metadata.js';
import { failOn } from './protocol.js';
import type { KafkaAccess } from './security.js';

/** The ids (22 letters, as Kafka's own tools show them) of those of the topics that are there. Throws KAFKA_UNREACHABLE and KAFKA_REFUSED. */
export async function topicIds(config: KafkaAccess, topics: readonly string[]): Promise<Map<string, string>> {
  const found = await withBroker(config, 'orderflow-topics', async (ask) => {
    const answer = await ask(metadataOf(topics));
    // One that may not be seen is no topic that is not there.
    for (const { errorCode } of answer) if (errorCode === topicRefused) failOn(errorCode);
    return answer;
  });
  return new Map(found.filter(({ errorCode }) => errorCode === 0).map(({ name, id }) => [name, id]));
}
