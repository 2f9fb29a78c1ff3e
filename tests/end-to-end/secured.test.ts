/** The secured stack as a stranger, a thief and an auditor see it: its ports, what it writes and shows, and what it says of refusals. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Config } from '../../config.js';
import { orderflow, settingsOf } from '../cli/orderflow.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { describeArchive } from './archived.js';
import { describeDenials } from './denials.js';
import { describeListeners } from './listener-scan.js';
import { describeMarkers } from './marker-search.js';

const orders = 300;

let config: Config;
/** For what is the test's own. */
let folder: string;

/** The built command against this stack. */
const run = (words: readonly string[], others: Record<string, string> = {}) =>
  orderflow(words, { ...settingsOf(config), ...others });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-secured-'));
  config = await localStack({ ORDERFLOW_PROFILE: 'secured', ORDERFLOW_PARALLELISM: '1' });
  const { code, stdout, stderr } = await run([
    ...['demo', '--once', '--keep', '--json', '--orders', String(orders), '--seed', '7'],
  ]);
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toMatchObject({ lost: 0, reconciled: true });
}, 600_000);

afterAll(async () => {
  await removeLocalStack(config);
  await rm(folder, { recursive: true });
}, 120_000);

describe('each open port', () =>
  describeListeners(
    () => config,
    () => folder,
  ));

describe('what is refused', () =>
  describeDenials(
    () => config,
    (...words) => run(words),
  ));

describe('a secret', () =>
  describeMarkers(
    () => config,
    () => folder,
    run,
  ));

test('none of it has stopped the orders', async () => {
  const { code, stdout } = await run(['reconcile', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ lost: 0, duplicated: 0 });
  expect(code).toBe(0);
});

describe('the archive', () => describeArchive(() => config, run));
