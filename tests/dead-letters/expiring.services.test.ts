/** Dead letters that Kafka is about to delete, in a real topic, by a clock that is ahead. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Config } from '../../config.js';
import { expiringLetters } from '../../dead-letters/expiring.js';
import { readLetters } from '../../dead-letters/letters.js';
import { replay } from '../../dead-letters/replay.js';
import { kafkaProducer } from '../../kafka/client.js';
import { applyTopics } from '../../kafka/topics.js';
import { up } from '../../local/up.js';
import { migrate } from '../../metastore/migrate.js';
import { databaseOf } from '../../metastore/database.js';
import type { DeadLetterReason } from '../../proto/messages.js';
import { toDeadLetter } from '../../transforms/step/dead-letter.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { aRecord, utf8 } from '../transforms/fixtures.js';

const day = 86_400_000;
let config: Config;
beforeAll(async () => {
  config = await localStack();
  await up(config, { only: ['kafka', 'postgres'], progress: 'silent' });
  await Promise.all([applyTopics(config), migrate(databaseOf(config, 'owner'))]);
}, 600_000);
afterAll(() => removeLocalStack(config));

async function setAside(offset: number, reason: DeadLetterReason): Promise<void> {
  const failure = { reason, error: 'why', orderId: '', messageId: '', createdAt: 0 };
  const { key, value } = toDeadLetter(aRecord('raw_order', utf8('bytes'), offset), 'validator', failure);
  const producer = kafkaProducer(config, 'test');
  await producer.connect();
  await producer.send({
    topic: 'dead_letter',
    messages: [{ key: key && Buffer.from(key), value: Buffer.from(value!) }],
  });
  await producer.disconnect();
}

test('counts those that can be sent back and were not, three days before they go, and says when', async () => {
  expect(await expiringLetters(config, Date.now() + 40 * day)).toEqual({ letters: 0, firstAt: null });
  for (const [offset, reason] of (['UNDECODABLE', 'TOO_LATE', 'INVALID_ORDER'] as const).entries())
    await setAside(offset, reason);
  const { letters } = await readLetters(config);
  const [first, , last] = letters;
  expect(await expiringLetters(config, last!.at + 26 * day)).toEqual({ letters: 0, firstAt: null });
  const soon = last!.at + 27 * day + 1;
  expect(await expiringLetters(config, soon)).toEqual({ letters: 2, firstAt: first!.at + 30 * day });
  await replay(config, { ids: [first!.id] }, { by: 'test', why: '' });
  expect(await expiringLetters(config, soon)).toEqual({ letters: 1, firstAt: last!.at + 30 * day });
});
