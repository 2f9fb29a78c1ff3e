/** Ctrl-C at any point of `up`: no process that nobody knows, and the next `up` goes on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Config, projectRoot } from '../../config.js';
import { runningProcess } from '../../local/pid-file.js';
import { familyOf } from '../../local/processes.js';
import { orderflow, settingsOf } from '../cli/orderflow.js';
import { localStack, removeLocalStack } from '../local-stack.js';

const only = ['postgres', 'kafka'] as const;
let config: Config;
beforeEach(async () => {
  config = await localStack();
});
afterEach(() => removeLocalStack(config));

const settings = () => settingsOf(config);

/** The processes that were started for this stack. */
const processes = () =>
  readdirSync('/proc').flatMap((pid) => {
    try {
      const isOurs = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`ORDERFLOW_HOME=${config.home}`);
      return isOurs ? [Number(pid)] : [];
    } catch {
      return [];
    }
  });

// What there is at the point: each is made by the step that is cut off then.
it.each([
  ['run/lock'],
  ['postgres/data.new'],
  ['postgres/data'],
  ['run/postgres.json'],
  ['kafka/data.new'],
  ['kafka/data'],
  ['run/kafka.json'],
])('where there is %s', { timeout: 240_000 }, async (place) => {
  const program = join(projectRoot, 'dist', 'cli', 'main.js');
  const child = spawn(process.execPath, [program, 'up', ...only, '--json'], {
    env: { ...process.env, ...settings() },
    stdio: ['ignore', 'ignore', 'pipe'],
    // As in a terminal, where all of a command's own processes get the signal.
    detached: true,
  });
  let said = '';
  child.stderr.on('data', (text) => (said += String(text)));
  const ended = once(child, 'exit');
  await vi.waitUntil(() => existsSync(join(config.home, place)), { timeout: 120_000, interval: 1 });
  process.kill(-child.pid!, 'SIGINT');
  expect(await ended, said).toEqual([130, null]);
  expect(said).toContain('orderflow: interrupted: what has started stays up; `orderflow up` goes on');

  const known = new Set(
    only.flatMap((name) => familyOf(runningProcess(config, name)?.pid ?? -1).map(({ pid }) => pid)),
  );
  // A command's own processes have their moment to end.
  await vi.waitUntil(() => processes().every((pid) => known.has(pid)), { timeout: 60_000 });
  expect(await orderflow(['up', ...only, '--json'], settings())).toMatchObject({ code: 0 });
  expect(await orderflow(['down', '--json'], settings())).toMatchObject({ code: 0 });
  expect(processes()).toEqual([]);
});
