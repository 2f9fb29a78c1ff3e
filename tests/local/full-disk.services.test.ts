/** A disk that is full: each command says so, leaves nothing half made, and works when there is room again. */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig, type Config } from '../../config.js';
import { down } from '../../local/down.js';
import { listProcesses } from '../../local/processes.js';
import { orderflow, settingsOf } from '../cli/orderflow.js';
import { hardName, localStack } from '../local-stack.js';

const mebibyte = 2 ** 20;
const disk = await mkdtemp(join(tmpdir(), 'orderflow-disk-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk]).status === 0;
const home = join(disk, hardName);
const filling = join(disk, 'filling');
let config: Config;

const settings = () => settingsOf(config);

/** Leaves so many MiB of the disk. */
async function leave(mebibytes: number): Promise<void> {
  await rm(filling, { force: true });
  await writeFile(filling, Buffer.alloc((64 - mebibytes) * mebibyte)).catch(() => {});
}

describe.skipIf(!mounted)('a full disk', () => {
  beforeAll(async () => {
    const { environment } = await localStack();
    config = loadConfig({ ...environment, ORDERFLOW_HOME: home });
    await mkdir(home);
  });
  afterAll(async () => {
    await leave(64);
    await down(config, { progress: 'silent' });
    spawnSync('umount', [disk]);
    await rm(disk, { recursive: true });
  });

  it('lets nothing start, says so, and leaves nothing', async () => {
    await leave(0);
    expect(await orderflow(['up', 'partner', '--json'], settings())).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'orderflow: a file cannot be written (ENOSPC), the disk is full: make room there (ORDERFLOW_HOME and TMPDIR say where files are)\n',
    });
    expect(await readdir(join(home, 'run'))).toEqual([]);
  });

  it('is no reason for a process that nobody knows', async () => {
    await leave(64);
    // The last moment: the process is there, and cannot be written down.
    await mkdir(join(home, 'run', 'partner.json.new'), { recursive: true });
    expect(await orderflow(['up', 'partner', '--json'], settings())).toMatchObject({ code: 1 });
    const titles = await Promise.all(
      listProcesses().map(({ pid }) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')),
    );
    expect(titles.filter((text) => text.includes(`ORDERFLOW_HOME=${home}`))).toEqual([]);
    await rm(join(home, 'run', 'partner.json.new'), { recursive: true });
    expect(await orderflow(['up', 'partner', '--json'], settings())).toMatchObject({ code: 0 });
  });

  it('is what PostgreSQL is said to have died of, which starts when there is room', async () => {
    await leave(20);
    const { code, stderr } = await orderflow(['up', 'postgres', '--json'], settings());
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^orderflow: PostgreSQL cannot make its data folder .*\/postgres\/data: could not .*: No space left on device\n$/,
      ) as string,
    });
    await leave(64);
    expect(await orderflow(['up', 'postgres', '--json'], settings())).toMatchObject({ code: 0 });
  });

  it('leaves no file that is cut off', async () => {
    await leave(0);
    const to = join(disk, 'orders.jsonl');
    expect(await orderflow(['generate', '--orders', '5000', '--to', to], settings())).toMatchObject({
      code: 1,
      stderr: `orderflow: --to ${to} cannot be written (ENOSPC): give a path in a folder that can\n`,
    });
    expect(await readdir(disk)).not.toContain('orders.jsonl');
  });
});

it.skipIf(mounted)('is tried only where a small disk can be mounted', () => {});
