/** Certificates that ran out: `status` says it in one sentence, and all is well when `certificates renew` has mended it. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Config } from '../../config.js';
import { renewCertificates } from '../../local/authority.js';
import { startService, stopService } from '../../local/lifecycle.js';
import { reloadPostgres } from '../../local/postgres.js';
import { up } from '../../local/up.js';
import { prepareSchema } from '../../metastore/prepare.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { orderflow, settingsOf } from './orderflow.js';

const patience = { timeout: 180_000, interval: 500 };
const dayMs = 86_400_000;

let config: Config;
let settings: Record<string, string>;
beforeAll(async () => {
  config = await localStack({ ORDERFLOW_PROFILE: 'secured' });
  settings = settingsOf(config);
  await up(config, { only: ['kafka', 'postgres'], progress: 'silent' });
  await prepareSchema(config, Date.now());
}, 300_000);
afterAll(() => removeLocalStack(config), 120_000);

const problems = async () =>
  (await orderflow(['status'], settings)).stdout.match(/(?<=^PROBLEM: ).+$/gm)?.map(String) ?? [];

test("PostgreSQL's", { timeout: 240_000 }, async () => {
  const sentence = expect.stringMatching(/^PostgreSQL at \S+ \(as \S+\) shows a certificate that is not valid now/);
  await renewCertificates(config, ['postgres'], -0.01);
  reloadPostgres(config);
  await vi.waitFor(async () => expect(await problems()).toEqual([sentence]), patience);
  expect(await orderflow(['order', 'X'], settings)).toMatchObject({ code: 1, stderr: expect.stringContaining('shows a certificate that is not valid now') }); // prettier-ignore

  expect((await orderflow(['certificates', 'renew', 'postgres'], settings)).code).toBe(0);
  await vi.waitFor(async () => expect(await problems()).toEqual([]), patience);
});

test("Kafka's", { timeout: 480_000 }, async () => {
  // It runs out while the broker is up, as it would; `up` would make a new one.
  await renewCertificates(config, ['kafka'], 90_000 / dayMs);
  await stopService(config, 'kafka');
  await startService(config, 'kafka');
  const sentence = expect.stringMatching(/^the certificate of Kafka at \S+ has run out: renew it/);
  await vi.waitFor(async () => expect(await problems()).toEqual([sentence]), patience);
  expect(await orderflow(['topics', 'apply'], settings)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('has run out: renew it'),
  });

  expect((await orderflow(['certificates', 'renew', 'kafka'], settings)).code).toBe(0);
  expect((await orderflow(['down', 'kafka'], settings)).code).toBe(0);
  expect((await orderflow(['up', 'kafka'], settings)).code).toBe(0);
  await vi.waitFor(async () => expect(await problems()).toEqual([]), patience);
});
