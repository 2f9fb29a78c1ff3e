/** Python programs of the tests, with packages of their own. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../config.js';
import { withLock } from '../../local/lock.js';

const execute = promisify(execFile);

/** Runs a program, which reads the input, in a virtual environment with the packages of requirements.txt, made the first time; its output. */
export async function runPython(args: readonly string[], input = ''): Promise<string> {
  const bin = await virtualEnvironment('python', join(import.meta.dirname, 'requirements.txt'));
  const running = execute(join(bin, 'python'), [...args], { maxBuffer: 2 ** 26 });
  running.child.stdin?.end(input);
  return (await running).stdout;
}

/** The folder of programs of a virtual environment with the packages of a file, with all that they need; made the first time. */
export async function virtualEnvironment(name: string, requirements: string): Promise<string> {
  // Shared by all tests, whatever home folder they have; git ignores it.
  const folder = join(projectRoot, '.orderflow', name);
  await withLock(folder, { waitMs: Infinity }, () => install(folder, requirements));
  return join(folder, 'venv', 'bin');
}

async function install(folder: string, requirements: string): Promise<void> {
  // What is installed, in pip's words.
  const marker = join(folder, 'installed.txt');
  const wanted = await readFile(requirements, 'utf8');
  if (existsSync(marker) && (await readFile(marker, 'utf8')) === wanted) return;
  const venv = join(folder, 'venv');
  await rm(venv, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await execute('python3', ['-m', 'venv', venv]);
  const quietly = ['--quiet', '--disable-pip-version-check', '--no-deps'];
  await execute(join(venv, 'bin', 'python'), ['-m', 'pip', 'install', ...quietly, '-r', requirements]);
  await writeFile(marker, wanted);
}
