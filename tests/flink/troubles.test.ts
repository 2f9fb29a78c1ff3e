/** Why a job does not get on, by a Flink that tells it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '../../config.js';
import { jobTroubles } from '../../flink/troubles.js';

let stacktrace = '';
const flink = createServer(({ url = '' }, response) => {
  const exceptions = { exceptionHistory: { entries: [{ stacktrace, timestamp: 2 }] } };
  const checkpoints = { latest: { completed: { latest_ack_timestamp: 1 } } };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(url.includes('exceptions') ? exceptions : checkpoints));
});
beforeAll(() => new Promise<void>((resolve) => flink.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => flink.close(resolve)));

const troublesOf = (text: string) => {
  stacktrace = text;
  const { port } = flink.address() as AddressInfo;
  const config = loadConfig({ ORDERFLOW_FLINK_URL: `http://127.0.0.1:${port}`, ORDERFLOW_POSTGRES_PORT: '5433' });
  return jobTroubles(config, [{ id: 'a', name: 'router', hasStarted: true, restarts: 1 }]);
};

it('says that PostgreSQL refuses the workers, and without the password', async () => {
  const text = 'Error received from SDK harness: TransientError: the metastore refuses this user or password (28P01)';
  const [trouble, ...others] = await troublesOf(text);
  expect(others).toEqual([]);
  expect(trouble).toMatchObject({ job: 'router', code: 'METASTORE_REFUSED' });
  expect(trouble?.what).toMatch(/^PostgreSQL at 127.0.0.1:5433\/orderflow refuses this user or password; check /);
});

it('says that Kafka refuses the client', async () => {
  const text = 'org.apache.kafka.common.errors.SaslAuthenticationException: Authentication failed';
  expect(await troublesOf(text)).toEqual([
    { job: 'router', code: 'KAFKA_REFUSED', what: expect.stringMatching(/refuses the log-in of router/) },
  ]);
});

it('says nothing of what passes by itself', async () => {
  expect(await troublesOf('the metastore did not answer (ECONNREFUSED)')).toEqual([]);
});
