/** Several bootstrap servers, of which some are not there, or take connections and answer nothing. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Config } from '../../config.js';
import { kafkaProducer } from '../../kafka/client.js';
import { stageLag } from '../../kafka/lag.js';
import { readTopic } from '../../kafka/topic-reader.js';
import { applyTopics } from '../../kafka/topics.js';
import { up } from '../../local/up.js';
import { localStack, removeLocalStack } from '../local-stack.js';

const silent = createServer((socket) => socket.on('error', () => {}));
let config: Config;
let silentAddress: string;

beforeAll(async () => {
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  silentAddress = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  config = await localStack();
  await up(config, { only: ['kafka'], progress: 'silent' });
  await applyTopics(config);
}, 120_000);
afterAll(async () => {
  silent.close();
  await removeLocalStack(config);
}, 60_000);

test.each(['first', 'last'])('the %s of two hangs: the other one is asked', { timeout: 60_000 }, async (place) => {
  const addresses = place === 'first' ? [silentAddress, config.kafka] : [config.kafka, silentAddress];
  const kafka = { kafka: addresses.join(',') };
  const producer = kafkaProducer(kafka, 'test');
  await producer.connect();
  await producer.send({ topic: 'raw_order', acks: -1, messages: [{ value: 'x' }] });
  await producer.disconnect();
  const before = (await readTopic(config, 'raw_order', () => {})).records;
  expect((await readTopic(kafka, 'raw_order', () => {})).records).toBe(before);
  expect((await stageLag(kafka)).validator).toBe(before);
});

test('one that is not there, and one whose name nobody knows: the third is asked', { timeout: 60_000 }, async () => {
  const kafka = ['127.0.0.1:1', 'broker.invalid:9092', config.kafka].join(',');
  expect((await stageLag({ kafka })).enricher).toBe(0);
});

test('a record has the time at which the broker took it, whatever its producer says', { timeout: 60_000 }, async () => {
  const before = Date.now();
  const producer = kafkaProducer(config, 'test');
  await producer.connect();
  const of = (timestamp: number) => ({ key: 'time', value: 'x', timestamp: String(timestamp) });
  await producer.send({ topic: 'raw_order', acks: -1, messages: [of(Date.UTC(2100, 0)), of(0), of(-1)] });
  await producer.disconnect();
  const times: number[] = [];
  await readTopic(config, 'raw_order', ({ key, timestamp }) => void (String(key) === 'time' && times.push(timestamp)));
  expect(times).toHaveLength(3);
  // Segments are deleted by it: one with a time of 2100 would stay for ever.
  expect(times.every((time) => time >= before - 1_000 && time <= Date.now() + 1_000)).toBe(true);
});
