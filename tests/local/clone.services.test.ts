/** A clone whose path has all that means something somewhere, on a machine that knows no UTF-8: its own build starts every service. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig, projectRoot } from '../../config.js';
import { portSettings } from '../../local/service.js';
import { freePorts } from '../free-ports.js';
import { hardName } from '../local-stack.js';

const execute = promisify(execFile);
const slowly = 300_000;
let clone: string;
const settings: Record<string, string> = {};

beforeAll(async () => {
  // On the disk of the packages, which are linked.
  const folder = await mkdtemp(join(projectRoot, '.orderflow', 'clone-'));
  clone = join(folder, hardName);
  await mkdir(join(clone, '.orderflow'), { recursive: true });
  const git = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await execute('git', git, { cwd: projectRoot });
  for (const name of [...stdout.split('\n').filter((file) => file && existsSync(join(projectRoot, file))), 'dist'])
    await cp(join(projectRoot, name), join(clone, name), { recursive: true, preserveTimestamps: true });
  await execute('cp', ['-al', join(projectRoot, 'node_modules'), join(clone, 'node_modules')]);
  await symlink(loadConfig({}).jars, join(clone, '.orderflow', 'jars'));
  const names = Object.values(portSettings);
  const ports = await freePorts(names.length);
  for (const [index, name] of names.entries()) settings[name] = String(ports[index]);
}, slowly);

async function orderflow(...words: string[]): Promise<unknown> {
  const others = Object.entries(process.env).filter(([name]) => !/^(ORDERFLOW_|LC_|LANG)/.test(name));
  const { stdout } = await execute(process.execPath, [join(clone, 'dist', 'cli', 'main.js'), ...words, '--json'], {
    env: { ...Object.fromEntries(others), ...settings, LC_ALL: 'POSIX' },
  });
  return JSON.parse(stdout);
}

afterAll(async () => {
  await orderflow('down');
  await rm(join(clone, '..'), { recursive: true, force: true });
}, slowly);

it('starts all services, Druid too, and stops them', { timeout: slowly }, async () => {
  const { started } = (await orderflow('up', '--with', 'druid')) as { started: string[] };
  expect(started).toContain('supervisor');
  const { services } = (await orderflow('status')) as { services: { name: string; state: string }[] };
  expect(services.filter(({ state }) => state !== 'up')).toEqual([]);
  const { stopped } = (await orderflow('down')) as { stopped: string[] };
  expect(stopped.toSorted()).toEqual(started.toSorted());
});
