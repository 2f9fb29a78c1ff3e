/** What is sent to Druid of an archive, and when a task of Druid counts as done. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { ArchivedFile } from '../../archive/files.js';
import { type Config, loadConfig } from '../../config.js';
import { partsBefore } from '../../druid/fill.js';
import { requireAll, runTask, type FillTask } from '../../druid/fill-task.js';

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => (server.closeAllConnections(), server.close())));

const file = (topicId: string, from: number, to: number, partition = 0): ArchivedFile => ({
  ...{ topic: 'raw_order', topicId, day: '2026-01-31', partition, from, to },
  ...{ sha256: '', path: `${topicId} ${partition}.${from}-${to}` },
});

const parts = (files: readonly ArchivedFile[], lows: readonly [number, number][]) =>
  partsBefore(files, 'now', new Map(lows)).map(({ file: { path }, from, to }) => `${path}: ${from}-${to}`);

it('sends what Kafka has no more, and all of a topic that had its name before', () => {
  const files = [file('before', 0, 50), file('now', 0, 10), file('now', 10, 20), file('now', 0, 10, 1)];
  expect(parts(files, [[0, 15]])).toEqual(['before 0.0-50: 0-50', 'now 0.0-10: 0-10', 'now 0.10-20: 10-15']);
});

it('sends a record once that two files have', () => {
  const files = [file('now', 0, 50), file('now', 0, 30), file('now', 20, 60), file('now', 55, 70)];
  expect(parts(files, [[0, 65]])).toEqual(['now 0.0-50: 0-50', 'now 0.20-60: 50-60', 'now 0.55-70: 60-65']);
});

const task: FillTask = { topic: 'raw_order', name: 'a-fill', folder: '/nowhere', records: 10 };

/** A Druid that gives these answers, one after another, and the last of them again and again; null breaks the connection off. */
async function druid(
  answers: readonly (readonly [number, object] | null)[],
): Promise<{ config: Config; asked: string[] }> {
  const left = [...answers];
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const answer = left.length > 1 ? left.shift() : left[0];
    request.resume().on('end', () => {
      if (!answer) return void request.socket.destroy();
      response.writeHead(answer[0], { 'content-type': 'application/json', connection: 'close' });
      response.end(JSON.stringify(answer[1]));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { config: loadConfig({ ORDERFLOW_DRUID_URL: `http://127.0.0.1:${port}` }), asked };
}

const running = [200, { status: { statusCode: 'RUNNING' } }] as const;
const success = [200, { status: { statusCode: 'SUCCESS' } }] as const;
const reportOf = (rowStats: object) =>
  [200, { ingestionStatsAndErrors: { payload: { rowStats: { buildSegments: rowStats } } } }] as const;

it('waits for a task while a part of Druid is away', async () => {
  const { config } = await druid([[200, {}], running, null, [503, {}], success]);
  expect(await runTask(config, task)).toEqual({ statusCode: 'SUCCESS' });
});

it('goes on with a task that Druid took, though its answer was lost', async () => {
  const { config, asked } = await druid([null, [400, { error: 'Task a-fill already exists' }], success]);
  expect(await runTask(config, task)).toEqual({ statusCode: 'SUCCESS' });
  expect(asked.map((words) => words.split(' ')[0])).toEqual(['POST', 'POST', 'GET', 'GET']);
});

it('fails with what Druid says of a task that it does not take', async () => {
  const { config } = await druid([
    [400, { error: 'no such input format' }],
    [404, {}],
  ]);
  await expect(runTask(config, task)).rejects.toThrow('no such input format');
});

it('is done when Druid has read every record, whatever it made of it', async () => {
  const counts = { processed: 6, processedWithError: 1, unparseable: 2, thrownAway: 1 };
  const { config } = await druid([reportOf(counts)]);
  await requireAll(config, task, { statusCode: 'SUCCESS' });
  const { config: less } = await druid([reportOf({ ...counts, processed: 0 })]);
  await expect(requireAll(less, task, { statusCode: 'SUCCESS' })).rejects.toMatchObject({
    code: 'DRUID_FILL_FAILED',
    message: expect.stringMatching(
      /^Druid read 4 of 10 records of raw_order: see that .*ORDERFLOW_BACKFILLS/,
    ) as string,
  });
});

it('says why a task failed', async () => {
  const { config } = await druid([[500, {}]]);
  const end = { statusCode: 'FAILED', errorMsg: 'no space left\n\tat somewhere' };
  await expect(requireAll(config, task, end)).rejects.toThrow('could not fill raw_order: no space left; nothing of it');
});
