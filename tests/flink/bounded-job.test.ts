import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConfig, type Config } from '../../config.js';
import { waitUntilFinished } from '../../flink/bounded-job.js';
import { askFunction, readFunction, writeFunction } from '../../pipelines/backfill/functions.js';

const name = 'backfill-1';

/** What Flink says of the job, one after another, and the last one from then on; undefined: it knows of none. */
let states: (string | undefined)[];
let asked: string[];
/** Who of the workers failed. */
let part: string;

let server: Server;
let config: Config;
beforeEach(async () => {
  asked = [];
  part = 'backfill-read';
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const isOverview = request.url === '/jobs/overview';
    const state = isOverview && states.length > 1 ? states.shift() : states[0];
    const jobs = [
      { jid: 'other', name: 'validator', state: 'RUNNING' },
      ...(state === undefined ? [] : [{ jid: 'j', name, state }]),
    ];
    const trace = `java.lang.RuntimeException: Error received from SDK harness: ${part}: Kafka is away\n\tat org…`;
    const exceptions = { exceptionHistory: { entries: [{ stacktrace: trace }] } };
    response.end(JSON.stringify(isOverview ? { jobs } : exceptions));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  config = loadConfig({ ORDERFLOW_FLINK_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
afterEach(() => void server.close());

const wait = (silenceMs: number, signal = new AbortController().signal, onProgress = async () => undefined) =>
  waitUntilFinished(config, { name, signal, onProgress }, silenceMs);

it('has finished when Flink says so, also where Flink knew nothing of it for a moment', async () => {
  states = ['RUNNING', undefined, 'FINISHED'];
  await wait(60_000);
  expect(asked).toHaveLength(3);
});

it('is waited for also where nobody can see how far it is', async () => {
  states = ['RUNNING', 'FINISHED'];
  await wait(60_000, undefined, () => Promise.reject(new Error('the folder is away')));
  expect(asked).toHaveLength(2);
});

it('is to be run again where Flink knows nothing of it any more', async () => {
  states = ['RUNNING', undefined];
  await expect(wait(100)).rejects.toMatchObject({
    code: 'JOB_FAILED',
    message: expect.stringMatching(/does not know backfill-1.*run it again/) as string,
  });
});

it('says where Flink does not answer', async () => {
  await new Promise((resolve) => server.close(resolve));
  await expect(wait(100)).rejects.toMatchObject({ code: 'FLINK_UNREACHABLE' });
});

it.each([readFunction, askFunction, writeFunction])('says what a worker said that failed in %s', async (name) => {
  states = ['FAILED'];
  part = name;
  await expect(wait(60_000)).rejects.toMatchObject({
    code: 'JOB_FAILED',
    message: expect.stringContaining(
      `is FAILED on Flink: ${part}: Kafka is away; nothing was written: run it`,
    ) as string,
  });
});

it('is cancelled when that is asked for', async () => {
  states = ['RUNNING'];
  await expect(wait(60_000, AbortSignal.abort())).rejects.toMatchObject({ code: 'INTERRUPTED', exitCode: 130 });
  expect(asked.slice(1)).toEqual([expect.stringMatching(/^PATCH \/jobs\/j/)]);
});
