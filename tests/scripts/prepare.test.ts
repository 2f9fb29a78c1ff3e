/** What prepare.mjs installs and builds, in a project of three files, with an npm and a tsc that only say that they were called. */
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { projectRoot } from '../../config.js';

let folder: string;
const at = (...names: string[]) => join(folder, ...names);
const lock = (version: string) =>
  JSON.stringify({
    packages: { '': {}, 'node_modules/a': { version }, 'node_modules/elsewhere': { version: '1', optional: true } },
  });
const installed = (version: string) => JSON.stringify({ packages: { 'node_modules/a': { version } } });

const write = async (path: string, text: string) => {
  await mkdir(dirname(at(path)), { recursive: true });
  await writeFile(at(path), text);
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-prepare-'));
  await copyFile(join(projectRoot, 'prepare.mjs'), at('prepare.mjs'));
  await write('tsconfig.json', '{}');
  await write('tsconfig.build.json', '{ "include": ["src"] }');
  await write('src/a.ts', 'export {};');
  await write('package-lock.json', lock('1'));
  const says = (text: string) => `require('fs').appendFileSync(${JSON.stringify(at('calls'))}, '${text} ');`;
  await write(
    'node_modules/typescript/bin/tsc',
    `${says('tsc')} require('fs').mkdirSync('dist', { recursive: true });`,
  );
  const install = `require('fs').writeFileSync('npm-arguments', process.argv.slice(2).join(' ')); const to = 'node_modules/.package-lock.json'; require('fs').copyFileSync('package-lock.json', to);`;
  await write('bin/npm', `#!${process.execPath}\n${says('npm')} ${install}`);
  await chmod(at('bin/npm'), 0o755);
});
afterEach(() => rm(folder, { recursive: true }));

/** What a start of the command calls. */
async function calls(): Promise<string> {
  await rm(at('calls'), { force: true });
  const PATH = [at('bin'), process.env.PATH].join(delimiter);
  await promisify(execFile)(process.execPath, [at('prepare.mjs')], { env: { ...process.env, PATH } });
  return (await readFile(at('calls'), 'utf8').catch(() => '')).trim();
}

it('installs and builds once', async () => {
  expect(await calls()).toBe('npm tsc tsc');
  expect(await calls()).toBe('');
});

it("installs what the lock file says, and runs no package's scripts", async () => {
  await calls();
  expect(await readFile(at('npm-arguments'), 'utf8')).toMatch(/^ci --ignore-scripts /);
});

it('installs again where another version of a package is wanted, whatever the times of the files are', async () => {
  await write('node_modules/.package-lock.json', installed('1'));
  expect(await calls()).toBe('tsc tsc');
  await write('package-lock.json', lock('2'));
  await utimes(at('package-lock.json'), 1, 1);
  expect(await calls()).toBe('npm');
});

it('builds what was saved while the clock was behind, and once what was saved while it was ahead', async () => {
  await calls();
  await write('src/a.ts', 'export const a = 1;');
  await utimes(at('src/a.ts'), 1, 1);
  expect(await calls()).toBe('tsc tsc');
  const later = Date.now() / 1000 + 86_400;
  await utimes(at('src/a.ts'), later, later);
  expect(await calls()).toBe('tsc tsc');
  expect(await calls()).toBe('');
});

it('takes over the lock of a process that has ended, whose number another one has', async () => {
  await write('.orderflow/setup.lock', String(process.pid));
  expect(await calls()).toBe('npm tsc tsc');
});
