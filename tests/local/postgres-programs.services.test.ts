import { execFile } from 'node:child_process';
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { projectRoot } from '../../config.js';
import { programs, unprivileged } from '../../local/postgres.js';

const execute = promisify(execFile);

// As root, PostgreSQL runs as another account, which could enter no folder of root's.
it('has its programs and its data below a folder that others cannot enter', async () => {
  const closed = await mkdtemp(join(projectRoot, '.orderflow', 'closed-')); // mode 700, on the disk of the programs
  try {
    const { initdb } = await programs();
    await execute('cp', ['-al', dirname(dirname(initdb)), join(closed, 'native')]);
    const data = join(closed, 'data');
    await mkdir(data, { mode: 0o700 });
    if (process.getuid?.() === 0) await chown(data, 65_534, 65_534);
    const { file, args } = unprivileged(join(closed, 'native', 'bin', 'initdb'), ['--no-sync', '--pgdata', data]);
    expect((await execute(file, args)).stdout).toContain('Success.');
  } finally {
    await rm(closed, { recursive: true });
  }
});
