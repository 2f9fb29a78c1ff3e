/** What becomes of who ordered, and what keeps the customers' keys. */
import { join, resolve } from 'node:path';
import { secretsOf, type Settings } from './places.js';

export const personalDataOf = (env: Settings) =>
  env.ORDERFLOW_PERSONAL_DATA || (env.ORDERFLOW_PROFILE === 'secured' ? 'sealed' : 'plain');

export const kmsOf = (env: Settings) => ({
  kind: env.ORDERFLOW_KMS,
  keyFile: resolve(env.ORDERFLOW_KMS_KEY_FILE || join(secretsOf(env), 'kms.json')),
  keyId: env.ORDERFLOW_KMS_KEY_ID,
  endpoint: env.ORDERFLOW_KMS_ENDPOINT,
});

export const kmsProblems = (env: Settings): string[] =>
  env.ORDERFLOW_KMS === 'aws-kms' && env.ORDERFLOW_KMS_KEY_ID === ''
    ? ['ORDERFLOW_KMS="aws-kms": expected the ARN of a key in ORDERFLOW_KMS_KEY_ID']
    : [];
