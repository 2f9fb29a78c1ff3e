/** `submit` while one after another of the services that it needs is there. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Config } from '../../config.js';
import type { ServiceName } from '../../local/service.js';
import { up } from '../../local/up.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { orderflow } from './orderflow.js';

let config: Config;
beforeAll(async () => {
  config = await localStack();
});
afterAll(() => removeLocalStack(config));

const settings = () =>
  Object.fromEntries(Object.entries(config.environment).filter(([name]) => name.startsWith('ORDERFLOW_'))) as Record<
    string,
    string
  >;

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
    'expansion-service',
    ({ expansion }) =>
      `the expansion service does not answer at ${expansion}: start it with \`orderflow up\`, or set ORDERFLOW_EXPANSION`,
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
