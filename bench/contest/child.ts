/** A contestant's own processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Running } from './contestant.js';

export interface Program {
  /** Of its log, in the contestant's folder. */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
}

const lastLines = (path: string) => readFileSync(path, 'utf8').trimEnd().split('\n').slice(-20).join('\n');

/**
 * Starts the programs, each with its output in `logs`. `stop` sends SIGTERM and waits; it rejects, with the end of its log, when one of them has ended
 * before.
 */
export function runPrograms(logs: string, programs: readonly Program[]): Running {
  const children = programs.map(({ name, file, args, environment, folder }) => {
    const log = join(logs, `${name}.log`);
    const output = openSync(log, 'a');
    const child = spawn(file, args, {
      cwd: folder,
      env: { ...process.env, ...environment },
      stdio: ['ignore', output, output],
    });
    return { name, log, child, ended: once(child, 'exit') };
  });
  return {
    pids: children.map(({ child }) => child.pid!),
    async stop() {
      const early = children.filter(({ child }) => child.exitCode !== null || child.signalCode !== null);
      for (const { child } of children) child.kill('SIGTERM');
      await Promise.all(children.map(({ ended }) => ended));
      const said = early.map(({ name, log }) => `${name} ended while it was to run:\n${lastLines(log)}`);
      if (said.length > 0) throw new Error(said.join('\n'));
    },
  };
}
