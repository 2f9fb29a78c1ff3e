import { appendFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Config } from '../../config.js';
import { down } from '../../local/down.js';
import { killService } from '../../local/lifecycle.js';
import { runningProcess } from '../../local/pid-file.js';
import { familyOf, listProcesses, readProcess } from '../../local/processes.js';
import { stackStatus } from '../../local/status.js';
import { up } from '../../local/up.js';
import { localStack, removeLocalStack } from '../local-stack.js';

// PostgreSQL stands for all services here: it starts in a second, and has children with groups of their own.
const only = ['postgres'] as const;
const start = (config: Config) => up(config, { only, progress: 'silent' });

let config: Config;
beforeAll(async () => {
  config = await localStack();
});
afterAll(() => removeLocalStack(config));

const postgres = async () => (await stackStatus(config)).find((service) => service.name === 'postgres');

it('is down before it is started', async () => {
  expect(await postgres()).toEqual({
    name: 'postgres',
    what: 'PostgreSQL, the metastore',
    state: 'down',
    port: config.ports.postgres,
    memoryBytes: 0,
    processes: 0,
    restarts: 0,
  });
});

it('comes up once, however often it is asked for', async () => {
  expect((await start(config)).started).toEqual(['postgres']);
  const first = await postgres();
  expect(first).toMatchObject({ state: 'up', pid: runningProcess(config, 'postgres')?.pid });
  expect(first?.memoryBytes).toBeGreaterThan(1024 * 1024);
  expect((await start(config)).started).toEqual([]);
  expect(await postgres()).toMatchObject({ state: 'up', pid: first?.pid });
});

it('is a process group of its own, which outlives the command that started it', () => {
  const { pid } = runningProcess(config, 'postgres') ?? { pid: 0 };
  expect(readProcess(pid)?.group).toBe(pid);
});

it('refuses to go on with other settings than it runs with', async () => {
  const other = { ...config, ports: { ...config.ports, postgres: config.ports.kafka } };
  await expect(start(other)).rejects.toMatchObject({
    code: 'OTHER_SETTINGS',
    message: 'postgres runs with other settings than the present ones: `orderflow down` first, then `orderflow up`',
  });
});

it('is seen to have died after kill -9, and comes up again with its data', async () => {
  const { pid } = runningProcess(config, 'postgres') ?? { pid: 0 };
  killService(config, 'postgres');
  await expect.poll(() => readProcess(pid)).toBeUndefined();
  expect(await postgres()).toMatchObject({ state: 'died', processes: 0 });
  // Its children notice, and end by themselves; only then is the data folder free.
  expect((await start(config)).started).toEqual(['postgres']);
  expect(await postgres()).toMatchObject({ state: 'up' });
});

it('leaves no process when it is stopped, and can be stopped twice', async () => {
  const family = familyOf(runningProcess(config, 'postgres')?.pid ?? 0).map((process) => process.pid);
  expect(family.length).toBeGreaterThan(1);
  expect(await down(config, { progress: 'silent' })).toEqual(['postgres']);
  expect(listProcesses().filter((process) => family.includes(process.pid))).toEqual([]);
  expect(await postgres()).toMatchObject({ state: 'down' });
  expect(await down(config, { progress: 'silent' })).toEqual([]);
});

it('says who holds its port, and which setting moves it', async () => {
  const { postgres: port } = config.ports;
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await expect(start(config)).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    message: expect.stringMatching(
      new RegExp(
        `^port ${port} of postgres is taken by process ${process.pid} \\(.*\\): free it, or set ORDERFLOW_POSTGRES_PORT to another port$`,
      ),
    ) as string,
  });
  await new Promise((resolve) => server.close(resolve));
});

it('says why it ended right after its start', async () => {
  await appendFile(join(config.home, 'postgres', 'data', 'postgresql.conf'), "max_connections = 'many'\n");
  await expect(start(config)).rejects.toMatchObject({
    code: 'SERVICE_DIED',
    message: expect.stringMatching(
      /^postgres ended right after its start: .*(FATAL|invalid value).* \(see .*logs\/postgres\.log\)$/,
    ) as string,
  });
  expect(await postgres()).toMatchObject({ state: 'died' });
});
