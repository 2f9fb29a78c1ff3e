/** `submit` while one after another of the services that it needs is there. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Config } from '../../config.js';
import type { ServiceName } from '../../local/service.js';
import { up } from '../../local/up.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { orderflow, settingsOf } from './orderflow.js';

let config: Config;
beforeAll(async () => {
  config = await localStack({ ORDERFLOW_MAX_WORKERS: '10' });
});
afterAll(() => removeLocalStack(config));

const settings = () => settingsOf(config);

const needed: readonly [ServiceName, (config: Config) => string][] = [
  ['kafka', ({ kafka }) => `Kafka does not answer at ${kafka}: start it with \`orderflow up\`, or set ORDERFLOW_KAFKA`],
  [
    'jobmanager',
    ({ flinkUrl }) =>
      `Flink does not answer at ${flinkUrl}: start it with \`orderflow up\`, or set ORDERFLOW_FLINK_URL`,
  ],
  [
    'postgres',
    ({ ports }) =>
      `PostgreSQL at 127.0.0.1:${ports.postgres}/orderflow cannot be reached (ECONNREFUSED): start it with \`orderflow up\`, or set ORDERFLOW_POSTGRES_URL`,
  ],
  [
    'job-server',
    ({ jobServer }) =>
      `the job server does not answer at ${jobServer}: start it with \`orderflow up\`, or set ORDERFLOW_JOB_SERVER`,
  ],
];

it.each(needed)(
  'says that %s is missing',
  async (service, sentence) => {
    expect(await orderflow(['submit', 'validator'], settings())).toEqual({
      code: 1,
      stdout: '',
      stderr: `orderflow: ${sentence(config)}\n`,
    });
    if (service !== 'job-server') await up(config, { only: [service], progress: 'silent' });
    if (service === 'postgres') expect(await orderflow(['schema', 'migrate'], settings())).toMatchObject({ code: 0 });
  },
  120_000,
);

const tooMuch: readonly [Record<string, string>, string][] = [
  [
    { ORDERFLOW_PARALLELISM: '8', ORDERFLOW_PARTITIONS: '8' },
    'the stages would need 128 connections to PostgreSQL, and there are 89 for them: set ORDERFLOW_PARALLELISM to 5 at most, or ' +
      "ORDERFLOW_POSTGRES_CONNECTIONS to 1, or PostgreSQL's max_connections to 139",
  ],
  [
    { ORDERFLOW_PARALLELISM: '6' },
    'parallelism 6 needs as many partitions, and the topics have 4: set ORDERFLOW_PARALLELISM to 4 at most, or ORDERFLOW_PARTITIONS to 6',
  ],
];

it.each(tooMuch)('refuses what does not fit, and submits nothing (%#)', async (more, sentence) => {
  expect(await orderflow(['submit', 'all'], { ...settings(), ...more })).toEqual({
    code: 1,
    stdout: '',
    stderr: `orderflow: ${sentence}\n`,
  });
});

it('counts the slots of Flink, and the workers of the pool', { timeout: 120_000 }, async () => {
  await up(config, { only: ['taskmanager', 'worker-pool'], progress: 'silent' });
  const wide = { ...settings(), ORDERFLOW_PARTITIONS: '10', ORDERFLOW_POSTGRES_CONNECTIONS: '1' };
  expect((await orderflow(['submit', 'all'], { ...wide, ORDERFLOW_PARALLELISM: '7' })).stderr).toContain(
    "would need 35 of Flink's task slots, and there are 32 for them: set ORDERFLOW_PARALLELISM to 6 at most",
  );
  // The pool's own limit counts, whatever is set where the stages are submitted.
  expect(
    (await orderflow(['submit', 'all'], { ...settings(), ORDERFLOW_PARALLELISM: '2', ORDERFLOW_MAX_WORKERS: '99' }))
      .stderr,
  ).toContain(
    'would need 14 workers, and there are 10 for them: set ORDERFLOW_PARALLELISM to 1 at most, or start the worker pool with ' +
      'ORDERFLOW_MAX_WORKERS=14',
  );
});
