/** Which dead letters Kafka is about to delete, though they could be sent back and nobody has done it. */
import type { Config } from '../config.js';
import { readTopic, topicBefore } from '../kafka/topic-reader.js';
import { withPool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { readReleases } from '../metastore/releases.js';
import { byLetter, createLetterIndex, stateOf } from './letters.js';
import { obstacleTo } from './replay.js';
import type { KafkaAccess } from '../kafka/security.js';

/** How long before its end a dead letter is named, in ms: three days, or a tenth of the time that it has. */
const noticeMs = (retentionMs: number) => Math.min(3 * 86_400_000, retentionMs / 10);
/** Of each partition; that there are so many is to be seen as well. */
const mostRecords = 2_500;

export interface Expiring {
  /** How many; where there are very many, of those that were looked at. */
  readonly letters: number;
  /** When Kafka may delete the first one, ms since the epoch; null where there is none. */
  readonly firstAt: number | null;
}

/** Looks at the oldest records of the topic alone. `now` is in ms since the epoch. Fails as readTopic and the metastore do. */
export async function expiringLetters(
  config: KafkaAccess & Pick<Config, 'postgresUrl' | 'postgres' | 'deadLetterRetentionMs'>,
  now: number,
): Promise<Expiring> {
  const { deadLetterRetentionMs } = config;
  const before = now - deadLetterRetentionMs + noticeMs(deadLetterRetentionMs);
  const index = createLetterIndex();
  const to = await topicBefore(config, 'dead_letter', before, mostRecords);
  await readTopic(config, 'dead_letter', index.add, { to });
  const letters = index.result().letters.filter((letter) => obstacleTo(letter) === null);
  if (letters.length === 0) return { letters: 0, firstAt: null };
  const ids = letters.map(({ id }) => id);
  const releases = byLetter(await withPool(databaseOf(config, 'page'), (pool) => readReleases(pool, { letters: ids })));
  const waiting = letters.filter((letter) => stateOf(letter, releases.get(letter.id) ?? []) !== 'released');
  return { letters: waiting.length, firstAt: waiting[0] ? waiting[0].at + deadLetterRetentionMs : null };
}
