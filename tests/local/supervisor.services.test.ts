import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Config } from '../../config.js';
import { down } from '../../local/down.js';
import { killService, stopService } from '../../local/lifecycle.js';
import { runningProcess } from '../../local/pid-file.js';
import { familyOf, readProcess } from '../../local/processes.js';
import type { ServiceName } from '../../local/service.js';
import { stackStatus } from '../../local/status.js';
import { readRestarts } from '../../local/supervision.js';
import { up } from '../../local/up.js';
import { localStack, removeLocalStack } from '../local-stack.js';

const only = ['postgres', 'partner', 'supervisor'] as const;
const pidOf = (name: ServiceName) => runningProcess(config, name)?.pid;
const states = async () =>
  Object.fromEntries((await stackStatus(config)).map(({ name, state, restarts }) => [name, { state, restarts }]));
const restarted = (times: number) =>
  vi.waitUntil(() => readRestarts(config).filter(({ readyAt }) => readyAt !== null).length === times, 30_000);

let config: Config;
beforeAll(async () => {
  config = await localStack();
  await up(config, { only, progress: 'silent' });
});
afterAll(() => removeLocalStack(config));

it('starts services again that were killed, both at once, and says so', async () => {
  const before = [pidOf('postgres'), pidOf('partner')];
  const killedAt = Date.now();
  killService(config, 'postgres');
  killService(config, 'partner');
  await restarted(2);
  expect(readRestarts(config).map(({ service }) => service)).toEqual(expect.arrayContaining(['postgres', 'partner']));
  for (const { noticedAt, readyAt } of readRestarts(config)) {
    expect(noticedAt).toBeGreaterThanOrEqual(killedAt);
    expect(readyAt).toBeGreaterThanOrEqual(noticedAt);
  }
  expect([pidOf('postgres'), pidOf('partner')]).not.toEqual(expect.arrayContaining(before));
  expect(await states()).toMatchObject({
    postgres: { state: 'up', restarts: 1 },
    partner: { state: 'up', restarts: 1 },
    supervisor: { state: 'up', restarts: 0 },
  });
});

it('leaves alone what was stopped', async () => {
  await down(config, { only: ['partner'], progress: 'silent' });
  killService(config, 'postgres');
  await restarted(3);
  expect(await states()).toMatchObject({ partner: { state: 'down' }, postgres: { restarts: 2 } });
  expect((await up(config, { only, progress: 'silent' })).started).toEqual(['partner']);
});

it('ends without the services that it started, which belong to the stack', async () => {
  const supervisor = pidOf('supervisor')!;
  const children = familyOf(supervisor).filter(({ pid }) => pid !== supervisor);
  // The PostgreSQL that it started is its child.
  expect(children.map(({ pid }) => pid)).toContain(pidOf('postgres'));
  await stopService(config, 'supervisor');
  expect(readProcess(supervisor)).toBeUndefined();
  expect(await states()).toMatchObject({ postgres: { state: 'up' }, supervisor: { state: 'down' } });
});

it('gives way when the stack is stopped, whatever it is at', async () => {
  await up(config, { only, progress: 'silent' });
  killService(config, 'postgres');
  const stopped = await down(config, { progress: 'silent' });
  expect(stopped).toEqual(expect.arrayContaining(['partner', 'supervisor']));
  for (const name of only) expect(pidOf(name)).toBeUndefined();
});
