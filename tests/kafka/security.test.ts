import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pipeline as PipelineProto } from 'apache-beam/proto/beam_runner_api';
import { describe, expect, it } from 'vitest';
import { actingAs, loadConfig } from '../../config.js';
import { javaSecurity, kafkajsSecurity } from '../../kafka/security.js';
import { kafkaPipeline } from '../../pipelines/kafka-pipeline.js';
import { buildPipeline } from '../../beam/pipeline/portable-runner.js';

const secured = (settings: Record<string, string> = {}) => loadConfig({ ORDERFLOW_PROFILE: 'secured', ...settings });

describe('what a client is made with', () => {
  it('has nothing of security where Kafka is open', () => {
    const config = loadConfig({});
    expect(javaSecurity(config.kafkaSecurity, 'validator')).toEqual({});
    expect(kafkajsSecurity(config)).toEqual({ tls: undefined, sasl: {} });
  });

  it('names the file of its principal, and reads it at each log-in', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kafka-security-'));
    const config = secured({ ORDERFLOW_KAFKA_PASSWORD_FILE: join(folder, '{principal}') });
    await writeFile(join(folder, 'page'), 'first\n');
    const { sasl } = kafkajsSecurity(actingAs(config, 'page'));
    expect(sasl.sasl).toMatchObject({ mechanism: 'scram-sha-512', username: 'page', password: 'first' });
    await writeFile(join(folder, 'page'), 'second');
    expect(sasl.sasl).toMatchObject({ password: 'second' });
  });

  it('says which file is missing', () => {
    const config = secured({ ORDERFLOW_KAFKA_PASSWORD_FILE: '/nowhere/{principal}' });
    const { sasl } = kafkajsSecurity(config).sasl as { sasl: { password: string } };
    expect(() => sasl.password).toThrow('the password for Kafka cannot be read from /nowhere/operator (ENOENT)');
  });

  it.each([
    ['SCRAM-SHA-512', {}, 'scram.ScramLoginModule required username="router" password="${directory:/s:router}";'],
    ['PLAIN', {}, 'plain.PlainLoginModule required username="router" password="${directory:/s:router}";'],
    [
      'OAUTHBEARER',
      { ORDERFLOW_KAFKA_TOKEN_URL: 'https://login.example/token', ORDERFLOW_KAFKA_TOKEN_SCOPE: 'kafka' },
      'oauthbearer.OAuthBearerLoginModule required clientId="router" clientSecret="${directory:/s:router}" scope="kafka";',
    ],
    [
      'OAUTHBEARER',
      { ORDERFLOW_KAFKA_TOKEN_URL: 'https://login.example/token', ORDERFLOW_KAFKA_TOKEN_CA_FILE: '/ca' },
      'clientSecret="${directory:/s:router}" ssl.truststore.type="PEM" ssl.truststore.location="/ca";',
    ],
    [
      'GSSAPI',
      { ORDERFLOW_KAFKA_KEYTAB_FILE: '/k/{principal}.keytab' },
      'Krb5LoginModule required useKeyTab=true storeKey=true keyTab="/k/router.keytab" principal="router";',
    ],
  ] as const)('gives a Java client the login module of %s', (mechanism, more, line) => {
    const config = secured({
      ORDERFLOW_KAFKA_STAGE_MECHANISM: mechanism,
      ORDERFLOW_KAFKA_PASSWORD_FILE: '/s/{principal}',
      ...more,
    });
    const properties = javaSecurity(config.kafkaSecurity, 'router', config.kafkaSecurity.stageMechanism);
    expect(properties).toMatchObject({ 'security.protocol': 'SASL_SSL', 'sasl.mechanism': mechanism });
    expect(properties['sasl.jaas.config']).toContain(line);
  });

  it('travels with a job as names of files, each stage with its own', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kafka-security-'));
    await writeFile(join(folder, 'validator'), 'a-secret-of-the-validator');
    const config = secured({ ORDERFLOW_KAFKA_PASSWORD_FILE: join(folder, '{principal}') });
    const pipeline = buildPipeline(kafkaPipeline(config, 'validator'), 'pool:1');
    const job = Buffer.from(PipelineProto.toBinary(pipeline)).toString('latin1');
    expect(job).toContain(`\${directory:${folder}:validator}`);
    expect(job).not.toContain('a-secret-of-the-validator');
  });
});

describe('settings that do not go together', () => {
  it.each([
    [{ ORDERFLOW_KAFKA_PROTOCOL: 'SASL_SSL' }, 'ORDERFLOW_KAFKA_MECHANISM: SASL_SSL needs one'],
    [{ ORDERFLOW_KAFKA_MECHANISM: 'PLAIN' }, 'a mechanism is given, and needs SASL_SSL or SASL_PLAINTEXT'],
    [{ ORDERFLOW_KAFKA_CA_FILE: '/ca' }, 'certificates are given, and need SSL or SASL_SSL'],
    [{ ORDERFLOW_KAFKA_PROTOCOL: 'SSL', ORDERFLOW_KAFKA_CERT_FILE: '/c' }, 'go together: set both, or neither'],
    [
      { ORDERFLOW_KAFKA_PROTOCOL: 'SASL_SSL', ORDERFLOW_KAFKA_MECHANISM: 'GSSAPI' },
      'ORDERFLOW_KAFKA_KEYTAB_FILE: GSSAPI needs it',
    ],
    [
      {
        ORDERFLOW_PROFILE: 'secured',
        ORDERFLOW_KAFKA_STAGE_MECHANISM: 'OAUTHBEARER',
        ORDERFLOW_KAFKA_TOKEN_URL: 'http://login.example/token',
      },
      'secrets are sent to other machines over https:// alone',
    ],
  ])('%o: %s', (settings, problem) => {
    expect(() => loadConfig(settings)).toThrow(problem);
  });
});
