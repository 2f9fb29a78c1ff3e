import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import protobuf from 'protobufjs/minimal.js';
import { expect, it } from 'vitest';
import { projectRoot } from '../../config.js';
import { orderCodec, v1 } from '../../proto/messages.js';

it('is what proto/generate.mjs makes of orders.proto', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'orderflow-proto-'));
  try {
    await promisify(execFile)(process.execPath, [join(projectRoot, 'proto', 'generate.mjs'), folder]);
    for (const file of ['orders.js', 'orders.d.ts', 'orders.desc']) {
      const checkedIn = await readFile(join(projectRoot, 'proto', 'generated', file), 'latin1');
      expect(await readFile(join(folder, file), 'latin1'), `run \`npm run generate\`: ${file}`).toBe(checkedIn);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('uses the one copy of protobufjs that proto/configure.ts sets up', () => {
  const required = createRequire(join(projectRoot, 'proto', 'generated', 'orders.js'))('protobufjs/minimal.js');
  expect(required).toBe(protobuf);
  expect(v1.Order.encode({})).toBeInstanceOf(protobuf.Writer);
  expect(protobuf.Reader.discardUnknown).toBe(false);
  expect(orderCodec.decode(new Uint8Array(0))).toBeInstanceOf(v1.Order);
});
