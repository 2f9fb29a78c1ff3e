/** The whole chain with Kerberos: each stage's job by a ticket of its own, of a real KDC. */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Config, projectRoot } from '../../config.js';
import type { DemoResult } from '../../demo/run.js';
import { stageNames } from '../../model/stages.js';
import { kdcIsMissing, skippedWithoutKdc, startRealm, type TestRealm } from '../kerberos.js';
import { localStack, removeLocalStack } from '../local-stack.js';

let realm: TestRealm;
let config: Config;

beforeAll(async () => {
  if (kdcIsMissing) return;
  // Tickets run out, and are renewed, while it runs: Kafka's client lets a minute pass between two log-ins.
  realm = await startRealm({ ticketSeconds: 90 });
  config = await localStack({
    ORDERFLOW_PROFILE: 'secured',
    ORDERFLOW_KAFKA_STAGE_MECHANISM: 'GSSAPI',
    KRB5_CONFIG: realm.configFile,
  });
  await mkdir(join(config.secrets, 'kafka'), { recursive: true });
  const keytab = (name: string) => join(config.secrets, 'kafka', `${name}.keytab`);
  await realm.addKey('kafka/localhost', keytab('kafka'));
  for (const name of stageNames) await realm.addKey(name, keytab(name));
});
afterAll(async () => {
  if (kdcIsMissing) return;
  await removeLocalStack(config);
  await realm.stop();
}, 120_000);

test.skipIf(kdcIsMissing)(
  `a demo adds up, and each stage has had tickets${skippedWithoutKdc}`,
  { timeout: 900_000 },
  async () => {
    const args = ['demo', '--once', '--json', '--orders', '1000'];
    const { stdout } = await promisify(execFile)(process.execPath, [join(projectRoot, 'orderflow.mjs'), ...args], {
      env: { ...process.env, ...config.environment },
      maxBuffer: 64 * 1024 * 1024,
    });
    const { lost, duplicated, reconciled, problems } = JSON.parse(stdout.trim().split('\n').at(-1)!) as DemoResult;
    expect({ lost, duplicated, reconciled, problems }).toEqual({
      lost: 0,
      duplicated: 0,
      reconciled: true,
      problems: [],
    });
    for (const name of stageNames) expect(await realm.ticketsOf(name), name).toBeGreaterThan(0);
  },
);
