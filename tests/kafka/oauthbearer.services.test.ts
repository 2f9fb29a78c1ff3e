/** Stages and commands that log in to a secured Kafka by tokens: Kafka's own validator, a small OAuth server over TLS. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { actingAs, type Config, loadConfig } from '../../config.js';
import { applyAcls } from '../../kafka/acl-plan.js';
import { withKafkaAdmin } from '../../kafka/client.js';
import { refusalInJava } from '../../kafka/refusals.js';
import { applyTopics } from '../../kafka/topics.js';
import { makeSecrets } from '../../local/authority.js';
import { findJavaHome, javaArguments } from '../../local/java.js';
import { asKafkaOwner, formatKafkaStorage, kafkaBroker } from '../../local/kafka.js';
import { kafkaAnswers } from '../../local/readiness.js';
import type { Principal } from '../../model/principals.js';
import { anAuthority } from '../certificates.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { securedClient } from './secured-client.js';
import { startTokenServer, type TokenServer } from './token-server.js';

const folder = mkdtempSync(join(tmpdir(), 'orderflow-tokens-'));
let server: TokenServer;
let config: Config;
let broker: ChildProcess;

/** The local broker, which takes tokens instead of passwords. */
async function startBroker(caFile: string): Promise<void> {
  await makeSecrets(config);
  await formatKafkaStorage(config);
  const ofListener = 'listener.name.clients.oauthbearer';
  const settings = {
    'sasl.enabled.mechanisms': 'OAUTHBEARER',
    [`${ofListener}.sasl.server.callback.handler.class`]:
      'org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler',
    // It gets no token for itself from anywhere: there has to be a name, where there are options of TLS to the keys.
    [`${ofListener}.sasl.jaas.config`]:
      'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="kafka" ' +
      `ssl.truststore.type="PEM" ssl.truststore.location="${caFile}";`,
    'sasl.oauthbearer.jwks.endpoint.url': server.keysUrl,
    'sasl.oauthbearer.expected.audience': 'orders',
    'sasl.oauthbearer.expected.issuer': server.issuer,
    'sasl.oauthbearer.clock.skew.seconds': '0',
  };
  const run = kafkaBroker(config);
  if (run.kind !== 'java') throw new Error('the broker is a Java program');
  const overrides = Object.entries(settings).flatMap(([name, value]) => ['--override', `${name}=${value}`]);
  const args = javaArguments(config, { ...run, args: [...run.args, ...overrides] });
  broker = spawn(join(await findJavaHome(config), 'bin', 'java'), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [broker.stdout!, broker.stderr!]) stream.on('data', (some: Buffer) => (said += some.toString()));
  for (;;) {
    if (broker.exitCode !== null) throw new Error(`the broker does not start: ${said}`);
    const isUp = await kafkaAnswers(config).then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await sleep(200);
  }
}

