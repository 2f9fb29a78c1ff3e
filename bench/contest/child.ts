/** A contestant's own processes. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { workerFlags } from '../../beam/worker/worker-process.js';
import { familyOf, readProcess } from '../../local/processes.js';
import type { Running } from './contestant.js';

export interface Program {
  /** Of its log, in the contestant's folder. */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
}

/** Of peers that are processes of Node: what our own workers have, and names of the sources. */
export const nodeFlags = ['--enable-source-maps', ...workerFlags];

/** How long programs may take to end in good order, in ms. */
const stopLimitMs = 30_000;

const lastLines = (path: string) => readFileSync(path, 'utf8').trimEnd().split('\n').slice(-20).join('\n');

/**
 * Starts the programs, each as a process group of its own with its output in `logs`. `stop` sends SIGTERM, waits until they and their
 * children have ended, and kills what is left after half a minute. It rejects, with the end of its log, when one of them has ended before, was killed or could not be
 * started.
 */
export function runPrograms(logs: string, programs: readonly Program[]): Running {
  const children = programs.map((program) => startProgram(logs, program));
  return {
    pids: children.flatMap(({ child }) => child.pid ?? []),
    async stop() {
      const faults = await Promise.all(children.map(stopProgram));
      const said = faults.filter((fault) => fault !== undefined);
      if (said.length > 0) throw new Error(said.join('\n'));
    },
  };
}

type Started = ReturnType<typeof startProgram>;

function startProgram(logs: string, { name, file, args, environment, folder }: Program) {
  const log = join(logs, `${name}.log`);
  const output = openSync(log, 'a');
  const child = spawn(file, args, {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', output, output],
    detached: true,
  });
  closeSync(output);
  const error = new Promise<Error>((resolve) => child.once('error', resolve));
  return { name, log, child, error };
}

/** What went wrong with it, for a person. */
async function stopProgram({ name, log, child, error }: Started): Promise<string | undefined> {
  if (child.pid === undefined) return `${name} could not be started: ${(await error).message}`;
  const family = familyOf(child.pid).map(({ pid }) => pid);
  const left = () => family.filter((pid) => readProcess(pid));
  const hadEnded = !readProcess(child.pid);
  child.kill('SIGTERM');
  const deadline = performance.now() + stopLimitMs;
  while (!hadEnded && left().length > 0 && performance.now() < deadline) await sleep(50);
  const isStubborn = left().length > 0;
  left().forEach(kill);
  if (hadEnded) return `${name} ended while it was to run:\n${lastLines(log)}`;
  if (isStubborn) return `${name} did not end within ${stopLimitMs / 1_000} s of SIGTERM:\n${lastLines(log)}`;
  return undefined;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It may have ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
