/** A host that takes connections and answers nothing, as one that hangs, or a port of something else. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stageLag } from '../../kafka/lag.js';
import { followTopic, readTopic } from '../../kafka/topic-reader.js';

const server = createServer((socket) => socket.on('error', () => {}));
let config: { kafka: string };

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  config = { kafka: `127.0.0.1:${(server.address() as AddressInfo).port}` };
});
afterAll(() => void server.close());

it.concurrent.each<[string, () => Promise<unknown>]>([
  ['asks how far the stages are', () => stageLag(config)],
  ['reads a topic', () => readTopic(config, 'raw_order', () => {})],
  [
    'follows a topic',
    () => followTopic(config, 'raw_order', () => {}, { fromBeginning: true, signal: new AbortController().signal }),
  ],
])('is named by whoever %s, in seconds', { timeout: 20_000 }, async (_what, work) => {
  await expect(work()).rejects.toMatchObject({
    code: 'KAFKA_UNREACHABLE',
    message: `Kafka does not answer at ${config.kafka}: start it with \`orderflow up\`, or set ORDERFLOW_KAFKA`,
  });
});
