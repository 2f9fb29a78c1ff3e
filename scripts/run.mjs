/** Runs a program of the project in its root. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** A program that npm has installed for the project. */
export const installed = (name) => join(root, 'node_modules', '.bin', name);

/** Resolves with the exit code and what was written; with `show`, that is passed on as it comes, and not kept. */
export function run(file, args, { show = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: root,
      stdio: show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    });
    const written = { stdout: [], stderr: [] };
    for (const name of ['stdout', 'stderr']) child[name]?.on('data', (chunk) => written[name].push(chunk));
    const textOf = (name) => Buffer.concat(written[name]).toString();
    child.once('error', (error) => resolve({ code: 1, stdout: '', stderr: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, stdout: textOf('stdout'), stderr: textOf('stderr') }));
  });
}
