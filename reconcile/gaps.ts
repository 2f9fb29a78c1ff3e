/** What Kafka deleted before a stage had read it: what the stages have come to, and what lies in front of them. */
import { unreadGaps } from '../kafka/lag.js';
import type { Pool } from '../metastore/connection.js';
import { newestIncarnations } from '../metastore/topic-incarnations.js';
import { gapsSince } from '../metastore/unread-gaps.js';
import { incarnationOf } from '../model/incarnation.js';
import type { UnreadGap } from '../model/record.js';
import type { KafkaAccess } from '../kafka/security.js';

/** `noticedAt` (ms since the epoch): when the stage came to it; absent where it has not. */
export type Gap = UnreadGap & { readonly noticedAt?: number };

/** What a topic's records have as theirs, in claims and in dead letters: the newest incarnation's name. */
export type CurrentTopics = (topic: string) => string;

/** Fails as the metastore does. */
export async function currentTopics(pool: Pool): Promise<CurrentTopics> {
  const incarnations = await newestIncarnations(pool);
  return (topic) => incarnationOf(topic, incarnations.get(topic)?.incarnation ?? 1);
}

/** Those that stages have come to at that time (ms) or later, and those that they have not come to yet. Fails as Kafka and the metastore do. */
export async function knownGaps(config: KafkaAccess, pool: Pool, since: number): Promise<Gap[]> {
  const ahead = await unreadGaps(config);
  const [current, noticed] = [await currentTopics(pool), await gapsSince(pool, since)];
  const isNoticed = ({ stage, topic, partition, next }: UnreadGap) =>
    noticed.some(
      (gap) => gap.stage === stage && gap.topic === topic && gap.partition === partition && gap.next >= next,
    );
  // A stage that came to a gap a moment ago has not committed behind it.
  const more = ahead.map((gap) => ({ ...gap, topic: current(gap.topic) })).filter((gap) => !isNoticed(gap));
  return [...noticed, ...more];
}
