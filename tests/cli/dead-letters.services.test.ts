/** `dead-letters list` and `replay` as a person calls them, against a Kafka and a PostgreSQL. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Config } from '../../config.js';
import { kafkaClient } from '../../kafka/client.js';
import { readTopic } from '../../kafka/topic-reader.js';
import { applyTopics } from '../../kafka/topics.js';
import { up } from '../../local/up.js';
import { migrate } from '../../metastore/migrate.js';
import { databaseOf } from '../../metastore/database.js';
import { releaseOf } from '../../model/release.js';
import { orderCodec } from '../../proto/messages.js';
import { toDeadLetter } from '../../transforms/step/dead-letter.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { anOrder, NOW, plain, rawRecord } from '../transforms/fixtures.js';
import { linesHere } from './here.js';

let config: Config;
beforeAll(async () => {
  config = await localStack();
  await up(config, { only: ['kafka', 'postgres'], progress: 'silent' });
  await applyTopics(config);
  await migrate(databaseOf(config, 'owner'));
  const producer = kafkaClient(config, 'test').producer();
  await producer.connect();
  const failure = { error: 'too much', orderId: 'o-1', messageId: 'm-1', createdAt: NOW };
  const letters = [
    toDeadLetter(rawRecord(anOrder(), 7), 'validator', { ...failure, reason: 'TOO_LARGE' }),
    toDeadLetter(rawRecord(anOrder(), 7), 'validator', { ...failure, reason: 'TOO_LARGE' }),
    toDeadLetter({ ...rawRecord(anOrder(), 9), topic: 'enriched_order' }, 'aggregator', {
      ...failure,
      reason: 'TOO_LATE',
      orderId: 'o-2',
    }),
  ];
  const messages = letters.map(({ key, value }) => ({ key: Buffer.from(key), value: Buffer.from(value) }));
  for (const message of messages) await producer.send({ topic: 'dead_letter', messages: [message] });
  await producer.disconnect();
}, 600_000);
afterAll(() => removeLocalStack(config));
beforeEach(() => {
  process.exitCode = undefined;
  vi.stubEnv('ORDERFLOW_POSTGRES_URL', config.postgresUrl);
  vi.stubEnv('ORDERFLOW_KAFKA', config.kafka);
});
afterEach(() => {
  process.exitCode = undefined;
  vi.unstubAllEnvs();
});

/** What the command prints; rejects with its error. */
const orderflow = async (...words: string[]) => (await linesHere(...words)).join('\n');

const validated = 'raw_order/1/7/validator';
const late = 'enriched_order/1/9/aggregator';
const anyTime = expect.any(Number) as number;

test('lists each dead letter once, without what was in it', async () => {
  const lines = (await orderflow('dead-letters', 'list')).split('\n');
  expect(lines.map((line) => line.split(/ {2,}/).filter((_, column) => column !== 1))).toEqual([
    ['dead letter', 'reason', 'order', 'state', 'released', 'error'],
    [validated, 'TOO_LARGE', 'o-1', 'waiting', 'too much'],
    [late, 'TOO_LATE', 'o-2', 'waiting', 'too much'],
  ]);
  expect(JSON.parse(await orderflow('dead-letters', 'list', '--json', '--order', 'o-1', '--since', '1h'))).toEqual({
    deadLetters: [
      {
        id: validated,
        at: anyTime,
        topic: 'raw_order',
        step: 'validator',
        reason: 'TOO_LARGE',
        error: 'too much',
        orderId: 'o-1',
        messageId: 'm-1',
        state: 'waiting',
        releases: [],
      },
    ],
    unreadable: 0,
  });
  expect(await orderflow('dead-letters', 'list', '--step', 'router')).toBe('no dead letters');
});

test.each([
  [['list', '--since', 'tomorrow-ish'], '--since: expected 30m, 12h, 7d or a time'],
  [['list', '--limit', '0'], '--limit: expected a whole number, 1 or more'],
  [['list', '--step', 'packer'], 'Invalid values'],
  [['replay'], 'name dead letters by their ids, or give --all'],
  [['replay', validated, '--all'], 'give ids or --all, not both'],
  [['replay', validated, '--step', 'validator'], 'the filters go with --all: leave them out, or the ids'],
  [['replay', 'raw_order/0/1/validator'], 'there is no dead letter raw_order/0/1/validator'],
])('refuses %j in one sentence', async (words, sentence) => {
  await expect(orderflow('dead-letters', ...words)).rejects.toThrow(sentence);
});

test('says what it would send', async () => {
  expect(await orderflow('dead-letters', 'replay', '--all', '--dry-run')).toMatch(
    /raw_order\/1\/7\/validator +1 +sent\n.*it came too late.*\nwould be sent 1, refused 1, released before 0$/,
  );
  expect((await readTopic(config, 'raw_order', () => {})).records).toBe(0);
});

test('sends one back, and tells so from then on', async () => {
  expect(JSON.parse(await orderflow('dead-letters', 'replay', validated, '--why', 'limit raised', '--json'))).toEqual({
    isDryRun: false,
    releases: [{ id: validated, release: 1, outcome: 'sent', problem: '' }],
  });
  expect(process.exitCode).toBeUndefined();
  const records: unknown[] = [];
  await readTopic(config, 'raw_order', (record) => {
    records.push([plain(record.key), plain(record.value), releaseOf(record)?.number]);
  });
  expect(records).toEqual([[plain(rawRecord(anOrder()).key), plain(orderCodec.encode(anOrder())), 1]]);
  expect(await orderflow('dead-letters', 'list', '--order', 'o-1')).toMatch(/ released +1x, last \d{4}-.* too much$/);
  expect(await orderflow('order', 'o-1')).toMatch(
    /^order o-1\nrelease 1 of raw_order\/1\/7\/validator sent back \d{4}-[^ ]+, by \S+: limit raised$/,
  );
});

test('exits with 1 when a dead letter that was named is not sent, and with 0 when --all finds nothing to send', async () => {
  expect(await orderflow('dead-letters', 'replay', validated)).toMatch(
    /not sent: it was before, and has not come back/,
  );
  expect(process.exitCode).toBe(1);
  process.exitCode = undefined;
  expect(await orderflow('dead-letters', 'replay', '--all', '--step', 'validator')).toBe(
    'sent 0, refused 0, released before 1',
  );
  expect(process.exitCode).toBeUndefined();
});
