/** `topics` and `generate` as a person calls them, against a Kafka and a PostgreSQL. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Config } from '../../config.js';
import { kafkaClient } from '../../kafka/client.js';
import { up } from '../../local/up.js';
import { allTopicNames } from '../../model/topics.js';
import { produceForeign } from '../kafka/foreign-producer.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { linesHere } from './here.js';

let config: Config;
beforeAll(async () => {
  config = await localStack();
  await up(config, { only: ['kafka', 'postgres'], progress: 'silent' });
}, 600_000);
afterAll(() => removeLocalStack(config));
beforeEach(() => {
  vi.stubEnv('ORDERFLOW_POSTGRES_URL', config.postgresUrl);
  vi.stubEnv('ORDERFLOW_KAFKA', config.kafka);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

test('asks for `topics apply` and for `migrate` where they are missing', async () => {
  await expect(linesHere('generate')).rejects.toMatchObject({ code: 'NO_SUCH_TOPIC' });
  const [json] = await linesHere('topics', 'apply', '--json');
  const { topics } = JSON.parse(json!) as { topics: { topic: string; action: string }[] };
  expect(topics.map(({ topic, action }) => [topic, action])).toEqual(allTopicNames.map((name) => [name, 'created']));
  await expect(linesHere('generate')).rejects.toMatchObject({ code: 'METASTORE_NOT_MIGRATED' });
});

test('generates orders, which can be read and have a story', async () => {
  await linesHere('schema', 'migrate');
  const shares = ['duplicate', 'redelivery', 'malformed', 'cancelled'].flatMap((name) => ['--share', `${name}=0`]);
  const [json] = await linesHere('generate', '--orders', '1500', '--seed', '3', ...shares, '--json');
  expect(JSON.parse(json!)).toMatchObject({ seed: 3, orders: 1_500, records: 1_500, published: { order: 1_500 } });
  const lines = await linesHere('topics', 'tail', 'raw_order', '--from-beginning', '--limit', '1500', '--json');
  const records = lines.map(
    (line) => JSON.parse(line) as { key: string; value: { orderId: string; customerId: string } },
  );
  expect(new Set(records.map(({ key }) => key)).size).toBe(1_500);
  expect(records.every(({ key, value }) => value.orderId === key && value.customerId === '***')).toBe(true);
  const one = records[700]!.key;
  const found = await linesHere(
    'topics',
    'tail',
    'raw_order',
    '--from-beginning',
    '--order',
    one,
    '--limit',
    '1',
    '--json',
  );
  expect(found.map((line) => JSON.parse(line))).toEqual([records[700]]);
  expect((await linesHere('order', one)).join('\n')).toContain('CREATED');
});

test('shows a record of a foreign producer in a line of its own, whatever its key and headers hold', async () => {
  await produceForeign(config, 'aggregated_order', 'odd-headers');
  const producer = kafkaClient(config, 'test').producer();
  await producer.connect();
  const key = 'O-1\x1b[2J\x9b2J\r\n2026 0@1 FAKE\u202e';
  await producer.send({ topic: 'aggregated_order', messages: [{ key, value: 'v', partition: 0 }] });
  await producer.disconnect();
  const tail = ['topics', 'tail', 'aggregated_order', '--from-beginning', '--limit', '2'];
  const [, line] = await linesHere(...tail);
  expect(line).toContain('0@1 O-1\\u001b[2J\\u009b2J\\u000d\\u000a2026 0@1 FAKE\\u202e undecodable');
  const [, json] = await linesHere(...tail, '--json');
  expect(JSON.parse(json!)).toMatchObject({ key });
});

test.each([
  ['--orders -5', '--orders: expected a whole number, 1 or more, or endless, not "-5"'],
  ['--orders 1.5', '--orders: expected a whole number, 1 or more, or endless, not "1.5"'],
  ['--rate 0', '--rate: expected a number above 0, not "0"'],
  ['--rate 5 --rate 6', '--rate: expected one value, not "5 6"'],
  ['--seed x', '--seed: expected a whole number, 0 or more, not "x"'],
  ['--batch 0', '--batch: expected a whole number, 1 or more, not "0"'],
  ['--share fraudIp=1.1', '--share: expected a share from 0 to 1, not "fraudIp=1.1"'],
  ['--share fraudIp', '--share: expected a share from 0 to 1, not "fraudIp"'],
  [
    '--share fraud=0.1',
    '--share: expected one of fraudIp, defaulter, cancelled, delayed, duplicate, redelivery, malformed before the "=", not "fraud=0.1"',
  ],
])('refuses generate %s', async (words, message) => {
  await expect(linesHere('generate', ...words.split(' '))).rejects.toMatchObject({ message, exitCode: 2 });
});

test('refuses a limit of nothing', async () => {
  await expect(linesHere('topics', 'tail', 'raw_order', '--limit', '0')).rejects.toMatchObject({
    message: '--limit: expected a whole number, 1 or more',
    exitCode: 2,
  });
});
