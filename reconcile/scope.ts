/** Where an account begins: at what is published from now on. */
import type { Config } from '../config.js';
import { offsetsAt, topicOffsets, withKafkaAdmin } from '../kafka/client.js';
import { readTopic, type TopicPosition } from '../kafka/topic-reader.js';
import { topicNames, type TopicName } from '../model/topics.js';
import { createLedger } from './ledger.js';
import { leewayMs, type Scope } from './read.js';

/**
 * What is published from now on. The offset where each topic ends is all that it takes: records without an id count too,
 * and of the later topics the ids leave out what is about earlier orders. Panes alone are sums over earlier orders, too:
 * what the newest ones hold now is taken off, as far as they were written since `panesFrom`.
 */
export async function scopeFromNow(config: Config, panesFrom?: TopicPosition): Promise<Scope> {
  const from = await topicEnds(config);
  const ledger = createLedger(config);
  const options = panesFrom && { from: panesFrom };
  await readTopic(config, 'aggregated_order', (pane) => ledger.addRecord('aggregated_order', pane), options);
  const baseline = new Map([...ledger.panes].map(([window, pane]) => [ledger.windows.nameOf(window), pane]));
  return { from, baseline };
}

/**
 * What was published at that time (ms) or later. Everything that becomes of it comes later, by the broker's clock; of the aggregates the
 * windows count that began since.
 */
export async function scopeSince(config: Config, since: number): Promise<Scope> {
  const from = await withKafkaAdmin(config, async (admin) => {
    const offsets = topicNames.map(async (topic): Promise<[TopicName, TopicPosition]> => [
      topic,
      await offsetsAt(admin, topic, topic === 'raw_order' ? since : since - leewayMs),
    ]);
    return new Map(await Promise.all(offsets));
  });
  return { from, since, baseline: new Map() };
}

/** Where each topic ends now. */
export async function topicEnds(config: Config): Promise<Map<TopicName, TopicPosition>> {
  return withKafkaAdmin(config, async (admin) => {
    const ends = topicNames.map(async (topic): Promise<[TopicName, TopicPosition]> => {
      const offsets = await topicOffsets(admin, topic);
      return [topic, new Map(offsets.map(({ partition, high }) => [partition, high]))];
    });
    return new Map(await Promise.all(ends));
  });
}
