/**
 * The ids by which Kafka tells a topic from one that had its name before. kafkajs does not know them: its Metadata ends at version 6, and
 * they came with 10 (KIP-516).
 */
import { OperatorError } from '../errors.js';
import { requireTopic, withBroker, withKafkaAdmin } from './client.js';
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

/** The id of the topic now. Throws NO_SUCH_TOPIC, KAFKA_UNREACHABLE, KAFKA_REFUSED. */
export async function topicIdOf(config: KafkaAccess, topic: string): Promise<string> {
  const id = (await topicIds(config, [topic])).get(topic);
  if (id !== undefined) return id;
  await withKafkaAdmin(config, (admin) => requireTopic(admin, topic));
  throw madeAnew(topic);
}

/**
 * Fails with TOPIC_MADE_ANEW where the topic has another id than that which it had before: an id never comes back, so that what was read in between
 * is of one topic where it has not. Fails as topicIdOf does, too.
 */
export async function requireSameTopic(config: KafkaAccess, topic: string, topicId: string): Promise<void> {
  if ((await topicIdOf(config, topic)) !== topicId) throw madeAnew(topic);
}

const madeAnew = (topic: string) =>
  new OperatorError('TOPIC_MADE_ANEW', `${topic} was deleted and made anew while it was read: run this again`);