beforeAll(async () => {
  const authority = anAuthority(folder);
  server = await startTokenServer(authority);
  for (const name of ['validator', 'enricher', 'generator', 'operator'])
    writeFileSync(join(folder, `${name}.secret`), `secret of ${name}`);
  config = await localStack({
    ORDERFLOW_PROFILE: 'secured',
    ORDERFLOW_KAFKA_MECHANISM: 'OAUTHBEARER',
    ORDERFLOW_KAFKA_TOKEN_URL: server.tokenUrl,
    ORDERFLOW_KAFKA_TOKEN_SCOPE: 'orders',
    ORDERFLOW_KAFKA_TOKEN_CA_FILE: authority.caFile,
    ORDERFLOW_KAFKA_PASSWORD_FILE: join(folder, '{principal}.secret'),
  });
  await startBroker(authority.caFile);
  await applyAcls(asKafkaOwner(config), config);
  await applyTopics(config);
}, 600_000);
afterAll(async () => {
  if (broker?.exitCode === null) {
    broker.kill('SIGKILL');
    await once(broker, 'exit');
  }
  await removeLocalStack(config);
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => server.change({}));

async function aJob(principal: Principal, more: Readonly<Record<string, string>> = {}) {
  const client = await securedClient(config, principal, { more });
  onTestFinished(() => client.stop());
  return client;
}

describe("the client of a stage's job", () => {
  test('is the stage to Kafka, by a token that it gets itself', async () => {
    const [validator, enricher] = [await aJob('validator'), await aJob('enricher')];
    expect(await validator.ask('write valid_order hello')).toBe('wrote hello');
    expect(await enricher.ask('read valid_order')).toBe('read hello');
    expect(refusalInJava(await enricher.ask('write valid_order hello'))).toEqual({
      of: 'topic',
      names: ['valid_order'],
    });
  });

  test('goes on when its token has run out', async () => {
    server.change({ seconds: 15 });
    const shortly = { 'sasl.login.refresh.min.period.seconds': '0', 'sasl.login.refresh.buffer.seconds': '0' };
    const validator = await aJob('validator', shortly);
    const tokens = server.tokensOf('validator');
    expect(await validator.ask('write valid_order early')).toBe('wrote early');
    // The third one is asked for when the first has run out.
    while (server.tokensOf('validator') < tokens + 3) await sleep(100);
    expect(await validator.ask('write valid_order late')).toBe('wrote late');
  });

  test.each([
    ['of another audience', { audience: 'payroll' }],
    ['that is signed by somebody else', { isOwnKey: false }],
  ])('is refused with a token %s', async (_, to) => {
    server.change(to);
    const said = await (await aJob('enricher')).ask('write enriched_order x');
    expect(refusalInJava(said)).toEqual({ of: 'token' });
  });
});

describe('the commands', () => {
  /** As if in another process, whose first token it is. */
  const as = (name: Principal, scope: string): Config =>
    actingAs(loadConfig({ ...config.environment, ORDERFLOW_KAFKA_TOKEN_SCOPE: scope }), name);
  const topicsOf = (of: Config) => withKafkaAdmin(of, (admin) => admin.listTopics());

  test('log in by a token, and ask for no other one while it is good', async () => {
    const [operator, generator] = [as('operator', 'orders'), as('generator', 'orders')];
    expect(await topicsOf(generator)).toEqual(['raw_order']);
    const tokens = server.tokensOf('operator');
    expect(await topicsOf(operator)).toContain('audit');
    expect(await topicsOf(operator)).toContain('audit');
    // The topics were made with it.
    expect([tokens, server.tokensOf('operator')]).toEqual([1, 1]);
  });

  test.each([
    ['of another audience', { audience: 'payroll' }],
    ['that is signed by somebody else', { isOwnKey: false }],
    ['that has run out', { seconds: -60 }],
  ])('say in one sentence that a token %s is refused', async (what, to) => {
    server.change(to);
    await expect(topicsOf(as('operator', what))).rejects.toMatchObject({
      code: 'KAFKA_REFUSED',
      message:
        `Kafka at ${config.kafka} refuses the token of operator (invalid_token): ` +
        `its keys, issuer and audience have to be those of ${server.tokenUrl}`,
    });
  });

  test('say in one sentence that the secret is wrong, without it', async () => {
    writeFileSync(join(folder, 'auditor.secret'), 'hush');
    const error = await topicsOf(as('auditor', 'orders')).catch((error: Error) => error);
    expect(error).toMatchObject({ code: 'NO_TOKEN' });
    expect((error as Error).message).toMatch(/token gives auditor no token for Kafka: HTTP 401 \(invalid_client\); /);
    expect((error as Error).message).not.toContain('hush');
  });

  test('say in one sentence that the endpoint’s certificate is of no authority that is trusted', async () => {
    const of = as('operator', 'orders');
    const stranger = anAuthority(folder, 'stranger').caFile;
    const trusting = { ...of, kafkaSecurity: { ...of.kafkaSecurity, tokenCaFile: stranger } };
    await expect(topicsOf(trusting)).rejects.toMatchObject({
      message: expect.stringMatching(/no token for Kafka: (UNABLE_TO_|SELF_SIGNED_|CERT_|ERR_)/),
    });
  });
});
