import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Config } from '../../config.js';
import { askFlink } from '../../flink/rest.js';
import { down } from '../../local/down.js';
import { killService } from '../../local/lifecycle.js';
import { runningProcess } from '../../local/pid-file.js';
import { listProcesses, readProcess } from '../../local/processes.js';
import { stackStatus } from '../../local/status.js';
import { up } from '../../local/up.js';
import { listenersOf } from '../listeners.js';
import { localStack, removeLocalStack } from '../local-stack.js';

const only = ['kafka', 'zookeeper', 'jobmanager', 'taskmanager', 'job-server'] as const;
const slowly = 300_000;

let config: Config;
beforeAll(async () => {
  config = await localStack();
});
afterAll(() => removeLocalStack(config), slowly);

const start = () => up(config, { only, progress: 'silent' });
const slots = async () => {
  const overview = await askFlink<Record<string, number>>(config, '/overview');
  return { taskManagers: overview.taskmanagers, total: overview['slots-total'], free: overview['slots-available'] };
};

it('starts the Java services side by side until each of them answers', { timeout: slowly }, async () => {
  expect((await start()).started.toSorted()).toEqual(only.toSorted());
  const states = (await stackStatus(config)).filter((service) => service.state === 'up');
  expect(states.map((service) => service.name)).toEqual(only);
  expect(await slots()).toEqual({ taskManagers: 1, total: 32, free: 32 });
  expect((await start()).started).toEqual([]);
});

it('lets all of them listen on the loopback interface alone', () => {
  const listeners = listenersOf(config);
  expect(new Set(listeners.map(({ service }) => service))).toEqual(new Set(only));
  expect(listeners.filter(({ isLoopback }) => !isLoopback)).toEqual([]);
});

it(
  'keeps a TaskManager that lost its session while ZooKeeper and the JobManager were away',
  { timeout: slowly },
  async () => {
    const before = runningProcess(config, 'taskmanager')?.pid;
    await down(config, { only: ['zookeeper', 'jobmanager'], progress: 'silent' });
    const log = join(config.home, 'logs', 'taskmanager.log');
    const hasLostIt = () => readFileSync(log, 'utf8').includes('Connection to ZooKeeper lost');
    await expect.poll(hasLostIt, { timeout: 60_000 }).toBe(true);
    expect((await start()).started.toSorted()).toEqual(['jobmanager', 'zookeeper']);
    await expect.poll(slots, { timeout: 60_000 }).toEqual({ taskManagers: 1, total: 32, free: 32 });
    expect(runningProcess(config, 'taskmanager')?.pid).toBe(before);
  },
);

it('brings back a TaskManager that was killed, not the memory of it', { timeout: slowly }, async () => {
  const before = runningProcess(config, 'taskmanager')?.pid ?? 0;
  killService(config, 'taskmanager');
  await expect.poll(() => readProcess(before)).toBeUndefined();
  expect((await start()).started).toEqual(['taskmanager']);
  expect(runningProcess(config, 'taskmanager')?.pid).not.toBe(before);
  // The old one is given up within its heartbeat's time-out.
  await expect.poll(slots, { timeout: 60_000 }).toEqual({ taskManagers: 1, total: 32, free: 32 });
});

it('leaves no process behind', { timeout: slowly }, async () => {
  const groups = only.map((name) => runningProcess(config, name)?.pid);
  expect((await down(config, { progress: 'silent' })).toSorted()).toEqual(only.toSorted());
  expect(listProcesses().filter((process) => groups.includes(process.group))).toEqual([]);
});
