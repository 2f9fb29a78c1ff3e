import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { familyOf, memoryOf, readProcess } from '../../local/processes.js';

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) {
    try {
      process.kill(-(child.pid as number), 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }
});

/** Starts a shell in a group of its own, and waits for the line it prints when it is where the test wants it. */
async function shell(script: string): Promise<number> {
  const child = spawn('sh', ['-c', script], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  started.push(child);
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return child.pid as number;
}

describe('readProcess', () => {
  it('knows this process, with its parent', () => {
    expect(readProcess(process.pid)).toMatchObject({ pid: process.pid, parent: process.ppid });
  });

  it('knows nothing of a process that has ended', async () => {
    const child = spawn('true');
    await once(child, 'exit');
    expect(readProcess(child.pid as number)).toBeUndefined();
  });

  it('is not confused by brackets and blanks in the name of a program', async () => {
    const pid = await shell('printf "x) S 1 (" > /proc/$$/comm; echo ready; read line');
    expect(readProcess(pid)).toMatchObject({ pid, parent: process.pid, group: pid });
  });
});

describe('familyOf', () => {
  it('finds descendants that have a group of their own', async () => {
    const pid = await shell('setsid sh -c "sleep 60 & echo ready; wait" & wait');
    // The shell, the one in the other session, and its sleep.
    expect(familyOf(pid)).toHaveLength(3);
    for (const member of familyOf(pid)) process.kill(member.pid, 'SIGKILL');
  });

  it('finds what is left of a group whose leader has ended', async () => {
    const pid = await shell('sleep 60 & echo ready');
    while (readProcess(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(familyOf(pid)).toEqual([expect.objectContaining({ group: pid })]);
  });
});

describe('memoryOf', () => {
  it('is at least the size of what this process holds', () => {
    const held = Buffer.alloc(32 * 1024 * 1024, 1);
    expect(memoryOf(process.pid)).toBeGreaterThan(held.length);
  });

  it('is 0 for a process that is not there', async () => {
    const child = spawn('true');
    await once(child, 'exit');
    expect(memoryOf(child.pid as number)).toBe(0);
  });
});
