/** What the commands have in common: what becomes of one whose output nobody reads any more. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { projectRoot } from '../../config.js';

const url = (name: string) => JSON.stringify(pathToFileURL(join(projectRoot, 'dist', 'cli', name)).href);

/** Runs a program of these lines, closes one of its outputs after the first byte, and resolves to its exit status once it has ended. */
async function closing(output: 'stdout' | 'stderr', lines: string): Promise<{ code: number; isDone: boolean }> {
  const folder = await mkdtemp(join(tmpdir(), 'orderflow-program-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const done = join(folder, 'done');
  const program = `
    import { writeFileSync } from 'node:fs';
    import { setTimeout as sleep } from 'node:timers/promises';
    import { runProgram } from ${url('program.js')};
    import { interruptSignal } from ${url('interrupt.js')};
    await runProgram('test', async () => {
      ${lines}
      writeFileSync(${JSON.stringify(done)}, '');
    });`;
  await writeFile(join(folder, 'program.mjs'), program);
  const child = spawn(process.execPath, [join(folder, 'program.mjs')], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? -1)));
  child[output === 'stdout' ? 'stderr' : 'stdout'].resume();
  child[output].once('data', () => child[output].destroy());
  const code = await ended;
  return { code, isDone: existsSync(done) };
}

it('ends in good order, as at a Ctrl-C, what has something to put in order', async () => {
  const lines = `const signal = interruptSignal(); while (!signal.aborted) { console.log('x'); await sleep(5); }`;
  expect(await closing('stdout', lines)).toEqual({ code: 0, isDone: true });
});

it('ends anything else at once', async () => {
  expect(await closing('stdout', `for (;;) { console.log('x'); await sleep(5); }`)).toEqual({ code: 0, isDone: false });
});

it('does its work to the end where nobody wants to see the progress', async () => {
  const lines = `for (let step = 0; step < 100; step++) { console.error('x'); await sleep(5); }`;
  expect(await closing('stderr', lines)).toEqual({ code: 0, isDone: true });
});

it('makes its help no wider than the terminal', async () => {
  const { helpWidth } = await import('../../cli/program.js');
  const { columns } = process.stdout;
  for (const [width, expected] of [
    [40, 40],
    [200, 110],
    [0, 110],
  ] as const) {
    process.stdout.columns = width;
    expect(helpWidth()).toBe(expected);
  }
  process.stdout.columns = columns;
});
